"""What clients send: submit_sm, submit_multi and data_sm go to the pipeline, its answer goes back.

One coroutine and one Deferred a message; the answers of one turn of the reactor leave in one write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger
from twisted.python.failure import Failure

from jasminlike import errors
from jasminlike.accounts.model import User
from jasminlike.errors import GatewayError
from jasminlike.message.model import Address
from jasminlike.pipeline.submission import Accepted, Submission
from jasminlike.smpp import statuses as s
from jasminlike.smpp.fields import DistributionList, SmeAddress, UnsuccessSme
from jasminlike.smpp.pdu import DataSm, DataSmResp, Pdu, SubmitMulti, SubmitMultiResp, SubmitSm, SubmitSmResp
from jasminlike.smpps.replies import Refused, status_of
from jasminlike.smpps.submissions import Wishes, of_data_sm, of_message, of_submit_sm
from jasminlike.stats import Stats, UserSmppsStats

_INTERCEPTORS = frozenset({errors.INTERCEPTOR_FAILED.code, errors.INTERCEPTOR_REFUSED.code})


class Accepts(Protocol):
    """The pipeline's way in; raises `GatewayError`."""

    async def accept(self, submission: Submission) -> Accepted: ...


class Client(Protocol):
    """A bound session, as its requests see it. `began` and `ended` say how many are under way."""

    @property
    def user(self) -> User: ...
    @property
    def counters(self) -> UserSmppsStats: ...
    @property
    def leaving(self) -> bool: ...
    def respond(self, request: Pdu, response: Pdu) -> object: ...
    def refuse(self, request: Pdu, status: int) -> object: ...
    def began(self, count: int) -> None: ...
    def ended(self, count: int) -> None: ...


class Submits:
    """One for all sessions. `now` gives seconds since 1970."""

    log = Logger()

    def __init__(self, intake: Accepts, stats: Stats, wanted: Wishes, now: Callable[[], float]) -> None:
        self._intake = intake
        self._stats = stats
        self._wanted = wanted
        self._now = now

    def submit_sm(self, client: Client, pdu: SubmitSm) -> None:
        """Answered with the message's id once it is stored, or with the status of what went wrong."""
        self._take(client, pdu, of_submit_sm, SubmitSmResp)

    def data_sm(self, client: Client, pdu: DataSm) -> None:
        """As a submit_sm whose text is in message_payload."""
        self._stats.smpps.data_sm_count += 1
        client.counters.data_sm_count += 1
        self._take(client, pdu, of_data_sm, DataSmResp)

    def _take(self, client: Client, pdu: Any, read: Callable[..., Submission], answer: Callable[..., Pdu]) -> None:
        now = self._now()
        self._count_requests(client, 1, now)
        if client.leaving:
            self._refuse(client, pdu, s.ESME_RMSGQFUL)
            return
        try:
            submission = read(pdu, client.user, now, self._wanted)
        except Refused as refusal:
            self._refuse(client, pdu, refusal.status)
            return
        client.began(1)
        Deferred.fromCoroutine(self._intake.accept(submission)).addCallbacks(
            self._accepted, self._failed, callbackArgs=(client, pdu, answer), errbackArgs=(client, pdu)
        )

    def _accepted(self, accepted: Accepted, client: Client, pdu: Pdu, answer: Callable[..., Pdu]) -> None:
        self._count_success(client)
        client.respond(pdu, answer(message_id=accepted.id.encode("ascii")))
        client.ended(1)

    def _failed(self, failure: Failure, client: Client, pdu: Pdu) -> None:
        self._refuse(client, pdu, self._status(failure, client))
        client.ended(1)

    # --- submit_multi ----------------------------------------------------------------------------------------

    def submit_multi(self, client: Client, pdu: SubmitMulti) -> None:
        """One message for each destination. The answer has the id of the first that was stored, and lists those that
        were not; when none was, it has the status of the first."""
        now = self._now()
        destinations = pdu.dest_address
        self._count_requests(client, len(destinations), now)
        if client.leaving:
            self._refuse(client, pdu, s.ESME_RMSGQFUL)
        elif not destinations:
            self._refuse(client, pdu, s.ESME_RINVNUMDESTS)
        else:
            client.began(len(destinations))
            DeferredList([self._one_of(client, pdu, each, now) for each in destinations]).addCallback(
                self._all_of, client, pdu
            )

    def _one_of(
        self, client: Client, pdu: SubmitMulti, destination: SmeAddress | DistributionList, now: float
    ) -> Deferred[Accepted | UnsuccessSme]:
        if isinstance(destination, DistributionList):
            return _known(UnsuccessSme(destination.name, s.ESME_RINVDLNAME))
        number, ton, npi = destination
        if not number:
            return _known(UnsuccessSme(number, s.ESME_RINVDSTADR, ton, npi))
        try:
            submission = of_message(pdu, Address(number.decode("latin-1"), ton, npi), client.user, now, self._wanted)
        except Refused as refusal:
            return _known(UnsuccessSme(number, refusal.status, ton, npi))

        def failed(failure: Failure) -> UnsuccessSme:
            return UnsuccessSme(number, self._status(failure, client), ton, npi)

        accepting: Deferred[Accepted] = Deferred.fromCoroutine(self._intake.accept(submission))
        return accepting.addErrback(failed)

    def _all_of(self, outcomes: list[tuple[bool, Accepted | UnsuccessSme]], client: Client, pdu: SubmitMulti) -> None:
        stored = [outcome for _, outcome in outcomes if isinstance(outcome, Accepted)]
        missed = tuple(outcome for _, outcome in outcomes if isinstance(outcome, UnsuccessSme))
        for _ in stored:
            self._count_success(client)
        if stored:
            first = stored[0].id.encode("ascii")
            client.respond(pdu, SubmitMultiResp(message_id=first, unsuccess_sme=missed))
        else:
            client.refuse(pdu, missed[0].status)
        for each in missed:
            self._count_refusal(client, each.status)
        client.ended(len(outcomes))

    # --- what is counted -------------------------------------------------------------------------------------

    def _count_requests(self, client: Client, count: int, now: float) -> None:
        counters = client.counters
        self._stats.smpps.submit_sm_request_count += count
        counters.submit_sm_request_count += count
        counters.last_activity_at = now

    def _count_success(self, client: Client) -> None:
        counters = client.counters
        self._stats.smpps.submit_sm_count += 1
        counters.submit_sm_count += 1
        counters.qos_last_submit_sm_at = counters.last_activity_at

    def _count_refusal(self, client: Client, status: int) -> None:
        if status == s.ESME_RTHROTTLED:
            self._stats.smpps.throttling_error_count += 1
            client.counters.throttling_error_count += 1
        else:
            self._stats.smpps.other_submit_error_count += 1
            client.counters.other_submit_error_count += 1

    def _refuse(self, client: Client, pdu: Pdu, status: int) -> None:
        self._count_refusal(client, status)
        client.refuse(pdu, status)

    def _status(self, failure: Failure, client: Client) -> int:
        error = failure.value
        if not isinstance(error, GatewayError):
            self.log.failure("a message of {user} could not be taken", failure, user=client.user.username)
            return s.ESME_RSYSERR
        if error.reason.code in _INTERCEPTORS:
            self._stats.smpps.interceptor_error_count += 1
        return status_of(error)


def _known(outcome: UnsuccessSme) -> Deferred[Accepted | UnsuccessSme]:
    known: Deferred[Accepted | UnsuccessSme] = Deferred()
    known.callback(outcome)
    return known
