"""Worker processes: scripts that hang, raise, eat memory or die harm only their own message."""

from __future__ import annotations

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock

from interceptors import runner
from interceptors.contract import Answer, Ready, frame
from interceptors.runner import MOST_AHEAD, Pool, Worker, run_here
from interceptors.scripts import Compiled
from jasminlike.errors import QUEUE_FULL, STOPPING, GatewayError
from tests.interceptors.conftest import Logged, Make, a_request, compiled

TAG = compiled("routable.addTag(routable.pdu.params['short_message'].decode())")


def run(pool: Pool, script: Compiled, text: bytes = b"hello") -> Deferred[Answer]:
    request = a_request(script)
    request.params["short_message"] = text
    return pool.run(script, request)


@pytest_twisted.inlineCallbacks
def test_answers_come_to_those_who_asked(pools: Make):
    pool = pools(workers=2)
    answers = yield gatherResults([run(pool, TAG, b"%d" % number) for number in range(200)])
    assert [answer.tags for answer in answers] == [[str(number)] for number in range(200)]
    assert {answer.error for answer in answers} == {""}


@pytest.mark.parametrize(
    "hang",
    [
        "while True: pass",
        "import socket\na, b = socket.socketpair()\na.recv(1)",
        "while True:\n  try: 1/0\n  except BaseException: pass",
    ],
)
@pytest_twisted.inlineCallbacks
def test_a_script_over_its_deadline_fails_alone(pools: Make, hang: str):
    pool = pools(deadline=0.3)
    endless = run(pool, compiled(hang))
    behind = gatherResults([run(pool, TAG, b"%d" % number) for number in range(20)])
    answer = yield endless
    assert answer.error == "the script ran longer than 0.3 s"
    answers = yield behind
    assert [each.tags for each in answers] == [[str(number)] for number in range(20)]


@pytest_twisted.inlineCallbacks
def test_another_worker_goes_on_while_one_hangs(pools: Make):
    pool = pools(workers=2, deadline=600.0)
    yield gatherResults([run(pool, TAG), run(pool, TAG)])
    endless = run(pool, compiled("while True: pass"))
    answers = yield gatherResults([run(pool, TAG, b"%d" % number) for number in range(20)])
    assert [each.error for each in answers] == [""] * 20
    assert not endless.called
    yield pool.stop()
    with pytest.raises(GatewayError) as stopped:
        yield endless
    assert stopped.value.reason is STOPPING


@pytest_twisted.inlineCallbacks
def test_a_script_that_wants_too_much_memory_fails_alone(pools: Make):
    pool = pools(megabytes=300)
    bomb = run(pool, compiled("x = []\nwhile True: x.append(bytes(10_000_000))"))
    behind = gatherResults([run(pool, TAG, b"%d" % number) for number in range(5)])
    answer = yield bomb
    assert answer.error == "MemoryError: the script needs more memory than is allowed"
    answers = yield behind
    assert [each.tags for each in answers] == [[str(number)] for number in range(5)]


@pytest_twisted.inlineCallbacks
def test_a_script_that_ends_its_process_fails_alone(pools: Make):
    pool = pools()
    dead = run(pool, compiled("import os\nos._exit(3)"))
    behind = run(pool, TAG)
    answer = yield dead
    assert "the process that ran the script ended" in answer.error
    answer = yield behind
    assert answer.tags == ["hello"]


@pytest_twisted.inlineCallbacks
def test_what_a_script_raises_is_its_answer_and_the_process_lives(pools: Make):
    pool = pools()
    whose = compiled("import os\nextra['message_id'] = str(os.getpid())")
    before = yield run(pool, whose)
    failed = yield run(pool, compiled("a = 1\n\nraise KeyError('gone')"))
    left = yield run(pool, compiled("import sys\nsys.exit(1)"))
    after = yield run(pool, whose)
    assert failed.error == "KeyError: 'gone' (line 3)"
    assert left.error.startswith("SystemExit: 1")
    assert before.message_id == after.message_id != ""


@pytest_twisted.inlineCallbacks
def test_what_a_script_prints_is_logged_and_harms_nothing(pools: Make, logged: Logged):
    pool = pools()
    answer = yield run(pool, compiled("import os\nprint('looked up')\nos.write(1, b'raw\\n')"))
    assert answer.error == ""
    yield pool.stop()
    assert [message for type, message, _ in logged if type == "printed"] == ["looked up", "raw"]


@pytest_twisted.inlineCallbacks
def test_scripts_know_no_secrets_of_the_gateway(pools: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JASMINLIKE_JCLI_PASSWORD", "s3cret")
    monkeypatch.setenv("LOOKUP_TOKEN", "t0ken")
    pool = pools()
    answer = yield run(pool, compiled("import os\nfor name in os.environ: routable.addTag(name)"))
    assert "LOOKUP_TOKEN" in answer.tags
    assert "JASMINLIKE_JCLI_PASSWORD" not in answer.tags


@pytest_twisted.inlineCallbacks
def test_a_file_beside_the_state_of_scripts_is_taken_for_no_module(pools: Make, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "json.py").write_text("raise SystemExit('not this one')")
    answer = yield run(pools(), TAG)
    assert answer.tags == ["hello"]


# --- with processes that a test plays ---------------------------------------------------------------------------


class Transport:
    def __init__(self) -> None:
        self.pid = 1
        self.written: list[bytes] = []
        self.signals: list[str] = []

    def write(self, octets: bytes) -> None:
        self.written.append(octets)

    def signalProcess(self, name: str) -> None:
        self.signals.append(name)

    def loseConnection(self) -> None:
        self.written.append(b"closed")


class Stage:
    """A pool whose processes are the test's."""

    def __init__(self, workers: int = 1, deadline: float = 5.0) -> None:
        self.clock = Clock()
        self.logged = Logged()
        self.workers: list[Worker] = []
        self.pool = Pool(self._spawn, self.clock, self.logged, workers, deadline)  # type: ignore[arg-type]

    def _spawn(self, worker: Worker) -> None:
        worker.transport = Transport()
        self.workers.append(worker)

    def ready(self, place: int = 0) -> None:
        self.workers[place].outReceived(frame(Ready(1)))

    def answers(self, place: int = 0, **fields: object) -> None:
        self.workers[place].outReceived(frame(Answer(**fields)))  # type: ignore[arg-type]

    def run(self) -> Deferred[Answer]:
        return run(self.pool, TAG)


def result(done: Deferred[Answer]) -> Answer:
    assert done.called
    answer = done.result
    assert isinstance(answer, Answer)
    return answer


def test_no_process_before_the_first_request() -> None:
    assert Stage(workers=4).workers == []


def test_a_worker_is_sent_several_ahead_of_a_script_that_was_quick_and_one_of_another() -> None:
    stage = Stage()
    for _ in range(200):
        stage.run()
    stage.ready()
    assert stage.workers[0].busy == 1, "nobody knows yet"
    stage.answers(seconds=0.0001)
    assert stage.workers[0].busy == MOST_AHEAD
    stage.answers(seconds=0.5)
    for _ in range(MOST_AHEAD - 1):
        stage.answers(seconds=0.005)
    assert stage.workers[0].busy == 1


def test_nothing_is_sent_behind_a_new_script() -> None:
    stage = Stage(workers=2)
    stage.run()
    stage.run()
    stage.ready(0)
    stage.ready(1)
    stage.answers(0)
    stage.answers(1)
    run(stage.pool, compiled("while True: pass"))
    others = [stage.run() for _ in range(20)]
    stuck, free = sorted(stage.workers, key=lambda worker: worker.busy)
    assert (stuck.busy, free.busy) == (1, 20)
    assert not any(other.called for other in others)


def test_the_time_of_a_request_begins_when_the_worker_begins_it() -> None:
    stage = Stage(deadline=5.0)
    first = stage.run()
    stage.clock.advance(20.0)  # the process takes long to start
    stage.ready()
    stage.clock.advance(4.9)
    assert not first.called
    stage.clock.advance(0.2)
    assert result(first).error == "the script ran longer than 5 s"
    assert stage.workers[0].transport.signals == ["KILL"]


def test_a_late_answer_of_a_killed_worker_is_nobodys() -> None:
    stage = Stage(deadline=5.0)
    late = stage.run()
    stage.ready()
    stage.clock.advance(6.0)
    again = stage.run()
    stage.answers(0, message_id="late")
    assert len(stage.workers) == 2
    stage.ready(1)
    stage.answers(1, message_id="mine")
    assert (result(late).message_id, result(again).message_id) == ("", "mine")


def test_no_timer_remains_when_nothing_runs() -> None:
    stage = Stage()
    stage.run()
    stage.ready()
    stage.answers()
    stage.clock.advance(60.0)
    assert stage.clock.getDelayedCalls() == []


def test_a_process_that_cannot_start_fails_what_waits_and_is_not_tried_at_once() -> None:
    stage = Stage()
    first = stage.run()
    stage.workers[0].processEnded(_Ended())
    assert result(first).error == "no process for scripts can be started"
    second = stage.run()
    assert result(second).error == "no process for scripts can be started"
    assert stage.logged.types() == ["not_started"]
    stage.clock.advance(1.1)
    third = stage.run()
    stage.ready(1)
    stage.answers(1)
    assert result(third).error == ""


def test_a_process_that_is_never_ready_is_killed() -> None:
    stage = Stage()
    first = stage.run()
    stage.clock.advance(31.0)
    assert result(first).error == "no process for scripts can be started"
    assert stage.workers[0].transport.signals == ["KILL"]


def test_octets_that_are_no_answer_end_the_worker() -> None:
    stage = Stage()
    lost = stage.run()
    stage.ready()
    stage.workers[0].outReceived(b"\xff\xff\xff\xff")
    assert stage.logged.types() == ["garbled"]
    assert not lost.called, "it was perhaps not begun: another worker is given it"
    stage.ready(1)
    stage.answers(1, message_id="x")
    assert result(lost).message_id == "x"


def test_too_many_waiting_are_refused_for_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MOST_WAITING", 3)
    stage = Stage()
    for _ in range(3):
        stage.run()
    with pytest.raises(GatewayError) as refused:
        stage.run()
    assert refused.value.reason is QUEUE_FULL


def test_a_trusted_script_runs_here() -> None:
    script = compiled("routable.addTag('x')")
    assert run_here(script, a_request(script)).tags == ["x"]
    script = compiled("raise MemoryError")
    assert run_here(script, a_request(script)).error == "MemoryError"


class _Ended:
    class value:
        exitCode = 1
