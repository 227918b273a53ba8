"""One connection as the simulated SMSC sees it: binds, messages and their answers, deliveries and theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jasminlike.net.protocol import SmppProtocol
from jasminlike.simulator import queries
from jasminlike.simulator.book import MessagePdu, Submitted
from jasminlike.simulator.faults import PLAIN, Chances, Verdict
from jasminlike.simulator.post import RECEIPT, Delivery, Mailbox
from jasminlike.simulator.wire import SpoiltProtocol
from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp.errors import EncodeError
from jasminlike.smpp.pdu import Pdu, SubmitMulti
from jasminlike.smpp.session import Session
from jasminlike.smpp.states import State

if TYPE_CHECKING:
    from jasminlike.simulator.smsc import Simulator

_MESSAGES = frozenset({c.SUBMIT_SM, c.DATA_SM, c.SUBMIT_MULTI})


class Line:
    """The listener of one connection, the ``number``-th of the run; ``protocol`` is set before it is connected."""

    protocol: SpoiltProtocol

    def __init__(self, smsc: Simulator, number: int) -> None:
        self.smsc = smsc
        self.number = number
        self.chances = Chances(smsc.settings, smsc.seed, number, smsc.counts.faults)
        self.system_id = ""
        self.box: Mailbox | None = None
        self.messages = 0
        self.over = False
        """Nothing that comes in any more counts: the connection is cut, or we have gone silent."""
        self._now = 0.0
        self._turn = 0
        self._pending = 0
        self._held: list[tuple[Pdu, Pdu, Verdict]] = []

    @property
    def session(self) -> Session:
        return self.protocol.session

    # -- the listener

    def on_connected(self, protocol: SmppProtocol) -> None:
        self.smsc.counts.connections += 1
        self.smsc.lines[self] = None

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        self._now = self.smsc.clock.seconds()
        self._turn = 0
        room = False
        for event in events:
            if self.over:
                break
            if isinstance(event, e.Received):
                self._received(event.pdu)
            elif isinstance(event, (e.Answered, e.AnsweredLate)):
                self._delivered(event.context, event.pdu.status)
                room = True
            elif isinstance(event, e.TimedOut):
                self.smsc.counts.deliveries_unanswered += 1
                self._again(event.context, 0.0)
                room = True
            elif isinstance(event, e.BindRequested):
                self._bind(event.pdu)
        if room and self.box is not None:
            self.box.pump()
        if not protocol.writable:
            protocol.pause()  # it does not read our answers: take no more of its messages

    def on_writable(self, protocol: SmppProtocol) -> None:
        protocol.resume()
        if self.box is not None:
            self.box.pump()

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        self.over = True
        smsc = self.smsc
        del smsc.lines[self]
        if self.box is not None:
            smsc.post.detach(self.system_id, self)
            back = [each.context for each in in_doubt]
            for delivery in back:
                delivery.tries -= 1  # it may not have arrived, which is not its fault
            smsc.counts.deliveries_repeated += len(back)
            self.box.put_back(back)

    # -- binding

    def _bind(self, pdu: e.BindPdu) -> None:
        smsc = self.smsc
        status = smsc.judge(pdu, self.chances)
        if status:
            smsc.counts.binds_refused[status] += 1
            self.protocol.refuse(pdu, status)
            return
        smsc.counts.binds += 1
        self.system_id = pdu.system_id.decode("latin-1")
        self.protocol.respond(pdu, pdu.response(system_id=smsc.settings.smsc_id.encode("latin-1")))
        if self.session.state is State.BOUND_TX:
            return
        self.box = smsc.post.attach(self.system_id, self)
        at_once = smsc.settings.deliver_at_bind
        if at_once:
            smsc.counts.faults["deliver_at_bind"] += 1
            smsc.incoming.emit(at_once, self.system_id)
            self.box.pump()
        else:
            smsc.agenda.at(self._now, self.box.pump)

    # -- messages

    def _received(self, pdu: Any) -> None:
        if pdu.command_id in _MESSAGES:
            self._message(pdu)
        else:
            self.protocol.respond(pdu, queries.answer(pdu, self.smsc.book, self.system_id, self._now, self.smsc.wall))

    def _message(self, pdu: MessagePdu) -> None:
        smsc = self.smsc
        settings = smsc.settings
        self.messages += 1
        verdict = self.chances.message(self._turn + self._pending, self._now)
        message = Submitted(pdu, self.system_id, self, self._now)
        response = smsc.take(message, verdict, self.chances)
        if settings.disconnect_every and self.messages % settings.disconnect_every == 0:
            self._strike("disconnect_every")
            self.over = True
            self.protocol.close("cut by the simulator")  # the answers before this one still go out
            return
        if verdict is PLAIN:
            self._turn += 1
            self.protocol.respond(pdu, response)
        else:
            self._answer(pdu, response, verdict)
        if smsc.ends:
            self._end()

    def _end(self) -> None:
        """What happens after so many messages."""
        settings, messages = self.smsc.settings, self.messages
        if messages == settings.garbage_after:
            self._strike("garbage_after")
            self.protocol.wire.append(self.chances.garbage(), to_next=self.session.has_data)
        if messages == settings.silence_after:
            self._strike("silence_after")
            self.over = self.protocol.deaf = True
            self.session.hold_reading(self._now)
            self.protocol.wire.mute(after_next=self.session.has_data)
        if settings.unbind_every and messages % settings.unbind_every == 0 and self.session.bound:
            self._strike("unbind_every")
            self.protocol.unbind()

    def _strike(self, option: str) -> None:
        self.smsc.counts.faults[option] += 1

    # -- answers

    def _answer(self, request: Pdu, response: Pdu, verdict: Verdict) -> None:
        if verdict.lost:
            return
        if verdict.delay:
            self._pending += 1
            self.smsc.agenda.at(self._now + verdict.delay, self._answer_now, request, response, verdict)
            return
        self._turn += 1
        self._send(request, response, verdict)

    def _answer_now(self, request: Pdu, response: Pdu, verdict: Verdict) -> None:
        self._pending -= 1
        self._now = self.smsc.clock.seconds()
        self._send(request, response, verdict)

    def _send(self, request: Pdu, response: Pdu, verdict: Verdict) -> None:
        if verdict.held:
            self._pending += 1
            self._held.append((request, response, verdict._replace(held=False)))
            self.smsc.agenda.at(self._now + self.smsc.settings.reorder_hold / 1000, self._let_go, request)
            return
        self.protocol.respond(request, response)
        if verdict.twice:
            self.protocol.respond(request, response)
        self._let_go()

    def _let_go(self, oldest: Pdu | None = None) -> None:
        """Send the answers that were held for another to go first; with ``oldest`` only if that one's still is."""
        if oldest is not None and not any(request is oldest for request, _, _ in self._held):
            return
        held, self._held = self._held, []
        self._pending -= len(held)
        for each in held:
            self._send(*each)

    # -- deliveries

    @property
    def ready(self) -> bool:
        return self.session.room > 0 and self.protocol.writable and not self.over

    def deliver(self, delivery: Delivery) -> None:
        """Send a deliver_sm; one that the wire cannot carry is counted as dropped."""
        counts = self.smsc.counts
        try:
            self.protocol.request(delivery.pdu, delivery)
        except EncodeError:
            counts.deliveries_dropped += 1
            return
        delivery.tries += 1
        if delivery.kind == RECEIPT:
            counts.receipts += 1
        else:
            counts.incoming += 1

    def _delivered(self, delivery: Delivery, status: int) -> None:
        counts = self.smsc.counts
        if status:
            counts.deliveries_refused[status] += 1
            self._again(delivery, self.smsc.settings.redeliver_delay / 1000)
        elif delivery.kind == RECEIPT:
            counts.receipts_answered += 1
        else:
            counts.incoming_answered += 1

    def _again(self, delivery: Delivery, delay: float) -> None:
        smsc = self.smsc
        if delivery.tries > smsc.settings.redeliver:
            smsc.counts.deliveries_dropped += 1
            return
        smsc.counts.deliveries_repeated += 1
        smsc.agenda.at(self._now + delay, smsc.post.put, self.system_id, delivery)


def refusal(message: Submitted) -> int:
    """The status that refuses a message for what it says itself; 0 for none."""
    if any(not address for _, _, address in message.destinations):
        return s.ESME_RINVDSTADR
    if isinstance(message.pdu, SubmitMulti) and not message.pdu.dest_address:
        return s.ESME_RINVNUMDESTS
    return 0
