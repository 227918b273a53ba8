"""Accounts: their settings stand in the catalogue, their balance and message count in the purse and its ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jasminlike.accounts.billing import Purse
from jasminlike.accounts.credentials import (
    BALANCE,
    CREDENTIALS,
    MT,
    PURSE_FIELDS,
    SMS_COUNT,
    field_name,
    show_balance,
    show_limit,
)
from jasminlike.accounts.model import User
from jasminlike.catalog.draft import UnknownThing
from jasminlike.kind import Delta, Field, FieldError
from jcli.desk import Answer, Desk, say
from jcli.options import Option
from jcli.tables import Column
from jcli.things import Things, Words


def _row(desk: Desk, user: User) -> Sequence[str]:
    purse = desk.purses.of(user.uid)
    group = desk.catalog.get("group", user.gid)
    free = purse.balance is None and purse.messages is None
    quota = user.mt_quota
    return (
        user.uid if user.enabled else f"!{user.uid}",
        user.gid if group is not None and group.enabled else f"!{user.gid}",
        user.username,
        "ND (!)" if free else show_balance(purse.balance),
        "ND (!)" if free else show_limit(purse.messages),
        f"{show_limit(quota.http_throughput)}/{show_limit(quota.smpps_throughput)}",
    )


def _shown(desk: Desk, user: User) -> Sequence[str]:
    purse = desk.purses.of(user.uid)
    held = {BALANCE: purse.balance, SMS_COUNT: purse.messages}
    fields = {field.name: field for field in (*desk.catalog.kinds["user"].fields, *PURSE_FIELDS.values())}
    values = {**desk.catalog.kinds["user"].values(user), **held}
    return [f"{name} {values[name]}" for name in ("uid", "gid", "username")] + [
        f"{each.name} {fields[each.name].show(values[each.name])}" for each in CREDENTIALS
    ]


USER = Words(
    command="user",
    kind="user",
    about="User management",
    thing="User",
    options=(
        Option("-l", "--list", "[GID]", "List all users, or those of a group", "list"),
        Option("-a", "--add", "", "Add a user, or replace the one of the same uid", "add"),
        Option("-e", "--enable", "UID", "Enable a user", "enable"),
        Option("-d", "--disable", "UID", "Disable a user", "disable"),
        Option("-u", "--update", "UID", "Update a user", "update"),
        Option("-r", "--remove", "UID", "Remove a user", "remove"),
        Option("-s", "--show", "UID", "Show a user", "show"),
        Option("", "--smpp-unbind", "UID", "Unbind a user's sessions from the SMPP server", "unbind"),
        Option("", "--smpp-ban", "UID", "Unbind a user's sessions and let it bind no more", "ban"),
    ),
    columns=(
        Column("User id", 16),
        Column("Group id", 16),
        Column("Username", 16),
        Column("Balance", 7),
        Column("MT SMS", 6),
        Column("Throughput", 8),
    ),
    row=_row,
    total="Total Users: {count}",
    adding="Adding a new User: (ok: save, ko: exit)",
    added="Successfully added User [{key}] to Group [{thing.gid}]",
    removed="Successfully removed User id:{key}",
    unknown_key="Unknown User key: {key}",
    updating="Updating User id [{key}]: (ok: save, ko: exit)",
    updated="Successfully updated User [{key}]",
    needed="You must set User id (uid), group (gid), username and password before saving !",
    show=_shown,
    fixed={"uid": "User id can not be modified !", "username": "User username can not be modified !"},
)

_SCOPES = (MT, "smpps_cred")
_ATTRIBUTES = {BALANCE: "balance", SMS_COUNT: "messages"}


class Users(Things):
    """`user`: a new account's purse is written before the account, so that it is never spent from unlimited."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, USER)

    def fields(self, type_name: str) -> dict[str, Field]:
        """The keys of the dialogue, those of the purse too."""
        return {**super().fields(type_name), **PURSE_FIELDS}

    def split(self, line: str) -> tuple[str, str]:
        """`uid acme`, or `mt_messaging_cred quota balance 15`."""
        scope = line.split(None, 1)[0]
        if scope not in _SCOPES:
            return super().split(line)
        words = line.split(None, 3)
        if len(words) < 4:
            raise FieldError(f"expected syntax: {scope} section key value")
        return field_name(*words[:3]), words[3]

    async def do_list(self, argument: str, actor: str) -> Answer:
        """All users, or those of a group."""
        if not argument:
            return await super().do_list(argument, actor)
        if self.desk.catalog.get("group", argument) is None:
            return say(f"Unknown Group: {argument}")
        users = [user for user in self.desk.catalog.all("user").values() if user.gid == argument]
        return self.listed(users, f"Total Users in group [{argument}]: {{count}}")

    async def do_unbind(self, uid: str, actor: str) -> Answer:
        """Ends the user's sessions."""
        self.desk.binds.unbind(self.must_get(uid).username)
        return say(f"Successfully unbound User id:{uid}")

    async def do_ban(self, uid: str, actor: str) -> Answer:
        """Ends the user's sessions after taking away the right to bind."""
        user = self.must_get(uid)
        await self.desk.catalog.update("user", uid, {"smpps_cred authorization bind": False}, actor)
        self.desk.binds.unbind(user.username)
        return say(f"Successfully unbound and banned User id:{uid}")

    async def save_new(self, values: Mapping[str, Any], actor: str) -> list[str]:
        """Adds the account with the purse that was typed, unlimited where nothing was."""
        own, purse = _parted(values)
        self.desk.catalog.check("user", own, replace=True)
        await self._set_purse(str(own["uid"]), Purse(purse.get(BALANCE), purse.get(SMS_COUNT)))
        return await super().save_new(own, actor)

    async def save_changes(self, key: str, values: Mapping[str, Any], actor: str) -> list[str]:
        """Updates the account, then the purse."""
        own, purse = _parted(values)
        if self.desk.catalog.get("user", key) is None:
            raise UnknownThing("user", key)
        _resulting(self.desk.purses.of(key), purse)
        if own:
            await self.desk.catalog.update("user", key, own, actor)
        if purse:
            await self._change_purse(key, purse)
        return [self.words.updated.format(key=key)]

    async def _change_purse(self, uid: str, changes: Mapping[str, Any]) -> None:
        """In one turn of the reactor, and as a difference where that can be said: charges of messages that are on
        their way to the ledger at the same time count whatever the order in which they arrive."""
        purse = self.desk.purses.of(uid)
        wanted = _resulting(purse, changes)
        if _limits(purse) != _limits(wanted):
            await self._set_purse(uid, wanted)
            return
        balance = (wanted.balance or 0) - (purse.balance or 0)
        messages = (wanted.messages or 0) - (purse.messages or 0)
        purse.balance, purse.messages = wanted.balance, wanted.messages
        await self.desk.ledger.change(uid, balance, messages, "console", "")

    async def _set_purse(self, uid: str, wanted: Purse) -> None:
        purse = self.desk.purses.of(uid)
        purse.balance, purse.messages = wanted.balance, wanted.messages
        await self.desk.ledger.set(uid, wanted.balance, wanted.messages)


def _parted(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to the account, and what to its purse."""
    purse = {name: value for name, value in values.items() if name in PURSE_FIELDS}
    return {name: value for name, value in values.items() if name not in PURSE_FIELDS}, purse


def _limits(purse: Purse) -> tuple[bool, bool]:
    return purse.balance is not None, purse.messages is not None


def _resulting(purse: Purse, changes: Mapping[str, Any]) -> Purse:
    """The purse after these changes. Raises `FieldError` when something would be less than nothing."""
    wanted = Purse(purse.balance, purse.messages)
    for name, value in changes.items():
        now = getattr(purse, _ATTRIBUTES[name])
        result = (now or 0) + _amount(name, value) if isinstance(value, Delta) else value
        if result is not None and result < 0:
            raise FieldError(f"{name} can not be negative: {PURSE_FIELDS[name].show(result)}", name)
        setattr(wanted, _ATTRIBUTES[name], result)
    return wanted


def _amount(name: str, change: Delta) -> int:
    """A signed change in the purse's unit: exactly what the same number without its sign would be."""
    size = abs(change.amount)
    amount: int = PURSE_FIELDS[name].parse(str(int(size)) if size == int(size) else repr(size))
    return amount if change.amount >= 0 else -amount
