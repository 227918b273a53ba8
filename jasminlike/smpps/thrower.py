"""From the mailbox to the client: in order, windowed, only to sessions that can receive and do read.

A mailbox is consumed while its account has a session bound as receiver or transceiver. Mail goes to the session that
has been idle longest, a new one first. What a session did not answer before it ended goes to another one before
anything younger does; when it was the last, the mail goes back to the queue, and the queue is not consumed again before
all of it is back: so a client that comes back finds its mail in order.

A client that answers with an error gets the same mail again after a pause of 1, 2 and 4 seconds, and nothing younger
before it. Then that mail is put aside for longer and longer, and the others go on.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred, DeferredList, succeed

from jasminlike import topics
from jasminlike.errors import BAD_PART
from jasminlike.fate import DONE, RELEASE, Fate, Park, Retry
from jasminlike.interfaces import Broker, Clock, Consumer, Delivery, Timer
from jasminlike.message import envelope
from jasminlike.smpp import statuses as s
from jasminlike.smpp.errors import EncodeError
from jasminlike.smpp.pdu import Pdu
from jasminlike.smpps.binds import Events
from jasminlike.smpps.mail import EXPIRED, Mail, pdu_of

FIRST_PAUSE = 1.0
TRIES_IN_PLACE = 4
"""So often a mail is tried before younger mail may go first."""
FIRST_DELAY = 30.0
LONGEST_DELAY = 3600.0

REFUSED_FOR_GOOD = frozenset({s.ESME_RX_P_APPN, s.ESME_RX_R_APPN})
"""The client's own word that it will never take this mail (SMPP 3.4 §5.1.3)."""


class Flight:
    """One mail between its queue and a client. Ordered by its age."""

    __slots__ = ("delivery", "done", "in_doubt", "mail", "tries")

    def __init__(self, mail: Mail, delivery: Delivery) -> None:
        self.mail = mail
        self.delivery = delivery
        self.done: Deferred[Fate] = Deferred()
        self.tries = 0
        self.in_doubt = False

    def __lt__(self, other: Flight) -> bool:
        return self.delivery.sequence < other.delivery.sequence


class Taker(Protocol):
    """A session that can receive. `ready`: it is bound, has room in its window, and the client reads."""

    @property
    def username(self) -> str: ...
    @property
    def ready(self) -> bool: ...
    @property
    def flights(self) -> set[Flight]: ...
    def deliver(self, pdu: Pdu, flight: Flight) -> None: ...


class Box:
    """The mailbox of one account while it has sessions, and until what they left is back in the queue."""

    def __init__(self, username: str, thrower: Thrower) -> None:
        self.username = username
        self.takers: deque[Taker] = deque()
        self.closing: Deferred[None] | None = None
        self._thrower = thrower
        self._consumer: Consumer | None = None
        self._waiting: list[Flight] = []
        self._pause: Timer | None = None

    def up(self, taker: Taker) -> None:
        """Another session that can receive."""
        self.takers.appendleft(taker)
        if self.closing is None:
            self._open()
        self.send()

    def down(self, taker: Taker) -> None:
        """The session is gone; what it did not answer may have reached the client."""
        self.takers.remove(taker)
        for flight in taker.flights:
            flight.in_doubt = True
            heapq.heappush(self._waiting, flight)
        taker.flights.clear()
        if self.closing is not None:
            return  # what is to be done is seen when all is back in the queue
        if self.takers:
            self._open()
            self.send()
        else:
            self._close()

    def _open(self) -> None:
        prefetch = self._thrower.window * len(self.takers)
        consumer = self._consumer
        if consumer is None:
            self._consumer = self._thrower.broker.consume(topics.mailbox(self.username), self._handle, prefetch)
        elif consumer.prefetch != prefetch:
            consumer.prefetch = prefetch
            consumer.pause()
            consumer.resume()

    def _close(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        consumer, self._consumer = self._consumer, None
        assert consumer is not None  # there was a session until now
        left, self._waiting = sorted(self._waiting), []
        self.closing = consumer.stop()
        for flight in left:
            flight.done.callback(Retry(0.0, front=True, in_doubt=True) if flight.in_doubt else RELEASE)
        self.closing.addCallback(self._closed)

    def _closed(self, _none: None) -> None:
        self.closing = None
        if self.takers:
            self._open()
        else:
            self._thrower.empty(self)

    # --- one mail --------------------------------------------------------------------------------------------

    def _handle(self, delivery: Delivery) -> Deferred[Fate]:
        try:
            mail = envelope.decode(delivery.body, Mail)
        except envelope.UnknownEnvelope as problem:
            return succeed(Park(f"unreadable: {problem}"))
        flight = Flight(mail, delivery)
        heapq.heappush(self._waiting, flight)
        self.send()
        return flight.done

    def send(self) -> None:
        """Sends what waits here, as far as sessions are ready."""
        waiting = self._waiting
        while waiting and self._pause is None:
            taker = self._next_taker()
            if taker is None:
                return
            flight = heapq.heappop(waiting)
            ends = flight.mail.expires_at
            if ends and self._thrower.now() >= ends:
                self._report(EXPIRED, "not fetched in time", flight)
                flight.done.callback(DONE)
                continue
            try:
                taker.deliver(pdu_of(flight.mail, self._thrower.receipts_as_data_sm), flight)
            except (EncodeError, ValueError) as problem:
                self._report("mail-unsendable", str(problem), flight)
                flight.done.callback(Park(BAD_PART.code))

    def _next_taker(self) -> Taker | None:
        takers = self.takers
        for place, taker in enumerate(takers):
            if taker.ready:
                del takers[place]
                takers.append(taker)
                return taker
        return None

    def refused(self, flight: Flight, status: int) -> None:
        """The client answered with an error."""
        if status in REFUSED_FOR_GOOD:
            self._report("mail-refused", f"the client refused it for good: {s.name(status)}", flight)
            flight.done.callback(DONE)
            return
        flight.tries += 1
        tries = flight.tries + flight.delivery.attempt - 1
        if tries < TRIES_IN_PLACE:
            heapq.heappush(self._waiting, flight)
            if self._pause is None:
                self._pause = self._thrower.clock.callLater(FIRST_PAUSE * 2.0 ** (tries - 1), self._paused)
            return
        delay = min(FIRST_DELAY * 2.0 ** min(tries - TRIES_IN_PLACE, 10), LONGEST_DELAY)
        self._report("mail-put-aside", f"the client answered {s.name(status)}; tried again in {delay:g} s", flight)
        flight.done.callback(Retry(delay))

    def _paused(self) -> None:
        self._pause = None
        self.send()

    def _report(self, type: str, message: str, flight: Flight) -> None:
        self._thrower.log(type, message, level="warning", username=self.username, msgid=flight.mail.name)


class Thrower:
    """All mailboxes that are being emptied. `window`: mail unanswered at once in one session."""

    def __init__(
        self,
        broker: Broker,
        window: int,
        receipts_as_data_sm: bool,
        log: Events,
        clock: Clock,
        now: Callable[[], float],
    ) -> None:
        self.broker = broker
        self.window = window
        self.receipts_as_data_sm = receipts_as_data_sm
        self.log = log
        self.clock = clock
        self.now = now
        self._boxes: dict[str, Box] = {}

    def receiving(self, username: str) -> bool:
        """Whether the account has a session that can receive."""
        box = self._boxes.get(username)
        return box is not None and bool(box.takers)

    def up(self, taker: Taker) -> None:
        """A session that can receive is bound."""
        box = self._boxes.get(taker.username)
        if box is None:
            box = self._boxes[taker.username] = Box(taker.username, self)
        box.up(taker)

    def down(self, taker: Taker) -> None:
        """It is gone."""
        self._boxes[taker.username].down(taker)

    def ready(self, taker: Taker) -> None:
        """It may take mail again."""
        box = self._boxes.get(taker.username)
        if box is not None:
            box.send()

    def answered(self, taker: Taker, flight: Flight, status: int) -> None:
        """The client answered. An answer to what is no longer under way on this session changes nothing."""
        if flight not in taker.flights:
            return
        taker.flights.discard(flight)
        box = self._boxes[taker.username]
        if status == s.ESME_ROK:
            flight.done.callback(DONE)
        else:
            box.refused(flight, status)
        box.send()

    def empty(self, box: Box) -> None:
        """Nothing of this mailbox is in memory any more."""
        if self._boxes.get(box.username) is box:
            del self._boxes[box.username]

    def settled(self) -> Deferred[None]:
        """Fires when all mail of sessions that are gone is back in its queue."""
        waiting = []
        for box in self._boxes.values():
            if box.closing is not None:
                done: Deferred[None] = Deferred()
                box.closing.addCallback(done.callback)
                waiting.append(done)
        return DeferredList(waiting).addCallback(lambda _all: None)
