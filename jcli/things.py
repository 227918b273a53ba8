"""List, show, add, update, remove, flush, enable and disable: one screen for every kind of thing.

What differs by kind is data: `Words` (titles, columns, sentences) and a few functions. A kind with ways of its own
(balances of accounts, starting connectors) overrides the method concerned, in `commands_*.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jasminlike.catalog.draft import UnknownThing
from jasminlike.catalog.service import Remove
from jasminlike.errors import GatewayError
from jasminlike.kind import Field, FieldError
from jcli.desk import Answer, Desk, say
from jcli.form import Form
from jcli.options import Option, OptionError, parse, usage
from jcli.tables import Column, fixed_table


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a screen says. Sentences are formats of `key` and, where there is one, `thing`."""

    command: str
    kind: str
    about: str
    thing: str
    options: tuple[Option, ...]
    columns: tuple[Column, ...]
    row: Callable[[Desk, Any], Sequence[str]]
    total: str
    adding: str
    added: str
    removed: str
    unknown_key: str
    updating: str = ""
    updated: str = ""
    needed: str = ""
    exists: str = ""
    bad_key: str = ""
    flushed: str = ""
    show: Callable[[Desk, Any], Sequence[str]] | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    """What is said to who wants to change a key that cannot change."""
    typed_error: str = "Error: "
    """What stands before the refusal of a value at the moment it is typed."""
    module: str = ""
    """Where the ancestor kept the types of this kind: told when a type was chosen."""
    backwards: bool = False


class Things:
    """The command of one kind."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self.desk = desk
        self.words = words
        self.name = words.command
        self.about = words.about
        self.kind = desk.catalog.kinds[words.kind]

    def usage(self) -> list[str]:
        """What `help` shows of it."""
        return [self.about, *usage(self.name, self.words.options)]

    def complete(self, words: Sequence[str]) -> list[str]:
        """Options first; keys after an option that takes one."""
        for option in self.words.options:
            if words and words[-1] in (option.short, option.long) and option.argument:
                return list(self.desk.catalog.all(self.words.kind))
        return [] if words else [option.long for option in self.words.options]

    async def run(self, words: Sequence[str], actor: str) -> Answer:
        """Does what the first option says."""
        try:
            given, _ = parse(self.words.options, words)
        except OptionError as problem:
            return say(str(problem), *usage(self.name, self.words.options))
        if not given:
            return say("Missing required option")
        option, argument = given[0]
        return await self._act(option, argument, actor)

    async def _act(self, option: Option, argument: str, actor: str) -> Answer:
        try:
            if option.takes_argument and self.words.bad_key and not (argument.isascii() and argument.isdecimal()):
                return say(self.words.bad_key)
            return await self.do(option.action, argument, actor)
        except UnknownThing as problem:
            return say(self.unknown(problem.key))
        except FieldError as problem:
            return say(f"Error: {problem}")
        except GatewayError as problem:
            return say(f"Error: {problem.public}")

    def unknown(self, key: str) -> str:
        """What is said of a key that does not exist."""
        return f"Unknown {self.words.thing}: {key}"

    def must_get(self, key: str) -> Any:
        """The thing. Raises `UnknownThing`."""
        thing = self.desk.catalog.get(self.words.kind, key)
        if thing is None:
            raise UnknownThing(self.words.kind, key)
        return thing

    async def do(self, action: str, argument: str, actor: str) -> Answer:
        """Does one of the actions of the options."""
        result: Answer = await getattr(self, f"do_{action}")(argument, actor)
        return result

    async def do_list(self, argument: str, actor: str) -> Answer:
        """All things, in their order."""
        things = list(self.desk.catalog.all(self.words.kind).values())
        return self.listed(things[::-1] if self.words.backwards else things, self.words.total)

    def listed(self, things: Sequence[Any], total: str) -> Answer:
        """A table of these and a line that counts them."""
        rows = [self.words.row(self.desk, thing) for thing in things]
        return say(*fixed_table(self.words.columns, rows), total.format(count=len(things)))

    async def do_show(self, key: str, actor: str) -> Answer:
        """One thing."""
        thing = self.must_get(key)
        return say(*(self.words.show(self.desk, thing) if self.words.show else self.shown(thing)))

    def shown(self, thing: Any) -> list[str]:
        """`key value` for each field."""
        values = self.kind.values(thing)
        fields = self.kind.fields_of(str(values.get("type", "")))
        return [f"{each.name} {each.show(values[each.name])}" for each in fields if not each.hidden]

    async def do_add(self, argument: str, actor: str) -> Answer:
        """Opens the dialogue for a new thing."""
        return Answer((self.words.adding,), Form(self, actor))

    async def do_update(self, key: str, actor: str) -> Answer:
        """Opens the dialogue for a thing that exists."""
        self.must_get(key)
        return Answer((self.words.updating.format(key=key),), Form(self, actor, key))

    async def do_remove(self, key: str, actor: str) -> Answer:
        """Removes a thing."""
        await self.desk.catalog.remove(self.words.kind, key, actor)
        return say(self.words.removed.format(key=key))

    async def do_flush(self, argument: str, actor: str) -> Answer:
        """Removes all things of the kind."""
        keys = list(self.desk.catalog.all(self.words.kind))
        await self.desk.catalog.apply_many([Remove(self.words.kind, key) for key in keys], actor)
        return say(self.words.flushed.format(count=len(keys)))

    async def do_enable(self, key: str, actor: str) -> Answer:
        """Lets it log in again."""
        await self.desk.catalog.update(self.words.kind, key, {"enabled": True}, actor)
        return say(f"Successfully enabled {self.words.thing} id:{key}")

    async def do_disable(self, key: str, actor: str) -> Answer:
        """Lets it log in no more."""
        await self.desk.catalog.update(self.words.kind, key, {"enabled": False}, actor)
        return say(f"Successfully disabled {self.words.thing} id:{key}")

    def fields(self, type_name: str) -> dict[str, Field]:
        """The keys of the dialogue."""
        return {each.name: each for each in self.kind.fields_of(type_name) if not each.hidden}

    def split(self, line: str) -> tuple[str, str]:
        """The name of a field and the text of its value. Raises `FieldError`."""
        name, _, text = line.partition(" ")
        return name, text.strip()

    def typed(self, values: dict[str, Any], name: str) -> list[str]:
        """Called when a value was taken; may settle others, and returns what to say."""
        if name != "type" or not self.kind.variants:
            return []
        own = [each.name for each in self.kind.variants.get(values["type"], ())]
        return [f"<class '{self.words.module}.{values['type']}'> arguments:", ", ".join(own)] if own else []

    async def save_new(self, values: Mapping[str, Any], actor: str) -> list[str]:
        """Adds the thing and says so. A thing of the same key is replaced where no word is lost about it."""
        replace = not self.words.exists
        thing = await self.desk.catalog.add(self.words.kind, values, actor, replace=replace)
        return [self.words.added.format(key=self.kind.key_of(thing), thing=thing)]

    async def save_changes(self, key: str, values: Mapping[str, Any], actor: str) -> list[str]:
        """Updates the thing and says so."""
        await self.desk.catalog.update(self.words.kind, key, values, actor)
        return [self.words.updated.format(key=key)]
