"""Filters on who takes part: the account, its group, the connector a message came from, and the tags it bears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from jasminlike.filters.base import MO, MT, Filter, Need, OneValue, Side, parse_word
from jasminlike.filters.subject import Subject
from jasminlike.kind import Field


@dataclass(frozen=True, slots=True)
class TransparentFilter(Filter):
    """Matches always."""

    type_name: ClassVar[str] = "TransparentFilter"

    def matches(self, subject: Subject) -> bool:
        return True

    def describe(self) -> str:
        return "<T>"

    def need(self) -> Need | None:
        return Need("destination", ("",), True)

    def values(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_values(cls, fid: str, values: Mapping[str, Any]) -> Filter:
        return cls(fid)


@dataclass(frozen=True, slots=True)
class ConnectorFilter(OneValue):
    """The message came in by this connector."""

    type_name: ClassVar[str] = "ConnectorFilter"
    sides: ClassVar[tuple[Side, ...]] = (MO,)
    FIELDS: ClassVar[tuple[Field, ...]] = (Field("cid", parse_word, about="The connector the message came from."),)

    def matches(self, subject: Subject) -> bool:
        return subject.connector == self.value

    def describe(self) -> str:
        return f"<C (cid={self.value})>"

    def lines(self) -> list[str]:
        return ["ConnectorFilter:", f"cid = {self.value}"]

    def need(self) -> Need | None:
        return Need("connector", (self.value,), True)


@dataclass(frozen=True, slots=True)
class UserFilter(OneValue):
    """This account sends it."""

    type_name: ClassVar[str] = "UserFilter"
    sides: ClassVar[tuple[Side, ...]] = (MT,)
    FIELDS: ClassVar[tuple[Field, ...]] = (Field("uid", parse_word, about="The account that sends the message."),)

    def matches(self, subject: Subject) -> bool:
        return subject.user is not None and subject.user.uid == self.value

    def describe(self) -> str:
        return f"<U (uid={self.value})>"

    def lines(self) -> list[str]:
        return ["UserFilter:", f"uid = {self.value}"]

    def need(self) -> Need | None:
        return Need("user", (self.value,), True)


@dataclass(frozen=True, slots=True)
class GroupFilter(OneValue):
    """An account of this group sends it."""

    type_name: ClassVar[str] = "GroupFilter"
    sides: ClassVar[tuple[Side, ...]] = (MT,)
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("gid", parse_word, about="The group of the account that sends the message."),
    )

    def matches(self, subject: Subject) -> bool:
        return subject.user is not None and subject.user.gid == self.value

    def describe(self) -> str:
        return f"<G (gid={self.value})>"

    def lines(self) -> list[str]:
        return ["GroupFilter:", f"gid = {self.value}"]

    def need(self) -> Need | None:
        return Need("group", (self.value,), True)


@dataclass(frozen=True, slots=True)
class TagFilter(OneValue):
    """The message bears this tag; tags are compared as text, so that 22 and "22" are the same."""

    type_name: ClassVar[str] = "TagFilter"
    FIELDS: ClassVar[tuple[Field, ...]] = (Field("tag", parse_word, about="A tag the message must bear."),)

    def matches(self, subject: Subject) -> bool:
        return self.value in subject.tags

    def describe(self) -> str:
        return f"<TG (tag={self.value})>"

    def lines(self) -> list[str]:
        return ["TagFilter:", f"has tag = {self.value}"]

    def need(self) -> Need | None:
        return Need("tag", (self.value,), True)
