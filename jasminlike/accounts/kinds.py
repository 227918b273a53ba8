"""Groups and users as administrable things: their keys, in the console's words, and how they become the model."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from jasminlike.accounts.credentials import ACCOUNT_FIELDS, CREDENTIALS, parse_bool
from jasminlike.accounts.model import (
    Group,
    MtAuthorization,
    MtDefault,
    MtQuota,
    MtValueFilter,
    SmppsAuthorization,
    SmppsQuota,
    User,
)
from jasminlike.kind import Field, FieldError, Kind, Ref

_PARTS: dict[str, type[Any]] = {
    "mt_authorization": MtAuthorization,
    "mt_valuefilter": MtValueFilter,
    "mt_default": MtDefault,
    "mt_quota": MtQuota,
    "smpps_authorization": SmppsAuthorization,
    "smpps_quota": SmppsQuota,
}


def _name(pattern: str, problem: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise FieldError(problem)
        return text

    return parse


def _parse_password(text: str) -> str:
    if not 1 <= len(text) <= 16:
        raise FieldError("Invalid password length !")
    return text


def _group_of(gid: str) -> tuple[Ref, ...]:
    return (Ref("group", gid, f"Unknown Group gid:{gid}, you must first create the Group", owner=True),)


def _group_values(thing: Group) -> dict[str, Any]:
    return {"gid": thing.gid, "enabled": thing.enabled}


ENABLED = Field("enabled", parse_bool, True, about="Whether it may log in", hidden=True)

GROUP = Kind(
    "group",
    "gid",
    (
        Field(
            "gid",
            _name(r"[A-Za-z0-9_-]{1,16}", "Group gid syntax is invalid"),
            about="The name of the group",
            fixed=True,
        ),
        ENABLED,
    ),
    lambda values: Group(values["gid"], values["enabled"]),
    _group_values,
    "Accounts that are enabled, disabled and removed together",
)


def _build(values: Mapping[str, Any]) -> User:
    parts: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    for each in CREDENTIALS:
        if each.part:
            parts[each.part][each.attribute] = values[each.name]
    return User(
        values["uid"],
        values["gid"],
        values["username"],
        values["password"],
        values["enabled"],
        **{part: make(**parts[part]) for part, make in _PARTS.items()},
    )


def _values(user: User) -> dict[str, Any]:
    values: dict[str, Any] = {
        "uid": user.uid,
        "gid": user.gid,
        "username": user.username,
        "password": user.password,
        "enabled": user.enabled,
    }
    for each in CREDENTIALS:
        if each.part:
            values[each.name] = getattr(getattr(user, each.part), each.attribute)
    return values


def user_kind(seal: Callable[[str], Awaitable[str]]) -> Kind:
    """The kind of accounts; `seal` makes the hash that is stored (`Passwords.seal`)."""
    return Kind(
        "user",
        "uid",
        (
            Field(
                "uid", _name(r"[A-Za-z0-9_-]{1,16}", "User uid syntax is invalid"),
                about="The account's id", fixed=True,
            ),
            Field("gid", str, about="The group it belongs to", refers=_group_of),
            Field(
                "username", _name(r"[A-Za-z0-9_-]{1,15}", "User username syntax is invalid"),
                about="The name it logs in with", fixed=True, unique=True,
            ),
            Field("password", _parse_password, about="1 to 16 characters; over SMPP at most 8", secret=True, seal=seal),
            ENABLED,
            *ACCOUNT_FIELDS.values(),
        ),
        _build,
        _values,
        "An account that sends and receives messages",
    )  # fmt: skip
