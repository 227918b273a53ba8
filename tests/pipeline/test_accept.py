"""The way in: what is refused costs nothing and leaves nothing, what is accepted is stored whole."""

from __future__ import annotations

import msgspec
import pytest
import pytest_twisted

from jasminlike.accounts.model import MtAuthorization, MtDefault, MtQuota, MtValueFilter, User
from jasminlike.errors import GatewayError
from jasminlike.interfaces import Plan
from jasminlike.message.model import HTTP, SMPP, Address, ReceiptWish
from jasminlike.pipeline.accept import MESSAGE_PAYLOAD, MORE_MESSAGES_TO_SEND, SAR_MSG_REF_NUM, read_text
from tests.pipeline.house import ALL, USER, House, a_submission


async def refusal(house: House, submission) -> GatewayError:
    """Why it is refused; nothing of it may remain."""
    before = house.purses.of("u1").balance, house.purses.of("u1").messages, house.broker.depth()
    with pytest.raises(GatewayError) as caught:
        await house.intake.accept(submission)
    assert (house.purses.of("u1").balance, house.purses.of("u1").messages, house.broker.depth()) == before
    assert house.stats.gateway.accepted_count == 0
    return caught.value


def user(**fields) -> User:
    return msgspec.structs.replace(USER, **fields)


@pytest_twisted.ensureDeferred
async def test_what_is_accepted_is_recorded_and_queued(house):
    accepted = await house.intake.accept(
        a_submission(b"hello", source=Address("Shop", 5, 0), receipt=ALL, tags=["a"], tlvs=[(0x1400, b"x")], priority=2)
    )
    assert accepted.parts == 1
    view = await house.records.find(accepted.id)
    assert (view.state, view.final, view.user, view.source, view.destination, view.connector) == (
        "queued",
        False,
        "u1",
        "Shop",
        "447700900123",
        "one",
    )
    assert (view.payload, view.total, view.door) == (b"hello", 1, HTTP)
    [part] = await house.queued("one", 1)
    assert (part.message, part.number, part.total, part.connector, part.others) == (accepted.id, 1, 1, "one", ())
    assert (part.payload, part.esm_class, part.registered_delivery, part.priority) == (b"hello", 3, 1, 2)
    assert (part.tlvs, part.receipt, part.created_at) == (((0x1400, b"x"),), ALL, house.now)
    assert house.logged == [("accepted", accepted.id, "one", 1)]
    assert (house.stats.gateway.accepted_count, house.stats.gateway.parts_count) == (1, 1)


@pytest_twisted.ensureDeferred
async def test_it_survives_a_restart(house):
    accepted = await house.intake.accept(a_submission())
    await house.restart()
    [part] = await house.queued("one", 1)
    assert part.message == accepted.id


@pytest.mark.parametrize(
    ("authorization", "fields", "text"),
    [
        ({"http_send": False}, {}, "Cannot send MT messages"),
        ({"smpps_send": False}, {"door": SMPP}, "Cannot send MT messages"),
        ({"http_long_content": False}, {"payload": b"x" * 161}, "Long content not authorized"),
        ({"set_dlr_level": False}, {"given": frozenset({"dlr_level"})}, "Setting dlr level not authorized"),
        ({"http_set_dlr_method": False}, {"given": frozenset({"dlr_method"})}, "Setting dlr method not authorized"),
        ({"set_source_address": False}, {"given": frozenset({"source_address"})}, "Setting source address not"),
        ({"set_priority": False}, {"given": frozenset({"priority"})}, "Setting priority not authorized"),
        ({"set_validity_period": False}, {"given": frozenset({"validity_period"})}, "Setting validity period not"),
        (
            {"set_schedule_delivery_time": False},
            {"given": frozenset({"schedule_delivery_time"})},
            "Setting schedule delivery time not authorized",
        ),
        ({"set_hex_content": False}, {"given": frozenset({"hex_content"})}, "Setting hex content not authorized"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_the_account_may_not_do(house, authorization, fields, text):
    who = user(mt_authorization=MtAuthorization(**authorization))
    problem = await refusal(house, a_submission(**{"user": who, **fields}))
    assert problem.reason.code == "not_authorized"
    assert problem.public.startswith("Authorization failed for user [shop] (" + text)
    assert problem.where == next(iter(authorization))


@pytest_twisted.ensureDeferred
async def test_an_authorization_is_needed_only_for_what_was_given(house):
    nothing = MtAuthorization(set_dlr_level=False, set_priority=False, set_source_address=False)
    accepted = await house.intake.accept(
        a_submission(user=user(mt_authorization=nothing), given=frozenset({"validity_period"}), validity_minutes=5)
    )
    assert accepted.parts == 1


@pytest.mark.parametrize(
    ("filters", "fields", "where"),
    [
        ({"destination_address": "^33"}, {}, "to"),
        ({"source_address": "^Shop$"}, {"source": Address("Other")}, "from"),
        ({"priority": "^[01]$"}, {"priority": 2, "given": frozenset({"priority"})}, "priority"),
        ({"validity_period": "^1$"}, {"validity_minutes": 5}, "validity"),
        ({"content": "^Dear"}, {}, "content"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_values_outside_what_may_be_sent(house, filters, fields, where):
    who = user(mt_valuefilter=MtValueFilter(**filters))
    problem = await refusal(house, a_submission(**{"user": who, **fields}))
    assert (problem.reason.code, problem.where) == ("value_filter", where)
    assert problem.public.startswith("Value filter failed for user [shop] (")


@pytest.mark.parametrize(
    ("filters", "fields"),
    [
        ({"destination_address": "447", "content": "he"}, {}),
        ({"source_address": "^Shop$"}, {"source": None}),
        ({"source_address": "^Shop$"}, {"source": Address("Shop")}),
        ({"content": "^Dear"}, {"given": frozenset({"hex_content"})}),
        ({"content": "^a.b$"}, {"payload": b"a\nb"}),
        ({"priority": "^0$"}, {"priority": 3}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_values_inside_what_may_be_sent(house, filters, fields):
    who = user(mt_valuefilter=MtValueFilter(**filters))
    assert (await house.intake.accept(a_submission(**{"user": who, **fields}))).parts == 1


@pytest_twisted.ensureDeferred
async def test_no_route(house):
    house.plan_is = None
    assert (await refusal(house, a_submission())).reason.code == "no_route"


@pytest_twisted.ensureDeferred
async def test_a_plan_keeps_to_connectors_that_exist(house):
    house.plan_is = Plan(("gone", "two", "one"), 0, "failover")
    await house.intake.accept(a_submission())
    [part] = await house.queued("two", 1)
    assert (part.connector, part.others) == ("two", ("one",))
    house.plan_is = Plan(("gone",), 0, "r")
    with pytest.raises(GatewayError) as caught:
        await house.intake.accept(a_submission())
    assert caught.value.reason.code == "no_connector"


@pytest_twisted.ensureDeferred
async def test_a_plan_of_bound_connectors_alone(house):
    house.plan_is = Plan(("one", "two", "three"), 0, "failover", only_bound=True)
    problem = await refusal(house, a_submission())
    assert (problem.reason.code, problem.reason.temporary) == ("no_connector", True)
    house.links.up = {"two", "three"}
    await house.intake.accept(a_submission())
    [part] = await house.queued("two", 1)
    assert part.others == ("three",)


@pytest_twisted.ensureDeferred
async def test_no_more_is_held_than_may_be(engine):
    house = House(engine)
    house.limits = {"max_stored": 2}
    await house.restart()
    await house.intake.accept(a_submission())
    with pytest.raises(GatewayError) as caught:
        await house.intake.accept(a_submission(b"x" * 200))
    assert (caught.value.reason.code, caught.value.reason.temporary) == ("queue_full", True)
    await house.intake.accept(a_submission())
    house.inbound.stop()


@pytest_twisted.ensureDeferred
async def test_nothing_is_accepted_while_stopping(house):
    house.intake.stopping = True
    assert (await refusal(house, a_submission())).reason.code == "stopping"


@pytest.mark.parametrize(("door", "quota"), [(HTTP, "http_throughput"), (SMPP, "smpps_throughput")])
@pytest_twisted.ensureDeferred
async def test_an_accounts_throughput_counts_parts(house, door, quota):
    slow = user(mt_quota=MtQuota(**{quota: 2.0}))
    await house.intake.accept(a_submission(user=slow, door=door))
    await house.intake.accept(a_submission(user=slow, door=door))
    with pytest.raises(GatewayError) as caught:
        await house.intake.accept(a_submission(user=slow, door=door))
    assert (caught.value.reason.code, caught.value.reason.temporary) == ("throughput_exceeded", True)
    await house.intake.accept(a_submission(user=slow, door=SMPP if door == HTTP else HTTP))
    house.now += 0.5
    await house.intake.accept(a_submission(user=slow, door=door))
    faster = user(mt_quota=MtQuota(**{quota: 20.0}))
    await house.intake.accept(a_submission(user=faster, door=door))
    house.intake.forget("u1")
    house.intake.forget("nobody")
    await house.intake.accept(a_submission(user=slow, door=door))


@pytest_twisted.ensureDeferred
async def test_the_default_source(house):
    who = user(mt_default=MtDefault("Default"))
    await house.intake.accept(a_submission(user=who))
    await house.intake.accept(a_submission(user=who, source=Address("Own")))
    first, second = await house.queued("one", 2)
    assert (first.source.digits, second.source.digits) == ("Default", "Own")
    assert [subject.source for subject in house.subjects] == ["Default", "Own"]


@pytest_twisted.ensureDeferred
async def test_expiry_by_minutes_or_moment(house):
    await house.intake.accept(a_submission(validity_minutes=5))
    await house.intake.accept(a_submission(door=SMPP, expires_at=house.now + 7, validity=b"000000000007000R"))
    first, second = await house.queued("one", 2)
    assert (first.expires_at, second.expires_at) == (house.now + 300, house.now + 7)
    assert second.validity == b"000000000007000R"


@pytest_twisted.ensureDeferred
async def test_a_long_text_is_split_with_headers(house):
    accepted = await house.intake.accept(
        a_submission(b"a" * 400, receipt=ReceiptWish(2, "http://x/"), tlvs=[(9, b"v")])
    )
    assert accepted.parts == 3
    parts = await house.queued("one", 3)
    assert [part.esm_class for part in parts] == [0x40] * 3
    assert [part.payload[:6] for part in parts] == [bytes((5, 0, 3, 1, 3, number)) for number in (1, 2, 3)]
    assert b"".join(part.payload[6:] for part in parts) == b"a" * 400
    assert [part.registered_delivery for part in parts] == [1, 1, 1]
    assert [dict(part.tlvs)[MORE_MESSAGES_TO_SEND] for part in parts] == [b"\1", b"\1", b"\0"]
    assert all((9, b"v") in part.tlvs for part in parts)
    assert [(part.number, part.total) for part in parts] == [(1, 3), (2, 3), (3, 3)]


@pytest_twisted.ensureDeferred
async def test_a_long_text_is_split_with_sar(engine):
    house = House(engine)
    house.limits = {"split": "sar"}
    await house.restart()
    await house.intake.accept(a_submission(b"a" * 400))
    parts = await house.queued("one", 3)
    assert [part.esm_class for part in parts] == [3] * 3
    assert b"".join(part.payload for part in parts) == b"a" * 400
    marks = [dict(part.tlvs) for part in parts]
    assert [(each[SAR_MSG_REF_NUM], each[0x020E], each[0x020F]) for each in marks] == [
        (b"\0\1", b"\3", bytes((number,))) for number in (1, 2, 3)
    ]
    assert all(MORE_MESSAGES_TO_SEND not in each and MESSAGE_PAYLOAD not in each for each in marks)
    house.inbound.stop()


@pytest_twisted.ensureDeferred
async def test_references_differ_between_texts(house):
    for _ in range(2):
        await house.intake.accept(a_submission(b"a" * 200))
    parts = await house.queued("one", 4)
    assert [part.payload[3] for part in parts] == [1, 1, 2, 2]


@pytest_twisted.ensureDeferred
async def test_a_text_of_too_many_parts(house):
    problem = await refusal(house, a_submission(b"a" * 766))
    assert (problem.reason.code, problem.where) == ("too_long", "content")
    assert problem.public == "The text needs 6 parts, 5 are allowed"


@pytest_twisted.ensureDeferred
async def test_what_comes_over_smpp_is_passed_on_as_it_is(house):
    long = b"\x05\x00\x03\x09\x02\x01" + b"a" * 200
    wish = ReceiptWish(registered_delivery=0x13)
    await house.intake.accept(
        a_submission(long, door=SMPP, esm_class=0x43, receipt=wish, data_coding=8, service_type="X")
    )
    [part] = await house.queued("one", 1)
    assert (part.payload, part.esm_class, part.registered_delivery, part.total) == (long, 0x43, 0x13, 1)
    assert (part.data_coding, part.service_type, part.tlvs) == (8, "X", ())


@pytest_twisted.ensureDeferred
async def test_without_a_wish_no_receipt_is_asked_for(house):
    await house.intake.accept(a_submission())
    [part] = await house.queued("one", 1)
    assert part.registered_delivery == 0


# --- money -------------------------------------------------------------------------------------------------------


async def rich(house: House, balance: int | None, messages: int | None = None) -> None:
    await house.ledger.set("u1", balance, messages)
    purse = house.purses.of("u1")
    purse.balance, purse.messages = balance, messages


async def durable_purse(house: House) -> tuple[int | None, int | None]:
    await house.durable()
    return next(row[1:] for row in await house.ledger.load() if row[0] == "u1")


@pytest_twisted.ensureDeferred
async def test_a_message_is_charged_with_its_commit(house):
    await rich(house, 10_000_000, 10)
    house.plan_is = Plan(("one",), 1_500_000, "r")
    await house.intake.accept(a_submission(b"a" * 200))
    assert (house.purses.of("u1").balance, house.purses.of("u1").messages) == (7_000_000, 8)
    assert await durable_purse(house) == (7_000_000, 8)
    parts = await house.queued("one", 2)
    assert [(part.price, part.due_on_answer) for part in parts] == [(1_500_000, 0)] * 2


@pytest_twisted.ensureDeferred
async def test_an_early_share(house):
    await rich(house, 10_000_000)
    house.plan_is = Plan(("one",), 1_000_001, "r")
    early = user(mt_quota=MtQuota(early_decrement_balance_percent=33.0))
    await house.intake.accept(a_submission(b"a" * 200, user=early))
    parts = await house.queued("one", 2)
    share = 330_000
    assert house.purses.of("u1").balance == 10_000_000 - 2 * share
    assert [part.due_on_answer for part in parts] == [1_000_001 - share] * 2


@pytest_twisted.ensureDeferred
async def test_an_unlimited_account_owes_nothing_on_the_answer(house):
    house.plan_is = Plan(("one",), 1_000_000, "r")
    early = user(mt_quota=MtQuota(early_decrement_balance_percent=33.0))
    await house.intake.accept(a_submission(user=early))
    [part] = await house.queued("one", 1)
    assert part.due_on_answer == 0
    assert house.purses.of("u1").balance is None


@pytest.mark.parametrize(("balance", "messages"), [(2_999_999, None), (None, 1), (5_000_000, 1)])
@pytest_twisted.ensureDeferred
async def test_no_money_for_the_whole_of_it(house, balance, messages):
    await rich(house, balance, messages)
    house.plan_is = Plan(("one",), 1_500_000, "r")
    early = user(mt_quota=MtQuota(early_decrement_balance_percent=10.0))
    problem = await refusal(house, a_submission(b"a" * 200, user=early))
    assert problem.reason.code == "no_money"
    assert await durable_purse(house) == (balance, messages)


@pytest.mark.parametrize(("door", "limits"), [(HTTP, {"billing_http": False}), (SMPP, {"billing_smpp": False})])
@pytest_twisted.ensureDeferred
async def test_a_door_without_billing(engine, door, limits):
    house = House(engine)
    house.limits = limits
    await house.restart()
    await rich(house, 1, 0)
    house.plan_is = Plan(("one",), 1_000_000, "r")
    await house.intake.accept(a_submission(door=door))
    assert (house.purses.of("u1").balance, house.purses.of("u1").messages) == (1, 0)
    house.inbound.stop()


@pytest_twisted.ensureDeferred
async def test_two_at_once_cannot_both_spend_the_last(house):
    from twisted.internet.defer import Deferred, DeferredList

    await rich(house, 1_000_000)
    house.plan_is = Plan(("one",), 1_000_000, "r")
    tries = [Deferred.fromCoroutine(house.intake.accept(a_submission())) for _ in range(3)]
    outcomes = await DeferredList(tries, consumeErrors=True)
    assert sorted(success for success, _value in outcomes) == [False, False, True]
    assert await durable_purse(house) == (0, None)


@pytest_twisted.ensureDeferred
async def test_a_commit_that_fails_costs_nothing_and_leaves_nothing(house, broken_disk):
    await rich(house, 5_000_000, 5)
    house.plan_is = Plan(("one",), 1_000_000, "r")
    with broken_disk(house.engine.journal):
        problem = await refusal(house, a_submission(b"a" * 200))
    assert (problem.reason.code, problem.reason.temporary) == ("store_failed", True)
    accepted = await house.intake.accept(a_submission())
    assert await durable_purse(house) == (4_000_000, 4)
    assert house.broker.depth() == 1
    await house.restart()
    assert house.broker.depth() == 1
    [part] = await house.queued("one", 1)
    assert part.message == accepted.id


@pytest_twisted.ensureDeferred
async def test_a_quote_charges_nothing(house):
    await rich(house, 5_000_000, 5)
    house.plan_is = Plan(("one", "two"), 1_000_000, "r")
    quote = await house.intake.quote(a_submission(b"a" * 200))
    assert (quote.rate, quote.parts, quote.connectors) == (1_000_000, 2, ("one", "two"))
    assert (house.purses.of("u1").balance, house.broker.depth()) == (5_000_000, 0)
    house.plan_is = None
    with pytest.raises(GatewayError):
        await house.intake.quote(a_submission())


def test_a_text_is_read_without_its_header():
    assert read_text(b"\x05\x00\x03\x01\x02\x01hello", 0, 0x40) == "hello"
    assert read_text("é".encode("utf-16-be"), 8, 0) == "é"
