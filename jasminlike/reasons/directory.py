"""Looks up what a status or an error means: lookup("ESME_RTHROTTLED", "ru").

The words stand in the TOML files beside this module, one entry with all its languages side by side. A code is
- a command_status of SMPP by name or number: "ESME_RTHROTTLED", "0x58", "0x00000058";
- a state of a receipt: "DELIVRD";
- an error code of a receipt, after "err:": "err:027", also "err:27";
- a refusal or an end of the gateway's own, as in Reason.code: "no_route".
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "ru", "zh")
GROUPS: Final = frozenset({"client", "operator", "subscriber", "gateway", "content"})
FAULTS: Final = GROUPS - {"content"} | {"nobody"}

_FOLDER: Final = Path(__file__).parent
_UNKNOWN: Final = "unknown.toml"
_FIELDS: Final = {"group", "fault", "final", *LANGUAGES}


class BadDirectory(ValueError):
    """A file of the directory cannot be used; the text names the file, the entry and what is wrong."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the directory says of one code, in one language."""

    code: str
    group: str
    """What it is about: client, operator, subscriber, gateway or content."""
    fault: str
    """Who can mend it: client, operator, subscriber, gateway or nobody."""
    final: bool
    """Nothing more will come of it: the message has ended, or the same request would be refused again."""
    text: str
    advice: str
    language: str
    number: int | None = None
    """The number of a command_status."""
    known: bool = True
    """False for a code that stands nowhere: the entry is the general one and keeps the code."""


class Directory:
    """The entries of a folder of TOML files. Raises BadDirectory when one of them is incomplete."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._entries: dict[str, dict[str, Entry]] = {}
        self._numbers: dict[int, str] = {}
        for path in sorted(folder.glob("*.toml")):
            if path.name != _UNKNOWN:
                for code, languages in _read(path):
                    self._add(path, code, languages)
        self._unknown = dict(_read(folder / _UNKNOWN))
        if missing := {"status", "error", "code"} - set(self._unknown):
            raise BadDirectory(f"{_UNKNOWN}: no entry {min(missing)}")

    def _add(self, path: Path, code: str, languages: dict[str, Entry]) -> None:
        if code in self._entries:
            raise BadDirectory(f"{path.name}: {code} stands in the directory twice")
        self._entries[code] = languages
        number = languages["en"].number
        if number is not None:
            if number in self._numbers:
                raise BadDirectory(f"{path.name}: {code} has the number of {self._numbers[number]}")
            self._numbers[number] = code

    def lookup(self, code: str, language: str = "en") -> Entry:
        """Return the entry of a code. Never raises: an unknown code gives a general entry that keeps it as it came.

        `language` may be a tag such as "zh-CN" or "ru_RU"; one the directory does not speak gives English.
        """
        spoken = language[:2].lower()
        if spoken not in LANGUAGES or language[2:3] not in {"", "-", "_"}:
            spoken = "en"
        found = self._entries.get(code) or self._entries.get(self._canonical(code))
        if found is not None:
            return found[spoken]
        general = self._unknown[_kind(code)][spoken]
        shown = code.removeprefix("err:") or "?"
        return replace(
            general,
            code=code,
            text=general.text.replace("{code}", shown),
            advice=general.advice.replace("{code}", shown),
            known=False,
        )

    def entries(self, language: str = "en") -> tuple[Entry, ...]:
        """Return every entry in a language, in the order of the files, for the published directory."""
        return tuple(self.lookup(code, language) for code in self._entries)

    def _canonical(self, code: str) -> str:
        if code.startswith("err:") and code[4:].isdecimal():
            return f"err:{code[4:].zfill(3)}"
        number = _number(code)
        return code if number is None else self._numbers.get(number, code)


def _number(code: str) -> int | None:
    """Return the number that a code is in hexadecimal or decimal digits, or None."""
    if not (code[:2].lower() == "0x" or code[:1].isdecimal()) or len(code) > 12:
        return None
    try:
        return int(code, 0)
    except ValueError:
        return None


def _kind(code: str) -> str:
    if code.startswith("err:"):
        return "error"
    return "code" if _number(code) is None and not code.startswith("ESME_") else "status"


def _read(path: Path) -> Iterable[tuple[str, dict[str, Entry]]]:
    """Yield the codes of a file, each with its entry in every language."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadDirectory(f"{path.name}: {error}") from error
    for code, row in table.items():
        wrong = _wrong(row)
        if wrong:
            raise BadDirectory(f"{path.name}: {code}: {wrong}")
        yield code, {language: _entry(code, row, language) for language in LANGUAGES}


def _wrong(row: object) -> str | None:
    """Return what is wrong with an entry as read, or None."""
    if not isinstance(row, dict):
        return "is not a table"
    names = set(row) - {"number"}
    if names != _FIELDS:
        return f"{'lacks' if _FIELDS - names else 'has an unknown'} {min(names ^ _FIELDS)}"
    if row["group"] not in GROUPS or row["fault"] not in FAULTS:
        return f"group {row['group']!r} or fault {row['fault']!r} is not one of the known"
    if not isinstance(row["final"], bool) or not isinstance(row.get("number", 0), int):
        return "final must be true or false, number a whole number"
    for language in LANGUAGES:
        words = row[language]
        if not (isinstance(words, list) and len(words) == 2 and all(isinstance(word, str) and word for word in words)):
            return f"{language} must be two texts, what it means and what to do"
    return None


def _entry(code: str, row: Mapping[str, Any], language: str) -> Entry:
    text, advice = row[language]
    return Entry(code, row["group"], row["fault"], row["final"], text, advice, language, row.get("number"))


@lru_cache(maxsize=1)
def directory() -> Directory:
    """Return the directory that comes with the product, read once."""
    return Directory()


def lookup(code: str, language: str = "en") -> Entry:
    """Return what the product's directory says of a code; see Directory.lookup()."""
    return directory().lookup(code, language)
