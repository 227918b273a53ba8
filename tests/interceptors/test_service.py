"""What scripts' outcomes do to messages, in the pipeline and at the doors' tables."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred, succeed

from http_api.replies import refusal_of
from interceptors.contract import Answer, Request
from interceptors.runner import run_here
from interceptors.scripts import Compiled, Script
from interceptors.service import Interception
from interceptors.table import Interceptor, InterceptorBook
from jasminlike.errors import NO_MONEY, GatewayError
from jasminlike.filters.addresses import DestinationAddrFilter
from jasminlike.message.model import SMPP, Address, Incoming
from jasminlike.pipeline.accept import read_text
from jasminlike.pipeline.interception import HELD_INCOMING, HELD_SUBMITS, Held, Replies
from jasminlike.settings.schema import Interceptors as Settings
from jasminlike.smpps.replies import status_of
from tests.contract.conftest import Embedded, engine  # noqa: F401 - a fixture
from tests.interceptors.conftest import Logged
from tests.pipeline.house import USER, House, a_submission


class Things(dict[str, dict[str, Any]]):
    """A catalogue in memory."""

    def all(self, kind: str) -> dict[str, Any]:
        return self.get(kind, {})


class Here:
    """Runs what is not trusted in this process, too."""

    def run(self, script: Compiled, request: Request) -> Deferred[Answer]:
        return succeed(run_here(script, request))


class Room:
    """A pipeline with scripts."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.logged = Logged()
        self.things = Things()
        self.use()

    def use(self, **settings: Any) -> None:
        self.book = InterceptorBook(self.things, self.logged)
        self.scripts = Interception(
            self.book, Here(), Settings(**settings), self.house.stats, self.logged, read_text, self.house._now, "/tmp"
        )
        self.house.intake.scripts = self.house.inbound.scripts = self.scripts

    def script(self, side: Any, code: str, order: int = 0, filters: tuple[str, ...] = (), trusted: bool = True) -> None:
        kind = f"{side.lower()}interceptor"
        entry = Interceptor(side, order, Script("/nowhere/x.py", code, trusted), filters, order == 0)
        self.things.setdefault(kind, {})[str(order)] = entry
        self.scripts.changed(kind, str(order), None, entry)

    def filter(self, fid: str, prefix: str) -> None:
        self.things.setdefault("filter", {})[fid] = DestinationAddrFilter(fid, f"^{prefix}")

    async def refusal(self, door: str = "httpapi") -> GatewayError:
        with pytest.raises(GatewayError) as refused:
            await self.house.intake.accept(a_submission(door=door))
        return refused.value


@pytest.fixture
def room(engine: Embedded):  # type: ignore[no-untyped-def]  # noqa: F811
    house = House(engine)
    yield Room(house)
    house.inbound.stop()


MATRIX = [
    ("http_status = 402", (402, "Interception specific error code 402"), 255),
    ("smpp_status = 20", (520, "Interception specific error code 520"), 20),
    ("http_status = 402\nsmpp_status = 20", (402, "Interception specific error code 402"), 20),
    ("http_status = 200", (400, "Failed running interception script, check log for details"), 255),
    ("smpp_status = 0", (520, "Interception specific error code 520"), None),
    ("1 / 0", (400, "Failed running interception script, check log for details"), 8),
    ("smpp_status = 123456", (520, "Interception specific error code 520"), 8),
]


@pytest.mark.parametrize(("code", "http", "smpp"), MATRIX)
@ensureDeferred
async def test_the_outcomes_at_both_doors(room: Room, code: str, http: tuple[int, str], smpp: int | None):
    room.script("MT", code)
    assert refusal_of(await room.refusal())[:2] == http
    if smpp is not None:
        assert status_of(await room.refusal(SMPP)) == smpp
    assert room.house.broker.depth() == 0


@ensureDeferred
async def test_a_message_answered_and_not_sent(room: Room):
    room.script("MT", "smpp_status = 0\nextra['message_id'] = 'mine'")
    taken = await room.house.intake.accept(a_submission(door=SMPP))
    assert (taken.id, taken.parts) == ("mine", 0)
    room.script("MT", "smpp_status = 0")
    assert len((await room.house.intake.accept(a_submission(door=SMPP))).id) == 36
    assert room.house.broker.depth() == 0


@ensureDeferred
async def test_a_changed_submission_goes_on(room: Room):
    room.script(
        "MT",
        "routable.pdu.params['short_message'] = 'x' * 200\nroutable.addTag('vip')\n"
        "routable.pdu.params['source_addr'] = 'Me'\nroutable.pdu.params['source_addr_ton'] = 5\n"
        "routable.lockPduParam('source_addr_ton')\nroutable.pdu.params['priority_flag'] = 3\n"
        "routable.addCustomTlv(0x1401, 'Int1', 7)\n",
        trusted=False,
    )
    submission = a_submission(source=Address("Shop"))
    assert (await room.house.intake.accept(submission)).parts == 2
    assert room.house.subjects[-1].tags == ["vip"]
    part, _ = await room.house.queued("one", 2)
    assert (part.source, part.priority, part.locks) == (Address("Me", 5, 0), 3, ("source_addr_ton",))
    assert (0x1401, b"\7") in part.tlvs
    assert room.house.stats.http.interceptor_count == 1


@ensureDeferred
async def test_validity_set_by_a_script(room: Room):
    room.script("MT", "routable.pdu.params['validity_period'] = b'000000010000000R'")
    await room.house.intake.accept(a_submission(validity_minutes=5))
    (part,) = await room.house.queued("one", 1)
    assert part.expires_at == room.house.now + 3600
    room.script("MT", "routable.pdu.params['validity_period'] = b'tomorrow'")
    assert (await room.refusal()).reason.code == "interceptor_failed"


@ensureDeferred
async def test_the_highest_interceptor_that_matches_runs_alone(room: Room):
    room.filter("uk", "44")
    room.filter("us", "1")
    for order, filters in ((0, ()), (5, ("uk",)), (9, ("us",)), (7, ("gone",))):
        room.script("MT", f"routable.addTag({order})", order, filters)
    await room.house.intake.accept(a_submission())
    assert room.house.subjects[-1].tags == ["5"]
    await room.house.intake.accept(a_submission(destination=Address("4917")))
    assert room.house.subjects[-1].tags == ["0"]
    assert ("unusable", "an interceptor matches nothing") in [(a, b) for a, b, _ in room.logged]


@ensureDeferred
async def test_without_interceptors_nothing_is_asked(room: Room):
    room.house.intake.scripts = Blind()
    await room.house.intake.accept(a_submission())
    await room.house.inbound.take(an_incoming())
    assert not (room.scripts.outgoing or room.scripts.incoming)


class Blind:
    outgoing = incoming = False


@ensureDeferred
async def test_on_failure_pass(room: Room):
    room.use(on_failure="pass")
    room.script("MT", "routable.addTag('lost')\n1 / 0")
    await room.house.intake.accept(a_submission())
    assert room.house.subjects[-1].tags == []
    assert [params["why"] for type, _, params in room.logged if type == "failed"] == [
        "ZeroDivisionError: division by zero (line 2)"
    ]
    assert len(await room.house.queued("one", 1)) == 1


@ensureDeferred
async def test_on_failure_hold_and_letting_go(room: Room):
    house = room.house
    room.use(on_failure="hold")
    room.script("MT", "1 / 0")
    room.script("MO", "1 / 0")
    taken = await house.intake.accept(a_submission(validity_minutes=5))
    await house.inbound.take(an_incoming())
    assert (house.broker.depth(HELD_SUBMITS), house.broker.depth(HELD_INCOMING)) == (1, 1)
    held = Held(house.broker, house.inbound.route)
    held.start()
    (part,) = await house.queued("one", 1)
    assert (part.message, part.expires_at) == (taken.id, house.now + 300)
    assert len(await house.got("mo.hook", 1)) == 1
    held.stop()


@ensureDeferred
async def test_a_quote_runs_scripts(room: Room):
    room.script("MT", "http_status = 402")
    with pytest.raises(GatewayError) as refused:
        await room.house.intake.quote(a_submission())
    assert refused.value.where == "402"


@ensureDeferred
async def test_a_slow_script_is_named(room: Room):
    room.use(log_slow_script=1e-9)
    room.script("MT", "pass")
    await room.house.intake.accept(a_submission())
    assert "slow" in room.logged.types()


# --- messages from subscribers ----------------------------------------------------------------------------------


def an_incoming(payload: bytes = b"hello", **fields: Any) -> Incoming:
    return Incoming("m1", "north", Address("4917", 1, 1), Address("12345"), payload, **fields)


@pytest.mark.parametrize(
    ("code", "where"),
    [("smpp_status = 20", "20"), ("http_status = 402", "255"), ("smpp_status = 0", "8"), ("http_status = 200", "255"),
     ("1 / 0", "")],
)  # fmt: skip
@ensureDeferred
async def test_the_outcomes_for_an_operator(room: Room, code: str, where: str):
    room.script("MO", code)
    with pytest.raises(GatewayError) as refused:
        await room.house.inbound.take(an_incoming())
    assert refused.value.where == where
    assert room.house.broker.depth() == 0
    assert room.house.logged == [("incoming", "m1", ())]
    assert room.house.stats.connector("north").interceptor_error_count == 1


@ensureDeferred
async def test_a_changed_incoming_message_goes_on(room: Room):
    room.script("MO", "routable.addTag(routable.connector.cid)\nroutable.pdu.params['destination_addr'] = '999'")
    await room.house.inbound.take(an_incoming())
    assert (room.house.subjects[-1].destination, room.house.subjects[-1].tags) == ("999", ["north"])
    room.script("MO", "routable.pdu.params['service_type'] = 'x'")
    with pytest.raises(GatewayError) as refused:
        await room.house.inbound.take(an_incoming())
    assert refused.value.detail == "service_type cannot be set on a message from a subscriber"


@ensureDeferred
async def test_a_long_message_is_seen_whole_and_once(room: Room):
    room.script("MO", "routable.addTag(routable.text)")
    room.house.inbound.start()
    for seq in (1, 2):
        payload = bytes((5, 0, 3, 7, 2, seq)) + b"part%d " % seq
        await room.house.inbound.take(an_incoming(payload, esm_class=0x40))
    await room.house.got("mo.hook", 1)
    assert [subject.tags for subject in room.house.subjects] == [["part1 part2 "]]


@pytest.mark.parametrize(("code", "parked"), [("smpp_status = 20", 0), ("1 / 0", 2)])
@ensureDeferred
async def test_a_long_message_that_is_not_passed_on(room: Room, code: str, parked: int):
    room.script("MO", code)
    room.house.inbound.start()
    for seq in (1, 2):
        payload = bytes((5, 0, 3, 7, 2, seq)) + b"part%d " % seq
        await room.house.inbound.take(an_incoming(payload, esm_class=0x40))
    while room.house.broker.depth():
        await room.house.swept()
    assert room.house.broker.parked == parked


class Purse:
    """An intake that notes what it is given, or refuses."""

    def __init__(self, refusal: GatewayError | None = None) -> None:
        self.taken: list[Any] = []
        self.refusal = refusal

    async def accept(self, submission: Any) -> Any:
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(submission)


class Enabled:
    enabled = True


def _things(kind: str, key: str) -> Any:
    return {("user", "u1"): USER, ("group", "g1"): Enabled}.get((kind, key))


@ensureDeferred
async def test_replies_are_sent_as_the_account(room: Room):
    purse = Purse()
    room.scripts.reply = Replies(purse.accept, _things, "u1").send
    room.script("MO", "reply('Thanks')\nreply('Спасибо')")
    await room.house.inbound.take(an_incoming())
    assert [(each.user.uid, each.destination.digits, each.source.digits) for each in purse.taken] == [
        ("u1", "4917", "12345")
    ] * 2
    assert [(each.payload, each.data_coding) for each in purse.taken] == [
        (b"Thanks", 0), ("Спасибо".encode("utf-16-be"), 8),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (None, "interceptors.reply_user is not set"),
        (Replies(Purse().accept, _things, "u9").send, "u9: there is no such account, or it is disabled"),
        (Replies(Purse(GatewayError(NO_MONEY)).accept, _things, "u1").send, NO_MONEY.text),
    ],
)
@ensureDeferred
async def test_a_reply_that_cannot_be_sent_is_logged_and_the_message_goes_on(room: Room, reply: Any, why: str):
    room.scripts.reply = reply
    room.script("MO", "reply('Thanks')")
    await room.house.inbound.take(an_incoming())
    assert [params["why"] for type, _, params in room.logged if type == "reply_failed"] == [why]
    assert len(room.house.subjects) == 1
