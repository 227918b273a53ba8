"""The simulated SMSC: who may bind, what it takes, what it remembers; the face that programs use.

    simulator = Simulator(SimulatorSettings.of(port=0, receipt_delay="50-200"), reactor)
    port = await simulator.listen(reactor)
    ...
    simulator.messages, simulator.counts, simulator.send_incoming("4917...", "12345", "Hello")
    await simulator.stop()

It takes what any ESME sends, spoils what its options say, and repeats itself exactly with the same seed and the same
traffic. One write per connection and reactor turn, one timer for all receipts, no line of log for a message.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import SystemRandom
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol, ServerFactory
from twisted.python.failure import Failure

from jasminlike.net.certificates import ServerCertificates
from jasminlike.net.endpoints import server_endpoint
from jasminlike.net.protocol import Clock
from jasminlike.simulator import receipts
from jasminlike.simulator.agenda import Agenda
from jasminlike.simulator.book import Book, Counts, Submitted
from jasminlike.simulator.control import Control, ControlFactory
from jasminlike.simulator.deaf import Deaf
from jasminlike.simulator.faults import Chances, Verdict
from jasminlike.simulator.ids import Ids
from jasminlike.simulator.incoming import Incoming, compose
from jasminlike.simulator.line import Line, refusal
from jasminlike.simulator.post import RECEIPT, Delivery, Post
from jasminlike.simulator.settings import OptionError, SimulatorSettings, declared
from jasminlike.simulator.wire import SpoiltProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp import smpptime
from jasminlike.smpp import statuses as s
from jasminlike.smpp.fields import DistributionList, UnsuccessSme
from jasminlike.smpp.pdu import Pdu, SubmitMulti
from jasminlike.smpp.session import Session
from jasminlike.smpp.timers import Timers

_FIRST_ID = 1_000_000_001
_IDS_A_SECOND = 100_000
"""Ids begin at the time of the start times this, so that a simulator started again gives out none a second time."""


class Simulator:
    """``clock``: the reactor, or a ``task.Clock``. ``wall``: seconds since 1970, for the dates in receipts."""

    def __init__(self, settings: SimulatorSettings, clock: Clock, *, wall: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.wall = wall() - clock.seconds()
        """Seconds since 1970 at which the clock was zero."""
        self.seed = SystemRandom().randrange(1 << 32) if settings.seed is None else settings.seed
        self.counts = Counts()
        self.book = Book(settings.keep)
        self.lines: dict[Line, None] = {}
        self.agenda = Agenda(clock, self.changed)
        self.post = Post(settings.mailbox, self.counts)
        self.incoming = Incoming(settings, clock, self.post, self.seed)
        start = settings.id_start or (_FIRST_ID if settings.seed is not None else int(wall()) * _IDS_A_SECOND)
        self.ids = Ids(start, settings.answer_id, settings.receipt_id)
        self.port = 0
        """The port it listens on, once it does."""
        self.factory: Factory = _Factory(self)
        self.control_port = 0
        self.deaf: set[Deaf] = set()
        self.controls: set[Control] = set()
        self.ends = False
        self._connections = 0
        self._binds = 0
        self._listening: list[Any] = []  # of IListeningPort, whose types say nothing
        self._waiters: list[tuple[Callable[[], bool], Deferred[None]]] = []
        self._follow()

    # -- running

    async def listen(self, reactor: Any) -> int:
        """Listen, and send incoming messages if the options say so; the port.

        Raises CannotListenError when a port is taken, EndpointError when an option cannot work.
        """
        settings = self.settings
        certificates = None
        if settings.certificate_file:
            certificates = ServerCertificates(settings.certificate_file, settings.key_file)
        endpoint: Any = server_endpoint(
            reactor, settings.port, interface=settings.host, backlog=1024, certificates=certificates
        )
        self._listening.append(await endpoint.listen(self.factory))
        self.port = int(self._listening[0].getHost().port)
        if settings.control_port >= 0:
            door: Any = server_endpoint(reactor, settings.control_port, interface="127.0.0.1")
            self._listening.append(await door.listen(ControlFactory(self)))
            self.control_port = int(self._listening[1].getHost().port)
        self.incoming.start(settings.incoming_rate, settings.incoming_count)
        return self.port

    async def stop(self) -> None:
        """Stop listening, cut every connection, forget what was to be done; done when all are gone."""
        while self._listening:
            await self._listening.pop().stopListening()
        for control in list(self.controls):
            control.cut()
        self.incoming.stop()
        self.drop_all()
        await self.until(lambda: not (self.lines or self.deaf or self.controls))
        self.agenda.clear()

    def drop_all(self) -> int:
        """Cut every connection, as a crash of the SMSC would; how many there were."""
        for line in list(self.lines):
            line.protocol.abort("cut by the simulator")
        for deaf in list(self.deaf):
            deaf.cut()
        return len(self.lines) + len(self.deaf)

    def change(self, **options: Any) -> None:
        """Other options from now on, in their types or as texts. Raises OptionError; nothing is changed then."""
        fixed = {option.name for option in declared() if option.fixed}
        for name in options:
            if name in fixed:
                raise OptionError(name, "cannot be changed while the simulator runs")
        before, self.settings = self.settings, self.settings.with_options(**options)
        self._follow()
        if {"incoming_rate", "incoming_count"} & set(options) or self.settings.incoming_rate != before.incoming_rate:
            self.incoming.start(self.settings.incoming_rate, self.settings.incoming_count)

    def _follow(self) -> None:
        settings = self.settings
        self.ends = bool(settings.garbage_after or settings.silence_after or settings.unbind_every)
        self.ids.change(settings.answer_id, settings.receipt_id)
        self.post.change(settings.mailbox)
        self.incoming.settings = settings
        for line in self.lines:
            line.chances.change(settings)
            line.protocol.wire.change(settings)
            line.session.window.size = settings.deliver_window

    # -- looking

    @property
    def messages(self) -> list[Submitted]:
        """The messages that came, in order, refused ones included; the last ``keep`` of them."""
        return list(self.book)

    @property
    def sessions(self) -> list[Line]:
        """The connections that are bound now, in the order in which they connected."""
        return [line for line in self.lines if line.session.bound]

    def stats(self) -> dict[str, Any]:
        """All figures, as JSON can say them."""
        return {
            "seed": self.seed,
            "sessions": len(self.sessions),
            **self.counts.shown(),
            "deliveries_waiting": self.post.waiting(),
            "due_later": len(self.agenda),
        }

    def reset(self) -> None:
        """Forget all messages, figures and waiting deliveries; connections and receipts that are due later stay."""
        self.counts = Counts()
        self.book.clear()
        self.post.reset(self.counts)
        for line in self.lines:
            line.chances.count_in(self.counts.faults)

    def until(self, condition: Callable[[], bool]) -> Deferred[None]:
        """Fires when the condition holds: it is asked now, and whenever something happened here.

        What the condition raises is the Deferred's failure.
        """
        waiter: Deferred[None] = Deferred()
        self._waiters.append((condition, waiter))
        self.changed()
        return waiter

    def changed(self) -> None:
        """Something happened: look whether somebody waited for it."""
        if not self._waiters:
            return
        waiters, self._waiters = self._waiters, []
        for condition, waiter in waiters:
            try:
                holds = waiter.called or condition()
            except Exception:
                waiter.errback(Failure())
                continue
            if not holds:
                self._waiters.append((condition, waiter))
            elif not waiter.called:  # it may have been cancelled
                waiter.callback(None)

    # -- deliveries

    def send_incoming(
        self,
        source: str,
        destination: str,
        text: str | bytes,
        *,
        system_id: str = "",
        data_coding: int | None = None,
        long: str = "udh",
        order: str = "forward",
    ) -> int:
        """A message of a subscriber to ``system_id`` ("": whoever is bound, in turn); in how many parts it goes.

        It waits while nobody can receive. Raises ValueError and EncodeError as ``incoming.compose``.
        """
        reference = self.incoming.next_reference()
        pdus = compose(source, destination, text, data_coding=data_coding, long=long, order=order, reference=reference)
        self.incoming.send(system_id, pdus)
        return len(pdus)

    def send_receipt(self, message: Submitted, times: int = 1) -> None:
        """The receipt of a message, now."""
        receipt_id = self.ids.receipt(message.number)
        for pdu in receipts.write(message, receipt_id, self.settings, self.clock.seconds(), self.wall):
            for _ in range(times):
                self.post.put(message.system_id, Delivery(pdu, RECEIPT, message.line))

    # -- for the lines

    def build(self) -> Protocol:
        """The protocol of one more connection."""
        settings = self.settings
        self._connections += 1
        if settings.half_open:
            self.counts.connections += 1
            self.counts.faults["half_open"] += 1
            return Deaf(self)
        timers = Timers(enquire_link=settings.enquire_link, response=settings.deliver_timeout)
        line = Line(self, self._connections)
        session = Session("smsc", window=settings.deliver_window, timers=timers)
        line.protocol = SpoiltProtocol(session, self.clock, line)
        line.protocol.settings, line.protocol.after = settings, self.changed
        return line.protocol

    def judge(self, pdu: e.BindPdu, chances: Chances) -> int:
        """The status of a bind: 0 when it may."""
        settings = self.settings
        self._binds += 1
        if chances.bind(self._binds):
            return settings.refuse_status
        system_id = pdu.system_id.decode("latin-1")
        if settings.system_id not in ("", system_id):
            return s.ESME_RINVSYSID
        if settings.password and settings.password.encode() != pdu.password:
            return s.ESME_RINVPASWD
        bound = sum(line.system_id == system_id for line in self.sessions) if settings.max_sessions else -1
        return s.ESME_RALYBND if bound >= settings.max_sessions else 0

    def take(self, message: Submitted, verdict: Verdict, chances: Chances) -> Pdu:
        """Take a message, or refuse it: its answer."""
        counts, pdu = self.counts, message.pdu
        counts.received += 1
        status = verdict.status or refusal(message)
        if not status:
            try:
                receipts.plan(message, self.settings, chances, message.at + verdict.delay, self.wall)
            except smpptime.InvalidTime:
                status = s.ESME_RINVEXPIRY
        if status:
            message.status = status
            counts.refused[status] += 1
            self.book.add(message)
            return pdu.response(status)
        message.number = self.ids.next()
        message.message_id = self.ids.answer(message.number)
        counts.accepted += 1
        self.book.add(message)
        if receipts.wanted(message, self.settings):
            times = 2 if chances.happens("receipt_twice_share") else 1
            if verdict.receipt_first:
                message.final_at = message.at
                self.send_receipt(message, times)
            else:
                self.agenda.at(message.final_at, self.send_receipt, message, times)
        message_id = message.message_id.encode("ascii")
        if isinstance(pdu, SubmitMulti):
            return pdu.response(message_id=message_id, unsuccess_sme=_unknown_lists(pdu))
        return pdu.response(message_id=message_id)


def _unknown_lists(pdu: SubmitMulti) -> tuple[UnsuccessSme, ...]:
    """We keep no distribution lists: every one a submit_multi names is one that it did not reach."""
    lists = [each for each in pdu.dest_address if isinstance(each, DistributionList)]
    return tuple(UnsuccessSme(each.name, s.ESME_RINVDLNAME) for each in lists)


class _Factory(ServerFactory):
    noisy = False

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def buildProtocol(self, address: Any) -> Protocol:
        return self._simulator.build()
