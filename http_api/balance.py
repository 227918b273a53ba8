"""/balance: what an account has left."""

from __future__ import annotations

import time
from collections.abc import Callable

from http_api.args import Args, Declaration
from http_api.endpoint import Endpoint
from http_api.login import PASSWORD, USERNAME, demand, identify
from http_api.replies import JSON, Reply, json_error, to_json
from jasminlike.accounts.billing import Purses, as_float
from jasminlike.interfaces import Logins
from jasminlike.stats import Stats

UNLIMITED = "ND"


class Balance(Endpoint):
    """`{"balance": 14.0, "sms_count": "ND"}`; "ND" is unlimited."""

    declaration = Declaration(USERNAME, PASSWORD)

    def __init__(self, purses: Purses, logins: Logins, stats: Stats, now: Callable[[], float] = time.time) -> None:
        super().__init__(stats, now)
        self._purses = purses
        self._logins = logins

    async def serve(self, args: Args, peer: str, now: float) -> Reply:
        """Reads the purse."""
        user = await identify(self._logins, args, peer)
        counters = self._stats.http_of(user.uid)
        counters.connects_count += 1
        counters.balance_request_count += 1
        counters.last_activity_at = now
        demand(user, user.mt_authorization.http_balance, "Cannot check balance")
        purse = self._purses.of(user.uid)
        balance = UNLIMITED if purse.balance is None else as_float(purse.balance)
        messages = UNLIMITED if purse.messages is None else purse.messages
        return Reply(200, to_json({"balance": balance, "sms_count": messages}), JSON)

    def refuse(self, status: int, text: str) -> Reply:
        """A JSON string."""
        return json_error(status, text)
