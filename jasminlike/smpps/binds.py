"""Who is bound: the rules of a bind, the sessions of each account, and what the operators' changes do to them.

The rules, in their order, with the statuses that clients know from Jasmin:

| situation | bind_resp |
|---|---|
| wrong password, unknown or disabled account, disabled group | ESME_RINVPASWD |
| the peer's address is not in the account's list | ESME_RBINDFAIL |
| this connection is bound already (the session itself refuses) | ESME_RALYBND |
| the account may not bind, or has as many sessions as it may | ESME_RBINDFAIL |
| the gateway cannot check it now, or is stopping | ESME_RSYSERR |

After a refusal the connection stays open, for as long as a connection may be unbound, and may try again. The sessions
of an account are counted from those that live, never by a counter of their own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from twisted.logger import Logger
from twisted.python.failure import Failure

from jasminlike import errors
from jasminlike.accounts.model import Group, User
from jasminlike.errors import GatewayError
from jasminlike.interfaces import Bound, Logins
from jasminlike.smpp import statuses as s
from jasminlike.smpp.events import BindPdu

_OVERLOAD = frozenset({errors.QUEUE_FULL.code, errors.STORE_FAILED.code, errors.STOPPING.code})


class Events(Protocol):
    """The log of operations."""

    def __call__(self, type: str, message: str, /, *, level: str = "info", **params: object) -> None: ...


class Directory(Protocol):
    """What is needed of the catalogue."""

    def get(self, kind: str, key: str) -> Any | None: ...
    def subscribe(self, listener: Callable[[str, str, Any, Any], None]) -> None: ...


class Binder(Protocol):
    """A connection, as the rules see it. `bound` is set by `entered`, which answers the bind."""

    @property
    def peer(self) -> str: ...
    @property
    def binding(self) -> bool: ...
    @property
    def user(self) -> User: ...
    @property
    def bound(self) -> Bound: ...
    def entered(self, request: BindPdu, user: User) -> None: ...
    def refuse(self, request: BindPdu, status: int) -> object: ...
    def changed(self, user: User) -> None: ...
    def leave(self) -> None: ...
    def cut(self, why: str) -> None: ...


class Binds:
    """Every bound session, by account. Satisfies what the console asks of sessions (`sessions`, `unbind`)."""

    _failures = Logger()

    def __init__(self, logins: Logins, directory: Directory, log: Events) -> None:
        self._logins = logins
        self._directory = directory
        self._log = log
        self._by_username: dict[str, list[Binder]] = {}
        self.stopping = False
        directory.subscribe(self._changed)

    # --- asked -----------------------------------------------------------------------------------------------

    def sessions(self, username: str) -> list[Bound]:
        """The account's sessions that are bound now, the oldest first."""
        return [binder.bound for binder in self._by_username.get(username, ())]

    def unbind(self, username: str) -> int:
        """Ends all of the account's sessions in good order; returns how many there were."""
        binders = list(self._by_username.get(username, ()))
        for binder in binders:
            binder.leave()
        return len(binders)

    # --- a bind ----------------------------------------------------------------------------------------------

    def bind(self, binder: Binder, request: BindPdu) -> None:
        """Answers the bind, now or when the password is checked."""
        if self.stopping:
            binder.refuse(request, s.ESME_RSYSERR)
            return
        username, password = _text(request.system_id), _text(request.password)
        user = self._logins.cached(username, password)
        if user is not None:
            self._decide(user, binder, request)
            return
        self._logins.check(username, password, binder.peer).addCallback(self._decide, binder, request).addErrback(
            self._failed, binder, request
        )

    def _decide(self, user: User, binder: Binder, request: BindPdu) -> None:
        if not binder.binding:
            return  # the connection went, or leaves, while the password was checked
        status, why = self._refusal(user, binder.peer)
        if status == s.ESME_ROK:
            binder.entered(request, user)
            self._by_username.setdefault(user.username, []).append(binder)
        else:
            self._refuse(binder, request, status, why)

    def _refusal(self, user: User, peer: str) -> tuple[int, str]:
        if not may_come_from(user.smpps_authorization.ip, peer):
            return s.ESME_RBINDFAIL, "the address is not in the account's list"
        if self.stopping:
            return s.ESME_RSYSERR, "the gateway is stopping"
        if not user.smpps_authorization.bind:
            return s.ESME_RBINDFAIL, "the account may not bind"
        most = user.smpps_quota.max_bindings
        if most is not None and len(self._by_username.get(user.username, ())) >= most:
            return s.ESME_RBINDFAIL, f"the account has {most} sessions, as many as it may"
        return s.ESME_ROK, ""

    def _failed(self, failure: Failure, binder: Binder, request: BindPdu) -> None:
        error = failure.value
        if isinstance(error, GatewayError):
            overload = error.reason.code in _OVERLOAD
            status, why = s.ESME_RSYSERR if overload else s.ESME_RINVPASWD, error.detail or error.public
        else:
            self._failures.failure("a bind could not be decided", failure)
            status, why = s.ESME_RSYSERR, "an error of the gateway"
        if binder.binding:
            self._refuse(binder, request, status, why)

    def _refuse(self, binder: Binder, request: BindPdu, status: int, why: str) -> None:
        self._log(
            "bind-refused",
            why,
            level="warning",
            username=_text(request.system_id),
            peer=binder.peer,
            status=s.name(status),
        )
        binder.refuse(request, status)

    def left(self, binder: Binder) -> None:
        """The session is over."""
        username = binder.user.username
        binders = self._by_username[username]
        binders.remove(binder)
        if not binders:
            del self._by_username[username]

    # --- told by the catalogue -------------------------------------------------------------------------------

    def _changed(self, kind: str, key: str, old: Any, new: Any) -> None:
        """Sessions of accounts that may no longer be here are cut at once; the others go on with what is new."""
        if kind == "user":
            for binder in self._all(lambda user: user.uid == key):
                why = self._why_cut(new, binder)
                if why:
                    binder.cut(why)
                else:
                    binder.changed(new)
        elif kind == "group" and (new is None or not new.enabled):
            for binder in self._all(lambda user: user.gid == key):
                binder.cut("the group was disabled or removed")

    def _all(self, wanted: Callable[[User], bool]) -> list[Binder]:
        return [each for binders in self._by_username.values() for each in binders if wanted(each.user)]

    def _why_cut(self, user: User | None, binder: Binder) -> str:
        if user is None or user.username != binder.user.username:
            return "the account was removed or has another name"
        group: Group | None = self._directory.get("group", user.gid)
        if not user.enabled or group is None or not group.enabled:
            return "the account or its group was disabled"
        if not user.smpps_authorization.bind:
            return "the account may no longer bind"
        if not may_come_from(user.smpps_authorization.ip, binder.peer):
            return "the address is no longer in the account's list"
        return ""


def may_come_from(allowed: str, peer: str) -> bool:
    """Whether an address is in a comma-separated list of addresses and networks, IPv4 and IPv6.

    An IPv4 client that reached an IPv6 listener counts by its IPv4 address.
    """
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    address = address if mapped is None else mapped
    return any(address.version == network.version and address in network for network in _networks(allowed))


@lru_cache(maxsize=10_000)
def _networks(allowed: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(item.strip(), strict=False) for item in allowed.split(",") if item.strip())


def _text(octets: bytes) -> str:
    """A name or password as the accounts know it; older clients do not send UTF-8."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
