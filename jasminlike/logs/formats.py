"""How a line of a log is written: text (`key=value`) or JSON, one line an event whatever the values contain.

Values come from outside: control characters, line ends and characters that turn the direction of text are escaped, so
nobody can forge a line. What is named like a secret is masked.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

MASK = "**"

_SECRET = re.compile(r"passw|secret|token|authorization|api_?key|private_?key|credential", re.IGNORECASE)
# What json.dumps leaves as it is and a terminal or a reader of lines may take for a command or a line's end.
_TRICKY = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_encode_json = msgspec.json.Encoder(enc_hook=str).encode


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a value of this name is never written."""
    return _SECRET.search(name) is not None


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def moment(at: float) -> str:
    """Seconds since 1970 as UTC with milliseconds: 2026-01-31T23:59:59.250Z."""
    seconds = int(at)
    return f"{_second(seconds)}.{int((at - seconds) * 1000):03d}Z"


def plain(value: Any) -> Any:
    """A value as JSON knows it, without secrets: octets become text, or `hex:` and digits; objects their str()."""
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return octets_text(bytes(value))
    if isinstance(value, Mapping):
        return {str(key): MASK if is_secret(str(key)) else plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return str(value)


def octets_text(octets: bytes) -> str:
    """Octets as text when they are readable UTF-8, else `hex:` and their digits."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return "hex:" + octets.hex()
    return text if text.isprintable() else "hex:" + octets.hex()


def is_bare(text: str) -> bool:
    """Whether a text needs no quotes: readable ASCII without spaces and quotes."""
    return text.isascii() and text.isprintable() and " " not in text and '"' not in text


def quoted(value: Any) -> str:
    """A value in a text line: bare when it is simple, else in double quotes with everything odd escaped."""
    text = value if isinstance(value, str) else as_text(value)
    if is_bare(text):
        return text
    return _TRICKY.sub(_escape, json.dumps(text, ensure_ascii=False))


def as_text(value: Any) -> str:
    """A value as text, not yet quoted: None is -, truth is yes or no."""
    if type(value) is int:
        return str(value)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return str(value)
    shown = plain(value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, default=str)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def pairs(fields: Mapping[str, Any]) -> str:
    """` key=value key2="other value"`, each with a space before it."""
    return "".join([f" {name}={MASK if is_secret(name) else quoted(value)}" for name, value in fields.items()])


_SIMPLE = frozenset((str, int, float, bool, type(None)))


def json_line(row: Mapping[str, Any], *, may_hold_secrets: bool = True) -> bytes:
    """One object on one line, with its line end."""
    shown: Any = row
    if may_hold_secrets or not _SIMPLE.issuperset(map(type, row.values())):
        shown = plain(row)
    try:
        return _encode_json(shown) + b"\n"
    except (UnicodeEncodeError, ValueError):
        return json.dumps(shown, default=str).encode("ascii") + b"\n"  # lone surrogates are escaped there
