"""What the pipeline asks: does a script concern this message, and what does it make of it?

A submission is changed in place, an incoming message is replaced. Refusals and failures are `GatewayError`s; what a
failure does is the operator's choice (`interceptors.on_failure`): refuse the message, pass it as if there were no
script, or hold it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from interceptors.contract import Answer, Request
from interceptors.outcomes import Verdict, of_incoming, of_submission
from interceptors.runner import run_here
from interceptors.scripts import Compiled, Library
from interceptors.table import Interceptor, InterceptorBook
from interceptors.translation import SubmissionLike, apply, incoming_request, replaced, submission_request
from jasminlike.errors import INTERCEPTOR_FAILED, GatewayError
from jasminlike.filters.base import MO, MT
from jasminlike.filters.subject import ReadText, Subject
from jasminlike.interfaces import Intercepted
from jasminlike.kind import FieldError
from jasminlike.message.model import HTTP, Incoming
from jasminlike.settings.schema import Interceptors as Settings
from jasminlike.stats import Stats

Log = Callable[..., None]
Reply = Callable[[Incoming, str], Awaitable[None]]
"""Sends a text back to who sent a message; raises `GatewayError` when that cannot be."""


class Runs(Protocol):
    """Where scripts that are not trusted run."""

    def run(self, script: Compiled, request: Request) -> Deferred[Answer]: ...


class Interception:
    """Both sides. `outgoing` and `incoming` of the book say whether to ask at all."""

    def __init__(
        self, book: InterceptorBook, pool: Runs, settings: Settings, stats: Stats, log: Log, read_text: ReadText,
        now: Callable[[], float], folder: str,
    ) -> None:  # fmt: skip
        self.book = book
        self.library = Library(log)
        self.reply: Reply | None = None
        """How replies are sent; None refuses scripts that reply."""
        self._pool = pool
        self._settings = settings
        self._stats = stats
        self._log = log
        self._read_text = read_text
        self._now = now
        self._folder = folder

    @property
    def outgoing(self) -> bool:
        """Whether any submission may concern a script."""
        return self.book.outgoing

    @property
    def incoming(self) -> bool:
        """Whether any incoming message may."""
        return self.book.incoming

    def changed(self, kind: str, key: str, old: object, new: object) -> None:
        """Something of the catalogue is another now."""
        if self.book.changed(kind, key, old, new):
            self.library.forget()

    async def submission(self, submission: SubmissionLike) -> Intercepted:
        """Lets a script at a submission. Raises `GatewayError` when that ends it; `where` is the status it chose."""
        now = self._now()
        subject = Subject(
            submission.user, None, "" if submission.source is None else submission.source.digits,
            submission.destination.digits, submission.payload, data_coding=submission.data_coding,
            esm_class=submission.esm_class, tags=submission.tags, now=now, read_text=self._read_text,
        )  # fmt: skip
        entry = self.book.find(MT, subject)
        if entry is None:
            return Intercepted()
        http = submission.door == HTTP
        counters = self._stats.http if http else self._stats.smpps
        counters.interceptor_count += 1
        request = submission_request(submission, now, self._folder)
        answer = await self._run(entry, request, now)
        if not answer.error:
            verdict = of_submission(answer, http)
            if verdict.ends:
                return self._ended(verdict)
            try:
                apply(submission, answer, now)
            except ValueError as problem:
                answer.error = str(problem)
        if answer.error:
            return self._failed(entry, answer)
        return Intercepted(changed=True)

    async def message(self, incoming: Incoming) -> tuple[Incoming, Intercepted]:
        """Lets a script at a message from a subscriber, and sends its replies. Raises as `submission` does."""
        now = self._now()
        subject = Subject(
            None, incoming.connector, incoming.source.digits, incoming.destination.digits, incoming.payload,
            data_coding=incoming.data_coding, esm_class=incoming.esm_class, tags=incoming.tags, now=now,
            read_text=self._read_text,
        )  # fmt: skip
        entry = self.book.find(MO, subject)
        if entry is None:
            return incoming, Intercepted()
        counters = self._stats.connector(incoming.connector)
        counters.interceptor_count += 1
        try:
            request = incoming_request(incoming, now, self._folder)
            answer = await self._run(entry, request, now)
            changed = incoming
            if not answer.error:
                try:
                    changed = replaced(incoming, answer)
                except ValueError as problem:
                    answer.error = str(problem)
            if answer.error:
                return incoming, self._failed(entry, answer)
            await self._send_replies(entry, incoming, answer)
            verdict = of_incoming(answer)
            if verdict.ends:
                self._ended(verdict)
        except GatewayError:
            counters.interceptor_error_count += 1
            raise
        return changed, Intercepted(changed=True)

    async def _run(self, entry: Interceptor, request: Request, now: float) -> Answer:
        try:
            script = self.library.current(entry.script, now)
        except FieldError as problem:
            return Answer(error=str(problem))
        request.key = script.key
        answer = run_here(script, request) if script.trusted else await self._pool.run(script, request)
        slow = self._settings.log_slow_script
        if slow and answer.seconds >= slow:
            self._log("slow", "a script took long", level="warning", script=script.path,
                      seconds=round(answer.seconds, 3))  # fmt: skip
        return answer

    async def _send_replies(self, entry: Interceptor, incoming: Incoming, answer: Answer) -> None:
        """A reply that cannot be sent is the operator's concern, not that of the message it answers."""
        for text in answer.replies:
            why = "interceptors.reply_user is not set"
            try:
                if self.reply is not None:
                    await self.reply(incoming, text)
                    continue
            except GatewayError as problem:
                why = problem.detail or problem.public
            self._log("reply_failed", "a script's reply was not sent", level="error", script=entry.script.path,
                      message=incoming.id, why=why)  # fmt: skip

    def _ended(self, verdict: Verdict) -> Intercepted:
        if verdict.reason is not None:
            raise GatewayError(verdict.reason, verdict.public, where=verdict.where)
        return Intercepted(answered=True, message_id=verdict.message_id)

    def _failed(self, entry: Interceptor, answer: Answer) -> Intercepted:
        """The operator's choice of what a failure does."""
        policy = self._settings.on_failure
        self._log("failed", "an interception script failed", level="warning", script=entry.script.path,
                  side=entry.side, order=entry.order, why=answer.error, then=policy)  # fmt: skip
        if policy == "refuse":
            raise GatewayError(INTERCEPTOR_FAILED, detail=answer.error)
        return Intercepted(held=policy == "hold")
