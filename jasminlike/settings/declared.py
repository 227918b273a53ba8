"""The declarations of `schema`, read back as rows: what a setting is called, takes, starts with and is for.

The loader checks values by these rows, the renderer writes samples and reference from them.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from jasminlike.settings.schema import Section, Settings

ENVIRONMENT_PREFIX = "JASMINLIKE_"

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class Unusable(ValueError):
    """A value that a setting does not take. The text says why, without the value when that is secret."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the declarations ask of a value; None = nothing."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `plain` is its type without annotations, `full` with them."""

    section: str
    name: str
    plain: Any
    full: Any
    default: Any
    about: str
    secret: bool
    limits: Limits = field(default_factory=Limits)

    @property
    def path(self) -> str:
        """Its dotted name, as errors and `--set` write it."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{ENVIRONMENT_PREFIX}{self.section}_{self.name}".upper()

    @property
    def wanted(self) -> str:
        """What it takes, in words: "a whole number from 0 to 65535"."""
        if typing.get_origin(self.plain) is Literal:
            return "one of " + ", ".join(typing.get_args(self.plain))
        if self.plain is bool:
            return "true or false"
        if self.plain is str:
            return _length(self.limits)
        return ("a whole number" if self.plain is int else "a number") + _range(self.limits)

    def convert(self, value: Any, *, is_text: bool) -> Any:
        """The value in the declared type; `is_text` when it was typed outside a TOML file. Raises `Unusable`."""
        given = self._from_text(value) if is_text else value
        try:
            result = msgspec.convert(given, self.full, strict=not is_text)
        except msgspec.ValidationError:
            raise self._unusable(value) from None
        if isinstance(result, float) and not math.isfinite(result):
            raise self._unusable(value)
        if isinstance(result, str) and any(ord(character) < 0x20 for character in result):
            raise Unusable(f"must be {self.wanted}, without control characters")
        return result

    def _from_text(self, value: str) -> Any:
        if self.plain is bool:
            word = value.strip().lower()
            return True if word in _TRUE else False if word in _FALSE else value
        return value.strip() if self.plain in (int, float) else value

    def _unusable(self, value: Any) -> Unusable:
        return Unusable(f"must be {self.wanted}" + ("" if self.secret else f", not {_shown(value)}"))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _range(limits: Limits) -> str:
    if limits.ge is not None and limits.le is not None:
        return f" from {_number(limits.ge)} to {_number(limits.le)}"
    if limits.gt is not None:
        return f" over {_number(limits.gt)}"
    return "" if limits.ge is None else f" of at least {_number(limits.ge)}"


def _length(limits: Limits) -> str:
    if limits.max_length is not None:
        return f"a text of {limits.min_length or 0} to {limits.max_length} characters"
    return "a text that is not empty" if limits.min_length else "a text"


def _read(section: str, info: msgspec.structs.FieldInfo) -> Setting:
    plain, metas = info.type, []
    if typing.get_origin(info.type) is Annotated:
        plain, *rest = typing.get_args(info.type)
        metas = [each for each in rest if isinstance(each, Meta)]
    found: dict[str, Any] = {}
    about, secret = "", False
    for meta in metas:
        found |= {key: limit for key in Limits.__slots__ if (limit := getattr(meta, key)) is not None}
        about = meta.description or about
        secret = secret or bool((meta.extra or {}).get("secret"))
    return Setting(
        section=section,
        name=info.name,
        plain=plain,
        full=info.type,
        default=info.default,
        about=about,
        secret=secret,
        limits=Limits(**found),
    )


@cache
def sections() -> Mapping[str, type[Section]]:
    """The sections of the file by name, in the order of declaration."""
    return {info.name: info.type for info in msgspec.structs.fields(Settings)}


@cache
def declared() -> Mapping[str, Setting]:
    """All settings by dotted name, in the order of declaration."""
    rows = (_read(name, info) for name, section in sections().items() for info in msgspec.structs.fields(section))
    return {row.path: row for row in rows}
