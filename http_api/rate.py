"""/rate: what a message would cost, without sending it."""

from __future__ import annotations

import time
from collections.abc import Callable

from http_api.args import Args
from http_api.endpoint import Endpoint
from http_api.login import demand, identify
from http_api.replies import JSON, Reply, json_error, to_json
from http_api.send import SEND, Intake, octets_of, submission_of
from jasminlike.accounts.billing import as_float
from jasminlike.interfaces import Logins
from jasminlike.stats import Stats


class Rate(Endpoint):
    """`{"unit_rate": 0.5, "submit_sm_count": 1}`: the price of one part and the number of parts."""

    declaration = SEND.only(
        "to", "from", "coding", "username", "password", "priority", "validity-period", "tags", "content", "hex-content"
    )

    def __init__(self, intake: Intake, logins: Logins, stats: Stats, now: Callable[[], float] = time.time) -> None:
        super().__init__(stats, now)
        self._intake = intake
        self._logins = logins

    async def serve(self, args: Args, peer: str, now: float) -> Reply:
        """Asks the pipeline. Without a text the answer is for one part."""
        payload = octets_of(args) if "content" in args or "hex-content" in args else b""
        user = await identify(self._logins, args, peer)
        counters = self._stats.http_of(user.uid)
        counters.connects_count += 1
        counters.rate_request_count += 1
        counters.last_activity_at = now
        demand(user, user.mt_authorization.http_rate, "Cannot check rate")
        quote = await self._intake.quote(submission_of(args, payload, user))
        return Reply(200, to_json({"unit_rate": as_float(quote.rate), "submit_sm_count": quote.parts}), JSON)

    def refuse(self, status: int, text: str) -> Reply:
        """A JSON string."""
        return json_error(status, text)
