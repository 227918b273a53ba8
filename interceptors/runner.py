"""The gateway's side of the worker processes: who runs what, how long it may take, and what happens when one dies.

A worker runs one script after another, so the oldest request that it has not answered is the one it runs. When that
one is over its deadline the worker is killed: the request fails, those behind it (never begun) go to another worker.
A worker is sent several requests ahead, so that none waits for a turn of the reactor, but only behind scripts that
have been quick: nothing waits behind one that is slow or new. There is one timer a worker, not one a message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.protocol import ProcessProtocol

from interceptors.contract import RETIRED, Answer, Frames, Load, Ready, Request, frame, upward
from interceptors.execution import run
from interceptors.scripts import Compiled
from jasminlike.errors import QUEUE_FULL, STOPPING, GatewayError
from jasminlike.interfaces import Clock, Timer

MOST_WAITING = 10_000
"""Requests that may wait; then messages are refused for the moment."""

MOST_AHEAD = 32
QUICK_SECONDS, SLOW_SECONDS = 0.002, 0.01
START_SECONDS = 30.0
"""A worker must be ready within this time."""

AGAIN_SECONDS = 1.0
"""After a worker that could not start, none is started for so long."""

MOST_SAID = 2000
"""Characters of what a script printed that go into one line of the log."""

Log = Callable[..., None]
Spawn = Callable[[ProcessProtocol], Any]


class Job:
    """A request and who waits for its answer."""

    __slots__ = ("done", "doubtful", "request", "script")

    def __init__(self, script: Compiled, request: Request) -> None:
        self.script = script
        self.request = request
        self.done: Deferred[Answer] = Deferred()
        self.doubtful = False
        """It was sent when its script was not known to be quick."""


class Owner(Protocol):
    """What a worker tells of itself."""

    clock: Clock
    deadline: float
    log: Log
    quick: set[str]

    def free(self, worker: Worker) -> None: ...
    def gone(self, worker: Worker, unfinished: deque[Job], failed_to_start: bool) -> None: ...


class Worker(ProcessProtocol):
    """One process. It is spawned by whoever made it."""

    transport: Any

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._frames = Frames()
        self._known: set[str] = set()
        self._jobs: deque[Job] = deque()
        self._doubtful = 0
        self._since = owner.clock.seconds()
        self._timer: Timer | None = owner.clock.callLater(START_SECONDS, self._look)
        self.ready = False
        self.lost = False
        self.ended: Deferred[None] = Deferred()

    @property
    def room(self) -> int:
        """How many more requests it may be sent now."""
        return 0 if self.lost or not self.ready or self._doubtful else MOST_AHEAD - len(self._jobs)

    @property
    def busy(self) -> int:
        """How many requests it has not answered."""
        return len(self._jobs)

    def send(self, job: Job) -> None:
        """Hands it a request."""
        clock = self._owner.clock
        if not self._jobs:
            self._since = clock.seconds()
            if self._timer is None:
                self._timer = clock.callLater(self._owner.deadline, self._look)
        self._jobs.append(job)
        script = job.script
        job.doubtful = script.key not in self._owner.quick
        self._doubtful += job.doubtful
        if script.key not in self._known:
            self._known.add(script.key)
            self.transport.write(frame(Load(script.key, script.path, script.code)))
        self.transport.write(frame(job.request))

    def kill(self) -> None:
        """Ends it at once; its requests are given back."""
        if not self.lost:
            self._lose()
        if self.transport is not None and self.transport.pid is not None:
            self.transport.signalProcess("KILL")
            self.transport.loseConnection()

    def _look(self) -> None:
        """The one timer: is what it does now over its time?"""
        self._timer = None
        owner = self._owner
        if self.ready and not self._jobs:
            return
        allowed = owner.deadline if self.ready else START_SECONDS
        left = self._since + allowed - owner.clock.seconds()
        if left > 0.001:
            self._timer = owner.clock.callLater(left, self._look)
            return
        late = self._jobs.popleft() if self._jobs else None
        self.kill()
        if late is not None:
            owner.quick.discard(late.script.key)
            late.done.callback(Answer(error=f"the script ran longer than {owner.deadline:g} s", seconds=allowed))

    # --- what Twisted tells ----------------------------------------------------------------------------------

    def outReceived(self, data: bytes) -> None:
        """Answers; an answer that cannot be read ends the worker."""
        if self.lost:
            return
        try:
            for body in self._frames.feed(data):
                self._take(upward.decode(body))
        except (ValueError, msgspec.DecodeError) as problem:
            self._owner.log("garbled", "a script wrote where only answers go", level="error", why=str(problem))
            self.kill()

    def errReceived(self, data: bytes) -> None:
        """What scripts print."""
        for line in data.decode("utf-8", "replace").splitlines():
            if line.strip():
                self._owner.log("printed", line[:MOST_SAID])

    def processEnded(self, reason: Any) -> None:
        """It is gone, and all it wrote has been read."""
        if not self.lost:
            code = getattr(reason.value, "exitCode", None)
            head = None
            if self._jobs and code != RETIRED:
                head = self._jobs.popleft()
            self._lose()
            if head is not None:
                head.done.callback(Answer(error=f"the process that ran the script ended: {reason.value}"))
        self.ended.callback(None)

    def _take(self, message: Ready | Answer) -> None:
        self._since = self._owner.clock.seconds()
        if isinstance(message, Ready):
            self.ready = True
            self._stop_timer()
        elif not self._jobs:
            raise ValueError("an answer that nobody asked for")
        else:
            job = self._jobs.popleft()
            self._doubtful -= job.doubtful
            if message.seconds < QUICK_SECONDS:
                self._owner.quick.add(job.script.key)
            elif message.seconds > SLOW_SECONDS:
                self._owner.quick.discard(job.script.key)
            job.done.callback(message)
        if not self.lost:
            self._owner.free(self)

    def _lose(self) -> None:
        self.lost = True
        self._stop_timer()
        jobs, self._jobs = self._jobs, deque()
        self._owner.gone(self, jobs, not self.ready)

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


class Pool:
    """Worker processes, started with the first request. `spawn` makes the process of a worker."""

    def __init__(self, spawn: Spawn, clock: Clock, log: Log, workers: int, deadline: float) -> None:
        self._spawn = spawn
        self.clock = clock
        self.log = log
        self.deadline = deadline
        self.quick: set[str] = set()
        self._most = workers
        self._workers: list[Worker] = []
        self._waiting: deque[Job] = deque()
        self._not_before = float("-inf")
        self._stopped = False

    def run(self, script: Compiled, request: Request) -> Deferred[Answer]:
        """Fires with the answer, which may be a failure; raises `GatewayError` QUEUE_FULL when too many wait."""
        if self._stopped:
            raise GatewayError(STOPPING)
        if len(self._waiting) >= MOST_WAITING:
            raise GatewayError(QUEUE_FULL, detail="too many messages wait for scripts")
        job = Job(script, request)
        if not self._waiting:
            able = [worker for worker in self._workers if worker.room > 0]
            if able:
                min(able, key=lambda worker: worker.busy).send(job)
                return job.done
        self._waiting.append(job)
        self._start_missing()
        return job.done

    def stop(self) -> Deferred[Any]:
        """Kills the workers; what they had not finished ends with `GatewayError` STOPPING."""
        self._stopped = True
        workers = list(self._workers)
        for worker in workers:
            worker.kill()
        self._refuse_waiting()
        return DeferredList([worker.ended for worker in workers])

    def free(self, worker: Worker) -> None:
        """A worker may have room."""
        waiting = self._waiting
        while waiting and worker.room > 0:
            worker.send(waiting.popleft())

    def gone(self, worker: Worker, unfinished: deque[Job], failed_to_start: bool) -> None:
        """A worker is lost; what it had not begun comes first."""
        self._workers.remove(worker)
        self._waiting.extendleft(reversed(unfinished))
        if self._stopped:
            return
        if failed_to_start:
            self.log("not_started", "a process for scripts could not be started", level="error")
            self._not_before = self.clock.seconds() + AGAIN_SECONDS
            if not self._workers:
                self._fail_waiting("no process for scripts can be started")
        elif self._waiting:
            self._start_missing()

    def _start_missing(self) -> None:
        if self.clock.seconds() < self._not_before:
            if not self._workers:
                self._fail_waiting("no process for scripts can be started")
            return
        while len(self._workers) < min(self._most, len(self._waiting) + sum(1 for each in self._workers if each.busy)):
            worker = Worker(self)
            self._workers.append(worker)
            self._spawn(worker)

    def _fail_waiting(self, why: str) -> None:
        waiting, self._waiting = self._waiting, deque()
        for job in waiting:
            job.done.callback(Answer(error=why))

    def _refuse_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for job in waiting:
            job.done.errback(GatewayError(STOPPING))


def run_here(script: Compiled, request: Request) -> Answer:
    """Runs a trusted script in this process."""
    try:
        return run(script.program, request)
    except MemoryError:
        return Answer(error="MemoryError")
