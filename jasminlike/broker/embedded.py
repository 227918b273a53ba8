"""The embedded broker: durable queues in the journal, in order of priority and age, no other server.

A topic has four lanes, one a priority; a lane's rows lie together in the table, so a delivery is appended at the
lane's end and deleted at its beginning. Before a delivery is handed out it is on disk that it may have been (the
lane's mark), so that after a crash those that may have reached their goal are known and flagged. The mark is written
ahead, with the publication itself when the consumer is idle, and costs no commit of its own there.

A consumer's place is free again only when the fate of a delivery is durable: at most `prefetch` deliveries can be
handed out twice by a crash.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from jasminlike.broker.consumer import Subscription, call
from jasminlike.broker.lanes import LOAD, Lane, Waiting
from jasminlike.broker.tables import DELETE, EXPIRED, INSERT, MARK, MOVE, PARK, RETRY, TOPIC, WAITING, unpark
from jasminlike.broker.topic import PRIORITIES, Topic
from jasminlike.fate import Done, Fate, Park, Release, Retry
from jasminlike.interfaces import Clock, Delivery, Handler, Outgoing, all_stored
from jasminlike.journal import Batch, Journal

SWEEP_SECONDS = 1.0
SWEEP_ROWS = 500


_Arrival = tuple[Topic, Lane, Waiting, float, bool]
"""Where it goes, the delivery, when it is due (0.0 = now), and whether the lane's mark is written with it."""


class EmbeddedBroker:
    """Implements `interfaces.Broker` on a journal whose schema contains that of `broker/tables.py`."""

    def __init__(self, journal: Journal, clock: Clock, now: Callable[[], float]) -> None:
        self._journal = journal
        self._clock = clock
        self._now = now
        self._topics: dict[str, Topic] = {}
        self._lanes: dict[int, tuple[Topic, Lane]] = {}
        self._sequence = 0
        self._waiting = 0
        self._parked = 0
        self._expiry: list[tuple[str, Handler]] = []
        self._arriving: tuple[Batch, list[_Arrival]] | None = None
        self._settling: tuple[Batch, list[tuple[Subscription | None, Topic, int]]] | None = None
        self._sweeping = False
        self.recovered = 0
        """Deliveries found waiting at start, and of these those that may have been handed out before."""
        self.recovered_doubtful = 0
        journal.read_now(self._load)
        self._sweeper = clock.callLater(SWEEP_SECONDS, self._sweep)

    def _load(self, db: sqlite3.Connection) -> None:
        for number, name in db.execute("select id, name from topic"):
            self._adopt(name, number)
        marks = dict(db.execute("select lane, sequence from lane_mark"))
        waiting = "select lane, count(*), max(sequence) from queue where parked='' group by lane"
        for number, count, last in db.execute(waiting):
            topic, lane = self._lanes[number]
            lane.skipped_to = last
            topic.waiting += count
            self._waiting += count
        for number, mark in marks.items():
            # What the mark says is on disk already, and must not be taken back while it is in doubt.
            lane = self._lanes[number][1]
            lane.doubtful_to = lane.marked = mark
            doubtful = db.execute(
                "select count(*) from queue where lane=? and sequence<=? and parked=''", (number, mark)
            ).fetchone()
            self.recovered_doubtful += doubtful[0]
        for number, sequence, due in db.execute("select lane, sequence, due from queue where due>0 and parked=''"):
            heapq.heappush(self._lanes[number][0].due, (due, number, sequence))
        self._parked = db.execute("select count(*) from queue where parked!=''").fetchone()[0]
        last_row = db.execute("select max(sequence) from queue").fetchone()[0] or 0
        self._sequence = max([last_row, *marks.values()])
        self.recovered = self._waiting

    def _adopt(self, name: str, number: int) -> Topic:
        topic = self._topics[name] = Topic(name, number)
        for lane in topic.lanes:
            self._lanes[lane.number] = (topic, lane)
        return topic

    def _topic(self, name: str) -> Topic:
        topic = self._topics.get(name)
        if topic is None:
            number = max((lane // PRIORITIES for lane in self._lanes), default=0) + 1
            self._journal.write(TOPIC, (number, name))
            topic = self._adopt(name, number)
        return topic

    # --- in ------------------------------------------------------------------------------------------------

    def publish(self, topic: str, outgoing: Sequence[Outgoing]) -> Batch:
        """Queues the bodies, in order, all or none; durable when the returned batch is."""
        place = self._topics.get(topic) or self._topic(topic)
        batch = self._journal.gathering()
        arriving = self._arriving
        if arriving is None or arriving[0] is not batch:
            entries: list[_Arrival] = []
            arriving = self._arriving = (batch, entries)
            batch.durable().addCallbacks(self._arrived, self._lost, callbackArgs=(entries,), errbackArgs=(entries,))
        consumer = place.consumer
        for each in outgoing:
            lane = place.lanes[each.priority]
            self._sequence = sequence = self._sequence + 1
            self._journal.write(INSERT, (lane.number, sequence, each.body, each.expires_at, each.not_before))
            mark = consumer is not None and not lane.ready and not lane.behind and consumer.room > 0
            if mark:
                self._journal.write_latest(MARK, lane.number, (lane.number, sequence))
            arriving[1].append((place, lane, Waiting(sequence, each.body), each.not_before, mark))
        place.waiting += len(outgoing)
        self._waiting += len(outgoing)
        return batch

    def _arrived(self, _none: None, entries: list[_Arrival]) -> None:
        touched: dict[str, Topic] = {}
        for topic, lane, waiting, due, mark in entries:
            if mark:
                lane.marked = waiting.sequence
            if due:
                heapq.heappush(topic.due, (due, lane.number, waiting.sequence))
            else:
                lane.arrived(waiting)
            touched[topic.name] = topic
        for topic in touched.values():
            self._pump(topic)

    def _lost(self, failure: Failure, entries: list[_Arrival]) -> None:
        """The commit was refused: whoever published has been told; forget them."""
        for topic, *_rest in entries:
            topic.waiting -= 1
            self._waiting -= 1

    # --- out -----------------------------------------------------------------------------------------------

    def consume(self, topic: str, handler: Handler, prefetch: int) -> Subscription:
        """Hands the topic's deliveries to `handler`; a topic has one consumer at a time."""
        place = self._topic(topic)
        if place.consumer is not None and not place.consumer.stopped:
            raise RuntimeError(f"{topic} has a consumer already")
        consumer = Subscription(handler, prefetch, self._settle, lambda: self._pump(place))
        place.follow(consumer)
        self._clock.callLater(0, self._pump, place)
        return consumer

    def _pump(self, topic: Topic) -> None:
        consumer = topic.consumer
        while consumer is not None and consumer.room > 0:
            found = self._next(topic, consumer)
            if found is None:
                return
            lane, waiting = found
            lane.pop(waiting)
            doubt = waiting.doubt or waiting.sequence <= lane.doubtful_to
            consumer.offer(
                Delivery(topic.name, waiting.body, waiting.sequence, lane.priority, waiting.attempts + 1, doubt)
            )

    def _next(self, topic: Topic, consumer: Subscription) -> tuple[Lane, Waiting] | None:
        for lane in reversed(topic.lanes):
            waiting = lane.first()
            if lane.behind and len(lane.ready) < LOAD // 2:
                self._refill(topic, lane)
                if waiting is None:
                    return None  # what this lane has on disk goes before the lanes below it
            if waiting is not None:
                if waiting.sequence > lane.marked:
                    self._mark(topic, lane, lane.ahead(consumer.prefetch))
                    return None
                return lane, waiting
        return None

    def _mark(self, topic: Topic, lane: Lane, sequence: int) -> None:
        if lane.marking:
            return
        lane.marking = True

        def marked(_none: None) -> None:
            lane.marking = False
            lane.marked = max(lane.marked, sequence)
            self._pump(topic)

        def failed(_failure: Failure) -> None:
            lane.marking = False
            self._clock.callLater(SWEEP_SECONDS, self._pump, topic)

        self._journal.write_latest(MARK, lane.number, (lane.number, sequence)).durable().addCallbacks(marked, failed)

    def _refill(self, topic: Topic, lane: Lane) -> None:
        if lane.loading:
            return
        lane.loading = True
        skipped = lane.skipped_to
        after = lane.loaded_to

        def read(db: sqlite3.Connection) -> list[Waiting]:
            rows = db.execute(
                WAITING + "sequence>? and sequence<=? and due=0 order by sequence limit ?",
                (lane.number, after, skipped, LOAD),
            )
            return [Waiting(sequence, body, attempts, bool(doubt)) for sequence, body, attempts, doubt in rows]

        def loaded(rows: list[Waiting]) -> None:
            lane.loaded(rows, skipped)
            self._pump(topic)

        def failed(_failure: Failure) -> None:
            lane.loading = False
            self._clock.callLater(SWEEP_SECONDS, self._pump, topic)

        self._journal.read(read).addCallbacks(loaded, failed)

    # --- settled ---------------------------------------------------------------------------------------------

    def _settle(self, consumer: Subscription | None, delivery: Delivery, fate: Fate) -> None:
        topic = self._topics[delivery.topic]
        lane = topic.lanes[delivery.priority]
        match fate:
            case Done(after, moved):
                if not after or (not moved and all(isinstance(write, Batch) for write in after)):
                    batch = self._journal.write(DELETE, (lane.number, delivery.sequence))
                    self._finish(topic, consumer, delivery, batch)
                else:
                    self._done_after(lane, consumer, delivery, after)
            case Park(reason):
                self._parked += 1
                self._finish(
                    topic, consumer, delivery, self._journal.write(PARK, (reason, lane.number, delivery.sequence))
                )
            case Retry():
                self._again(topic, lane, consumer, delivery, fate)
            case Release():
                lane.back(Waiting(delivery.sequence, delivery.body, delivery.attempt - 1, delivery.redelivered))
                if consumer is not None:
                    consumer.freed(delivery.sequence)
                self._clock.callLater(0, self._pump, topic)

    def _done_after(
        self, lane: Lane, consumer: Subscription | None, delivery: Delivery, after: tuple[Awaitable[None], ...]
    ) -> None:
        """Forgotten when these writes are stored, in one commit with those of this turn; delivered again if not."""
        batch = self._journal.gathering()
        if all(write is batch for write in after):
            self._journal.write(MOVE, (lane.number, delivery.sequence))
        stored = Deferred.fromCoroutine(all_stored(after))
        stored.addCallbacks(
            lambda _none: self._settle(consumer, delivery, Done()),
            lambda _failure: self._settle(consumer, delivery, Retry(SWEEP_SECONDS)),
        )

    def _finish(self, topic: Topic, consumer: Subscription | None, delivery: Delivery, batch: Batch) -> None:
        """The delivery no longer waits; its place is free when the batch is durable."""
        topic.waiting -= 1
        self._waiting -= 1
        settling = self._settling
        if settling is None or settling[0] is not batch:
            freed: list[tuple[Subscription | None, Topic, int]] = []
            settling = self._settling = (batch, freed)
            batch.durable().addBoth(self._free, freed)
        settling[1].append((consumer, topic, delivery.sequence))

    def _free(self, _outcome: Any, freed: list[tuple[Subscription | None, Topic, int]]) -> None:
        touched: dict[str, Topic] = {}
        for consumer, topic, sequence in freed:
            if consumer is not None:
                consumer.freed(sequence)
            touched[topic.name] = topic
        for topic in touched.values():
            self._pump(topic)

    def _again(self, topic: Topic, lane: Lane, consumer: Subscription | None, delivery: Delivery, fate: Retry) -> None:
        due = 0.0 if fate.after <= 0 else self._now() + fate.after
        doubt = delivery.redelivered or fate.in_doubt
        waiting = Waiting(delivery.sequence, delivery.body, delivery.attempt, doubt)
        if consumer is None:  # it expired while it waited: the sweep finds it again
            self._clock.callLater(fate.after, lane.taken.discard, delivery.sequence)
            self._journal.write(RETRY, (delivery.attempt, 0.0, doubt, lane.number, delivery.sequence))
            return
        batch = self._journal.write(
            RETRY, (delivery.attempt, 0.0 if fate.front else due, doubt, lane.number, delivery.sequence)
        )

        def stored(_outcome: Any) -> None:
            consumer.freed(delivery.sequence)
            if due and not fate.front:
                heapq.heappush(topic.due, (due, lane.number, delivery.sequence))
            elif due:
                self._clock.callLater(fate.after, back)
            else:
                lane.back(waiting)
            self._pump(topic)

        def back() -> None:
            lane.back(waiting)
            self._pump(topic)

        batch.durable().addBoth(stored)

    # --- time ------------------------------------------------------------------------------------------------

    def on_expired(self, prefix: str, handler: Handler) -> None:
        """Deliveries of topics that begin with `prefix` go to `handler` when they expire while they wait."""
        self._expiry.append((prefix, handler))

    def _sweep(self) -> None:
        self._sweeper = self._clock.callLater(SWEEP_SECONDS, self._sweep)
        now = self._now()
        for topic in list(self._topics.values()):
            due: list[tuple[int, int]] = []
            while topic.due and topic.due[0][0] <= now:
                _when, number, sequence = heapq.heappop(topic.due)
                due.append((number, sequence))
            if due:
                self._fetch_due(topic, due)
        if self._expiry and not self._sweeping:
            self._sweeping = True
            rows = self._journal.read(lambda db: db.execute(EXPIRED, (now, SWEEP_ROWS)).fetchall())
            rows.addCallbacks(self._expire, lambda _failure: self._expire([]))

    def _fetch_due(self, topic: Topic, due: list[tuple[int, int]]) -> None:
        def read(db: sqlite3.Connection) -> list[tuple[int, Waiting]]:
            found = []
            for number, asked in due:
                for sequence, body, attempts, doubt in db.execute(WAITING + "sequence=?", (number, asked)):
                    found.append((number, Waiting(sequence, body, attempts, bool(doubt))))
            return found

        def loaded(rows: list[tuple[int, Waiting]]) -> None:
            for number, waiting in rows:
                self._lanes[number][1].back(waiting)
            self._pump(topic)

        def failed(_failure: Failure) -> None:
            for number, sequence in due:
                heapq.heappush(topic.due, (0.0, number, sequence))

        self._journal.read(read).addCallbacks(loaded, failed)

    def _expire(self, rows: list[tuple[int, int, bytes, int, int]]) -> None:
        self._sweeping = False
        for number, sequence, body, attempts, doubt in rows:
            topic, lane = self._lanes[number]
            handler = next((each for prefix, each in self._expiry if topic.name.startswith(prefix)), None)
            if handler is None or topic.handed_out(sequence) or sequence in lane.taken:
                continue
            lane.taken.add(sequence)
            doubtful = bool(doubt) or sequence <= lane.doubtful_to
            delivery = Delivery(topic.name, body, sequence, lane.priority, attempts + 1, doubtful)
            call(None, handler, delivery, self._settle)

    # --- asked -----------------------------------------------------------------------------------------------

    def depth(self, topic: str = "") -> int:
        """How many deliveries wait or are handed out, of one topic or of all; parked ones do not count."""
        if not topic:
            return self._waiting
        place = self._topics.get(topic)
        return 0 if place is None else place.waiting

    def topics(self) -> Iterable[str]:
        """The names of all topics."""
        return list(self._topics)

    @property
    def parked(self) -> int:
        """How many deliveries are parked, in all."""
        return self._parked

    def replay(self, topic: str) -> Deferred[int]:
        """Lets the parked deliveries of a topic wait again, attempts counted anew; fires with their number."""
        place = self._topic(topic)
        numbers = [lane.number for lane in place.lanes]

        def updated(rows: list[tuple[int, int]]) -> int:
            self._parked -= len(rows)
            place.waiting += len(rows)
            self._waiting += len(rows)
            for number, sequence in rows:
                heapq.heappush(place.due, (1.0, number, sequence))
            return len(rows)

        return self._journal.run(lambda db: unpark(db, numbers)).addCallback(updated)

    def close(self) -> None:
        """No more sweeps. The journal is closed by whoever made it."""
        if self._sweeper.active():
            self._sweeper.cancel()
