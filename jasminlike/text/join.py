"""Put the parts of a long message together again, in whatever order they come.

Parts of one message share a key: where they came from and went to (the caller's part of the key), the reference, how
wide it is, and how many parts there are. A message ends complete, or partial: when its time is over, when the memory is
full and it is the oldest, or when its reference is plainly in use for a newer message. Whatever had come is then given
out, with the numbers of the parts that are missing. Nothing is dropped but a part that came twice, and the caller is
told so.

An SMSC that misses our answer sends a part again, perhaps after the message was complete. So the contents of a complete
message are remembered for a while (their hashes), and what is made only of parts that came before is given out marked
as repeated, for the caller to drop.
"""

from collections import OrderedDict
from collections.abc import Hashable
from enum import StrEnum
from typing import NamedTuple

from jasminlike.text import concat


class Carrier(StrEnum):
    """Where the numbers of a part were found. Each is a name space of references of its own."""

    UDH = "udh"
    UDH16 = "udh16"
    SAR = "sar"


class Fragment(NamedTuple):
    """One part that has arrived."""

    key: Hashable
    """Whose message it is: for instance (connector, source, destination)."""
    carrier: Carrier
    ref: int
    total: int
    seq: int
    payload: bytes
    """The octets of the text, without the header."""
    elements: bytes = b""
    """Other elements of the user data header, as concat.read() gives them."""
    token: object = None
    """Whatever the caller wants back with the joined message, such as the row where the part is stored."""


class Joined(NamedTuple):
    """A message given out, whole or not."""

    fragments: tuple[Fragment, ...]
    """The parts that came, in their order."""
    missing: tuple[int, ...]
    """The numbers of the parts that did not come; empty when the message is whole."""
    repeated: bool = False
    """Every part had come shortly before, in a message that was complete: the SMSC sent it again."""

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def payload(self) -> bytes:
        """The text, the parts that came one after another."""
        return b"".join([fragment.payload for fragment in self.fragments])


class Added(NamedTuple):
    """What came of a part."""

    joined: tuple[Joined, ...] = ()
    """Messages that ended: at most one complete, and partial ones that had to make room."""
    duplicate: bool = False
    """The same part was here before; it was not taken, and may be acknowledged."""


def fragment_of(
    key: Hashable, payload: bytes, *, udhi: bool, sar: tuple[int, int, int] | None = None, token: object = None
) -> Fragment | None:
    """Return the part that a message is, or None when it is a message of its own. Never raises.

    `sar` is (sar_msg_ref_num, sar_total_segments, sar_segment_seqnum) and counts when no header says otherwise. Numbers
    that cannot be (part 0, part 4 of 3) make no part. Part 1 of 1 is a Fragment that joins at once.
    """
    elements, body = b"", payload
    if udhi:
        place, elements, body = concat.read(payload)
        if place is not None:
            carrier = Carrier.UDH16 if place.wide else Carrier.UDH
            return Fragment(key, carrier, place.ref, place.total, place.seq, body, elements, token)
    if sar is not None and 1 <= sar[2] <= sar[1] <= 255:
        return Fragment(key, Carrier.SAR, *sar, body, elements, token)
    return None


_Group = tuple[Hashable, Carrier, int, int]


class _Pending:
    """The parts of one message so far."""

    __slots__ = ("octets", "parts", "repeated", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.octets = 0
        self.repeated = True
        self.parts: dict[int, Fragment] = {}

    def take(self, fragment: Fragment, *, repeated: bool) -> None:
        self.parts[fragment.seq] = fragment
        self.octets += len(fragment.payload)
        self.repeated = self.repeated and repeated

    def end(self, total: int) -> Joined:
        fragments = tuple(self.parts[seq] for seq in sorted(self.parts))
        missing = tuple(seq for seq in range(1, total + 1) if seq not in self.parts)
        return Joined(fragments, missing, self.repeated)


class Joiner:
    """Gathers parts, at most `max_fragments` of `max_octets` in all: a part too many ends the oldest message.

    A message's time is over `timeout` seconds after its first part came. `remember` is how long, in seconds, a complete
    message is known again. Times are the caller's, in seconds, and must not run backwards.
    """

    def __init__(
        self,
        *,
        timeout: float = 1800.0,
        max_fragments: int = 100_000,
        max_octets: int = 64 << 20,
        remember: float = 60.0,
    ) -> None:
        if timeout <= 0 or max_fragments < 1 or max_octets < 1 or remember < 0:
            raise ValueError("timeout, max_fragments and max_octets must be positive, remember not negative")
        self._timeout = timeout
        self._max_fragments = max_fragments
        self._max_octets = max_octets
        self._remember = remember
        self._held = 0
        self._octets = 0
        self._pending: OrderedDict[_Group, _Pending] = OrderedDict()  # the oldest first
        self._complete: OrderedDict[_Group, tuple[float, dict[int, int]]] = OrderedDict()

    def __len__(self) -> int:
        """How many parts are held."""
        return self._held

    def add(self, fragment: Fragment, now: float) -> Added:
        """Take one part; return the message when it is the last to come, or word that it came before."""
        if not 1 <= fragment.seq <= fragment.total:
            raise ValueError(f"part {fragment.seq} of {fragment.total} cannot be")
        self._forget(now)
        group = (fragment.key, fragment.carrier, fragment.ref, fragment.total)
        pending = self._pending.get(group)
        ended = []
        if pending is not None and fragment.seq in pending.parts:
            if pending.parts[fragment.seq].payload == fragment.payload:
                return Added(duplicate=True)
            ended.append(self._end(group))  # another text under the same number: the reference went round
            pending = None
        if pending is None:
            pending = self._pending[group] = _Pending(now)
        pending.take(fragment, repeated=self._came_before(group, fragment))
        self._held += 1
        self._octets += len(fragment.payload)
        if len(pending.parts) == fragment.total:
            ended.append(self._finish(group, now))
        while self._held > self._max_fragments or self._octets > self._max_octets:
            ended.append(self._end(next(iter(self._pending))))
        return Added(tuple(ended))

    def expire(self, now: float) -> list[Joined]:
        """Give out the messages whose time is over, with what came of them. To be called every second or so."""
        ended = []
        while self._pending:
            group, pending = next(iter(self._pending.items()))
            if now - pending.since < self._timeout:
                break
            ended.append(self._end(group))
        self._forget(now)
        return ended

    def drain(self) -> list[Joined]:
        """Give out everything held, for a stop."""
        return [self._end(group) for group in list(self._pending)]

    def next_expiry(self) -> float | None:
        """When the oldest message's time is over, in the caller's seconds; None when nothing is held."""
        for pending in self._pending.values():
            return pending.since + self._timeout
        return None

    def _end(self, group: _Group) -> Joined:
        pending = self._pending.pop(group)
        self._held -= len(pending.parts)
        self._octets -= pending.octets
        return pending.end(group[3])

    def _finish(self, group: _Group, now: float) -> Joined:
        joined = self._end(group)
        if self._remember:
            hashes = {fragment.seq: hash(fragment.payload) for fragment in joined.fragments}
            self._complete[group] = (now, hashes)
            self._complete.move_to_end(group)
            while len(self._complete) > self._max_fragments:
                self._complete.popitem(last=False)
        return joined

    def _came_before(self, group: _Group, fragment: Fragment) -> bool:
        remembered = self._complete.get(group)
        return remembered is not None and remembered[1].get(fragment.seq) == hash(fragment.payload)

    def _forget(self, now: float) -> None:
        while self._complete:
            group, (since, _hashes) = next(iter(self._complete.items()))
            if now - since < self._remember:
                break
            del self._complete[group]
