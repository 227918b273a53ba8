"""What waits to be delivered to ESMEs: one mailbox for each system_id.

A receipt goes to the session that its message came from, if that one can receive, else to another one of the same
system_id, in turn; while there is none, or none has room in its window, it waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from jasminlike.simulator.book import Counts
from jasminlike.smpp.pdu import DeliverSm

RECEIPT, INCOMING = "receipt", "incoming"


class Receiver(Protocol):
    """A session that can be delivered to."""

    @property
    def ready(self) -> bool:
        """Whether it takes one more now."""

    def deliver(self, delivery: Delivery) -> None: ...


class Delivery:
    """A deliver_sm on its way; ``tries`` counts how often it has been sent."""

    __slots__ = ("kind", "origin", "pdu", "tries")

    def __init__(self, pdu: DeliverSm, kind: str, origin: Receiver | None = None) -> None:
        self.pdu = pdu
        self.kind = kind
        self.origin = origin
        self.tries = 0


class Mailbox:
    """The deliveries for one system_id and the sessions they can go to."""

    def __init__(self, limit: int, counts: Counts) -> None:
        self.limit = limit
        self.counts = counts
        self.waiting: deque[Delivery] = deque()
        self.receivers: list[Receiver] = []
        self._turn = 0

    @property
    def room(self) -> int:
        """How many more it takes."""
        return max(0, self.limit - len(self.waiting))

    def put(self, delivery: Delivery) -> None:
        """Send it, or let it wait; counted as dropped when the mailbox is full."""
        waiting = self.waiting
        if not waiting:
            receiver = self._choose(delivery)
            if receiver is not None:
                receiver.deliver(delivery)
                return
        if len(waiting) >= self.limit:
            self.counts.deliveries_dropped += 1
            return
        waiting.append(delivery)
        self.pump()

    def put_back(self, deliveries: Iterable[Delivery]) -> None:
        """These were sent and may not have arrived: they go first. They were here before, so no limit holds."""
        self.waiting.extendleft(reversed(list(deliveries)))
        self.pump()

    def pump(self) -> None:
        """Send what can be sent."""
        waiting = self.waiting
        while waiting:
            receiver = self._choose(waiting[0])
            if receiver is None:
                return
            receiver.deliver(waiting.popleft())

    def _choose(self, delivery: Delivery) -> Receiver | None:
        receivers = self.receivers
        origin = delivery.origin
        if origin is not None and origin.ready and origin in receivers:
            return origin
        for _ in receivers:
            self._turn = (self._turn + 1) % len(receivers)
            if receivers[self._turn].ready:
                return receivers[self._turn]
        return None


class Post:
    """All mailboxes. Deliveries addressed to nobody wait for the first system_id that can receive."""

    def __init__(self, limit: int, counts: Counts) -> None:
        self._limit = limit
        self._counts = counts
        self._boxes: dict[str, Mailbox] = {}
        self._unaddressed: deque[Delivery] = deque()
        self._turn = 0

    def box(self, system_id: str) -> Mailbox:
        box = self._boxes.get(system_id)
        if box is None:
            box = self._boxes[system_id] = Mailbox(self._limit, self._counts)
        return box

    def bound(self) -> list[str]:
        """Every system_id that can receive now."""
        return [system_id for system_id, box in self._boxes.items() if box.receivers]

    def put(self, system_id: str, delivery: Delivery) -> None:
        """``system_id`` "": to everyone who can receive, in turn."""
        if system_id:
            self.box(system_id).put(delivery)
            return
        bound = self.bound()
        if bound:
            self._turn += 1
            self.box(bound[self._turn % len(bound)]).put(delivery)
        elif len(self._unaddressed) < self._limit:
            self._unaddressed.append(delivery)
        else:
            self._counts.deliveries_dropped += 1

    def attach(self, system_id: str, receiver: Receiver) -> Mailbox:
        """A session can receive from now on; :meth:`Mailbox.pump` is the caller's to call."""
        box = self.box(system_id)
        box.receivers.append(receiver)
        box.waiting.extend(self._unaddressed)
        self._unaddressed.clear()
        return box

    def detach(self, system_id: str, receiver: Receiver) -> None:
        receivers = self.box(system_id).receivers
        if receiver in receivers:
            receivers.remove(receiver)

    def waiting(self) -> int:
        """How many deliveries wait."""
        return sum(len(box.waiting) for box in self._boxes.values()) + len(self._unaddressed)

    def room(self, system_id: str) -> int:
        """How many more the mailbox takes; of "" the fullest one of those that are bound counts."""
        if system_id:
            return self.box(system_id).room
        return min((self._boxes[each].room for each in self.bound()), default=self._limit - len(self._unaddressed))

    def change(self, limit: int) -> None:
        """Another limit from now on; what waits beyond it stays."""
        self._limit = limit
        for box in self._boxes.values():
            box.limit = limit

    def reset(self, counts: Counts) -> None:
        """Forget what waits, and count elsewhere."""
        self._counts = counts
        self._unaddressed.clear()
        for box in self._boxes.values():
            box.counts = counts
            box.waiting.clear()
