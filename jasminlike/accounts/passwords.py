"""Hashes of passwords: argon2id, computed away from the reactor's thread.

2 passes over 19 MiB with 1 lane cost 21 ms of one core, so they run in a small pool of threads and behind the cache of
`accounts/logins.py`. An unsalted MD5 in hexadecimal, as older gateways stored it, is accepted when accounts are
imported and replaced by the first login that succeeds.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_MD5 = re.compile(r"[0-9a-f]{32}\Z", re.IGNORECASE)
_ARGON2 = re.compile(r"\$argon2(id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$")

DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$E7h3FyfXzyP/ZJZBtBmbYA$h/SFAUNWJhWkFcDj4WVF8yfJ2a3dp8He9FQpga0/yaQ"
"""The hash of no password: verified for unknown users, so that they take as long as known ones."""


def is_hash(text: str) -> bool:
    """Whether a text is one of the two kinds of hash that accounts may have; no password is as long as these."""
    return _ARGON2.match(text) is not None or _MD5.match(text) is not None


def needs_rehash(stored: str) -> bool:
    """Whether a stored hash is of an older kind or weaker parameters than new ones get."""
    if not _ARGON2.match(stored):
        return True
    try:
        return _HASHER.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def hash_password(password: str) -> str:
    """The hash to store; takes about 21 ms of processor time."""
    return _HASHER.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Whether the password is the one of the hash. A hash that cannot be read matches nothing."""
    if _MD5.match(stored):
        digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(digest, stored.lower())
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


class Passwords:
    """Hashing and verifying in threads. The pool belongs to the caller, who starts and stops it; two threads do."""

    def __init__(self, reactor: Any, pool: Any) -> None:
        self._reactor = reactor
        self._pool = pool

    def hash(self, password: str) -> Deferred[str]:
        """Fires with the hash to store."""
        return self._run(hash_password, password)

    def verify(self, stored: str, password: str) -> Deferred[bool]:
        """Fires with whether the password is right."""
        return self._run(verify_password, stored, password)

    async def seal(self, typed: str) -> str:
        """For the password field of accounts: the hash of what was typed; a hash that is imported stays."""
        return typed if is_hash(typed) else await self.hash(typed)

    def _run(self, work: Any, *arguments: str) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._pool, work, *arguments)
