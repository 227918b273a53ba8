"""The operator's name and password, compared without telling how much was right, and guessing slowed by address."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from jasminlike.accounts.backoff import Backoff

PasswordCheck = Callable[[str], Awaitable[bool]]


def plain_password(password: str) -> PasswordCheck:
    """A check against a password that stands in the settings."""

    async def check(typed: str) -> bool:
        return hmac.compare_digest(typed.encode(), password.encode())

    return check


def hashed_password(stored: str, verify: Callable[[str, str], Awaitable[bool]]) -> PasswordCheck:
    """A check against a hash that stands in the settings; `verify` is `Passwords.verify`."""

    async def check(typed: str) -> bool:
        return await verify(stored, typed)

    return check


class Access:
    """Who may use the console. After five failures from an address it has to wait, twice as long each time."""

    def __init__(self, username: str, check: PasswordCheck, now: Callable[[], float]) -> None:
        self._username = username
        self._check = check
        self._failures = Backoff(now)

    def wait(self, host: str) -> float:
        """Seconds until a login from this address is heard; 0.0 = now."""
        return self._failures.wait(host)

    async def admit(self, username: str, password: str, host: str) -> bool:
        """Whether these are the operator's. The password is checked even for a wrong name: both take as long."""
        right = await self._check(password)
        if hmac.compare_digest(username.encode(), self._username.encode()) and right:
            self._failures.succeeded(host)
            return True
        self._failures.failed(host)
        return False
