"""The dialogue that adds or updates a thing: a line for each key, `ok` saves, `ko` leaves. Written once for all kinds.

A value is judged when it is typed, by its field and by what it refers to; `ok` judges the whole. What is refused is
said and the dialogue goes on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jasminlike.catalog.draft import AlreadyThere
from jasminlike.errors import GatewayError
from jasminlike.kind import REQUIRED, Delta, Field, FieldError
from jcli.desk import Answer, say

if TYPE_CHECKING:
    from jcli.things import Things


class Form:
    """A dialogue over one thing. `key` is that of the thing to update, "" to add one."""

    def __init__(self, things: Things, actor: str, key: str = "") -> None:
        self._things = things
        self._actor = actor
        self._key = key
        self._values: dict[str, Any] = {}
        self._refused: dict[str, str] = {}

    def choices(self) -> list[str]:
        """What a line may begin with: the keys that may be set now, and the two ends."""
        fixed = self._things.words.fixed if self._key else {}
        return [name for name in self._fields() if name not in fixed] + ["ok", "ko"]

    async def enter(self, line: str) -> Answer:
        """Takes one line of the dialogue."""
        line = line.strip()
        if not line:
            return self._on()
        if line == "ok":
            return await self._save()
        if line == "ko":
            return say()
        if line == "quit":
            return self._on("Exit session before quitting")
        try:
            return self._set(line)
        except FieldError as problem:
            return self._on(f"{self._things.words.typed_error}{problem}")

    def _on(self, *lines: str) -> Answer:
        return Answer(lines, self)

    def _fields(self) -> Mapping[str, Field]:
        """The fields that the dialogue knows: those of the type too, once there is one."""
        return self._things.fields(self._values.get("type", ""))

    def _set(self, line: str) -> Answer:
        fields = self._fields()
        name, text = self._things.split(line)
        field = fields.get(name)
        if field is None:
            return self._on(self._things.words.unknown_key.format(key=name))
        if self._key and name in self._things.words.fixed:
            return self._on(self._things.words.fixed[name])
        self._values.pop(name, None)
        try:
            value = self._parsed(field, text)
        except FieldError as problem:
            self._refused[name] = f"{self._things.words.typed_error}{problem}"
            return self._on(self._refused[name])
        for ref in field.refers(value) if value is not None and not isinstance(value, Delta) else ():
            if refusal := ref.problem(self._things.desk.catalog.get(ref.kind, ref.key)):
                self._refused[name] = refusal
                return self._on(refusal)
        self._refused.pop(name, None)
        return self._take(name, value)

    def _parsed(self, field: Field, text: str) -> Any:
        if self._key and field.signed and text[:1] in ("+", "-"):
            try:
                amount = float(text)
            except ValueError:
                amount = math.nan
            if not math.isfinite(amount):
                raise FieldError(f"{field.name}: {text} is not a number", field.name)
            return Delta(amount)
        return field.parse(text)

    def _take(self, name: str, value: Any) -> Answer:
        if name == "type" and self._things.kind.variants:
            own = self._things.kind.key
            self._values = {key: kept for key, kept in self._values.items() if key == own} | {"type": value}
            self._refused.clear()
        else:
            self._values[name] = value
        lines = self._things.typed(self._values, name)
        return self._on(*lines)

    async def _save(self) -> Answer:
        try:
            if self._key:
                if not self._values:
                    return self._on("Nothing to save")
                return Answer(tuple(await self._things.save_changes(self._key, self._values, self._actor)))
            if missing := self._missing():
                return self._on(missing)
            return Answer(tuple(await self._things.save_new(self._values, self._actor)))
        except AlreadyThere as problem:
            return self._on(self._things.words.exists or f"Error: {problem}")
        except FieldError as problem:
            return self._on(f"Error: {problem}")
        except GatewayError as problem:
            return self._on(f"Error: {problem.public}")

    def _missing(self) -> str:
        """Why a new thing cannot be saved yet: the refusal of a key it needs, or the list of all it needs."""
        needed = [name for name, field in self._fields().items() if field.default is REQUIRED]
        missing = [name for name in needed if name not in self._values]
        if not missing:
            return ""
        refused = [self._refused[name] for name in missing if name in self._refused]
        if refused:
            return refused[0]
        if self._things.words.needed:
            return self._things.words.needed
        ordered = sorted(needed, key=lambda name: name != "type")
        return f"You must set these options before saving: {', '.join(ordered)}"
