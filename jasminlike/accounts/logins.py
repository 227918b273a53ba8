"""Who is this? A slow hash decides once; a cache of keyed digests answers in about a microsecond from then on.

The cache holds no password: its keys are blake2b digests under a random key of the process. An entry lives until it
has not been used for five minutes, or its account or group changes. Behind the cache at most two hashes are computed
at a time, equal questions share one answer, and the line of those that wait is bounded, so that a flood of wrong
passwords cannot occupy the machine. Guessing is slowed by account and by address; an unknown name costs as much time
as a wrong password.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Protocol

from twisted.internet.defer import Deferred, DeferredSemaphore, fail, succeed
from twisted.logger import Logger

from jasminlike.accounts.backoff import Backoff
from jasminlike.accounts.model import Group, User
from jasminlike.accounts.passwords import DUMMY, needs_rehash
from jasminlike.errors import AUTH_FAILED, QUEUE_FULL, USER_DISABLED, GatewayError


class Directory(Protocol):
    """What logins need of the catalogue."""

    def all(self, kind: str) -> Mapping[str, Any]: ...
    def get(self, kind: str, key: str) -> Any | None: ...
    def subscribe(self, listener: Callable[[str, str, Any, Any], None]) -> None: ...
    async def update(self, kind: str, key: str, changes: Mapping[str, Any], actor: str) -> Any: ...


class Verifier(Protocol):
    """What logins need of `Passwords`."""

    def verify(self, stored: str, password: str) -> Deferred[bool]: ...
    def hash(self, password: str) -> Deferred[str]: ...


class Logins:
    """Implements `interfaces.Logins` over the users and groups of a catalogue that is loaded.

    `now` is a monotonic clock in seconds.
    """

    def __init__(
        self,
        directory: Directory,
        verifier: Verifier,
        now: Callable[[], float],
        *,
        lifetime: float = 300.0,
        size: int = 50_000,
        at_once: int = 2,
        queue: int = 200,
    ) -> None:
        self._directory = directory
        self._verifier = verifier
        self._now = now
        self._lifetime = lifetime
        self._size = size
        self._queue = queue
        self._keyed = blake2b(key=secrets.token_bytes(32), digest_size=16)
        self._known: OrderedDict[bytes, tuple[User, float]] = OrderedDict()
        self._digests: dict[str, set[bytes]] = {}
        self._by_username: dict[str, User] = {user.username: user for user in directory.all("user").values()}
        self._turns = DeferredSemaphore(at_once)
        self._asked: dict[bytes, list[Deferred[User]]] = {}
        self._pairs = Backoff(now)
        # Many accounts may share an address (a client's proxy), and anybody may fail in an account's name.
        self._peers = Backoff(now, free=20)
        self._names = Backoff(now, free=50, longest=5.0)
        self._log = Logger()
        directory.subscribe(self._changed)

    def cached(self, username: str, password: str) -> User | None:
        """The account, when this password was right within the last minutes; None says nothing."""
        digest = self._digest(username, password)
        held = self._known.get(digest)
        if held is None:
            return None
        now = self._now()
        if now > held[1]:
            self._forget(digest)
            return None
        self._known[digest] = (held[0], now + self._lifetime)
        self._known.move_to_end(digest)
        return held[0]

    def check(self, username: str, password: str, peer: str = "") -> Deferred[User]:
        """Fires with the account, or fails with `GatewayError`: `AUTH_FAILED` (also while guessing is slowed),
        `USER_DISABLED` (the password was right), `QUEUE_FULL` (too many hashes wait)."""
        user = self.cached(username, password)
        if user is not None:
            return succeed(user)
        wait = max(
            self._pairs.wait((username, peer)), self._peers.wait(peer) if peer else 0.0, self._names.wait(username)
        )
        if wait:
            return fail(GatewayError(AUTH_FAILED, detail=f"too many failures, not heard for {wait:.0f} s"))
        digest = self._digest(username, password)
        answer: Deferred[User] = Deferred()
        asked = self._asked.get(digest)
        if asked is not None:
            asked.append(answer)
        elif len(self._asked) >= self._queue:
            return fail(GatewayError(QUEUE_FULL, "Too many logins at once", detail="the line of logins is full"))
        else:
            self._asked[digest] = [answer]
            Deferred.fromCoroutine(self._decide(digest, username, password, peer))
        return answer

    async def _decide(self, digest: bytes, username: str, password: str, peer: str) -> None:
        """One verification; everybody who asked the same meanwhile gets its answer."""
        problem: Exception | None = None
        user: User | None = None
        try:
            await self._turns.acquire()
            try:
                user = await self._verified(username, password)
            finally:
                self._turns.release()
            self._note(username, peer, user is not None)
            problem = self._refusal(user)
        except Exception as unexpected:
            self._log.failure("the login of {username} could not be checked", username=username)
            problem = unexpected
        waiting = self._asked.pop(digest)
        if problem is None and user is not None:
            self._remember(digest, user)
            for each in waiting:
                each.callback(user)
        else:
            for each in waiting:
                each.errback(problem or GatewayError(AUTH_FAILED))

    async def _verified(self, username: str, password: str) -> User | None:
        """The account if the password is right; asked again when the account changed while the hash was computed."""
        while True:
            user = self._by_username.get(username)
            stored = DUMMY if user is None else user.password
            right = await self._verifier.verify(stored, password)
            now = self._by_username.get(username)
            if (None if now is None else now.password) == (None if user is None else user.password):
                break
        if not right or now is None:
            return None
        if needs_rehash(stored):
            await self._replace_hash(now, password)
        return self._by_username.get(username)

    async def _replace_hash(self, user: User, password: str) -> None:
        """An imported hash is replaced at the first login; if that fails the login counts all the same."""
        try:
            await self._directory.update("user", user.uid, {"password": await self._verifier.hash(password)}, "login")
        except Exception:
            self._log.failure("the imported hash of {uid} could not be replaced", uid=user.uid)

    def _refusal(self, user: User | None) -> GatewayError | None:
        if user is None:
            return GatewayError(AUTH_FAILED)
        group: Group | None = self._directory.get("group", user.gid)
        if not user.enabled or group is None or not group.enabled:
            return GatewayError(USER_DISABLED)
        return None

    def _note(self, username: str, peer: str, right: bool) -> None:
        noted = [(self._pairs, (username, peer)), (self._names, username)]
        if peer:
            noted.append((self._peers, peer))
        for backoff, key in noted:
            (backoff.succeeded if right else backoff.failed)(key)

    def _digest(self, username: str, password: str) -> bytes:
        """The length keeps "ab" + "c" and "a" + "bc" apart; a copy of the keyed state saves hashing the key again."""
        digest = self._keyed.copy()
        digest.update(f"{len(username)} {username}{password}".encode("utf-8", "surrogatepass"))
        return digest.digest()

    def _remember(self, digest: bytes, user: User) -> None:
        self._known[digest] = (user, self._now() + self._lifetime)
        self._digests.setdefault(user.uid, set()).add(digest)
        if len(self._known) > self._size:
            self._forget(next(iter(self._known)))

    def _forget(self, digest: bytes) -> None:
        user, _ = self._known.pop(digest)
        digests = self._digests.get(user.uid)
        if digests is not None:
            digests.discard(digest)
            if not digests:
                del self._digests[user.uid]

    def _changed(self, kind: str, key: str, old: Any, new: Any) -> None:
        """Keeps what is still true: a flood of slow hashes must not follow each change of an operator's."""
        if kind == "group" and (new is None or not new.enabled):
            for uid in list(self._digests):
                user = self._directory.get("user", uid)
                if user is None or user.gid == key:
                    self._forget_all(uid)
        elif kind == "user":
            self._user_changed(key, old, new)

    def _user_changed(self, uid: str, old: User | None, new: User | None) -> None:
        if old is not None and self._by_username.get(old.username) == old:
            del self._by_username[old.username]
        if new is not None:
            self._by_username[new.username] = new
        same = old and new and (old.username, old.password) == (new.username, new.password)
        if same and new is not None and self._refusal(new) is None:
            for digest in self._digests.get(uid, ()):
                self._known[digest] = (new, self._known[digest][1])
        else:
            self._forget_all(uid)

    def _forget_all(self, uid: str) -> None:
        for digest in list(self._digests.get(uid, ())):
            self._forget(digest)
