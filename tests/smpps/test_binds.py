"""The rules of a bind, and what operators' changes do to sessions."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from jasminlike.accounts.model import Group, SmppsAuthorization, SmppsQuota
from jasminlike.errors import AUTH_FAILED, QUEUE_FULL, GatewayError
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp.codec import encode
from jasminlike.smpp.pdu import BindReceiver, BindTransceiver, SubmitSm
from jasminlike.smpps.binds import may_come_from
from tests.smpps.esme import PASSWORD, Place, account, until

RVAL = {"trx": "bind_transceiver", "tx": "bind_transmitter", "rx": "bind_receiver"}


@pytest.mark.parametrize("kind", ["trx", "tx", "rx"])
@pytest_twisted.ensureDeferred
async def test_the_right_password_binds(place: Place, kind: str) -> None:
    esme = await place.bound(kind)
    bound = next(each.pdu for each in esme.events if isinstance(each, e.Bound))
    assert bound.system_id == b"smpps_01"
    assert bound.tlv(0x0210) == b"\x34"
    (shown,) = place.server.binds.sessions("acme")
    assert (shown.bind, shown.peer) == (RVAL[kind], "127.0.0.1")
    assert shown.since > 1.7e9
    assert place.logins.peers == ["127.0.0.1"]
    counters = place.stats.smpps
    assert [getattr(counters, f"bound_{each}_count") for each in RVAL] == [int(each == kind) for each in RVAL]
    assert [getattr(counters, f"bind_{each}_count") for each in RVAL] == [int(each == kind) for each in RVAL]


@pytest_twisted.ensureDeferred
async def test_a_login_that_is_known_is_not_checked_again(place: Place) -> None:
    place.logins.known = True
    await place.bound()
    assert place.logins.peers == []


@pytest.mark.parametrize(
    ("username", "password"), [("acme", "wrong"), ("nobody", PASSWORD), ("acme", ""), ("", ""), ("acme", "x" * 64)]
)
@pytest_twisted.ensureDeferred
async def test_a_wrong_name_or_password(place: Place, username: str, password: str) -> None:
    esme = await place.connect()
    assert await esme.bind("trx", username, password) == s.ESME_RINVPASWD
    assert place.kinds() == ["bind-refused"]
    assert password not in str(place.logged) or not password


@pytest_twisted.ensureDeferred
async def test_after_a_refusal_the_connection_may_try_again(place: Place) -> None:
    esme = await place.connect()
    assert await esme.bind("rx", password="wrong") == s.ESME_RINVPASWD
    assert await esme.bind("trx", username="nobody") == s.ESME_RINVPASWD
    assert await esme.bind("trx") == 0
    assert place.stats.smpps.bound_trx_count == 1


@pytest.mark.parametrize("what", ["user", "group", "no group"])
@pytest_twisted.ensureDeferred
async def test_who_is_disabled_does_not_get_in(place: Place, what: str) -> None:
    if what == "user":
        place.directory.change(place.user, enabled=False)
    else:
        place.directory.put("group", "g", Group("g", enabled=False) if what == "group" else None)
    esme = await place.connect()
    assert await esme.bind() == s.ESME_RINVPASWD


@pytest_twisted.ensureDeferred
async def test_an_address_that_is_not_listed(place: Place) -> None:
    place.directory.user(account(ip="192.0.2.0/24,::1"))
    esme = await place.connect()
    assert await esme.bind() == s.ESME_RBINDFAIL
    place.directory.user(account(ip="192.0.2.0/24, 127.0.0.1"))
    assert await esme.bind() == 0


@pytest_twisted.ensureDeferred
async def test_the_password_is_looked_at_before_the_address(place: Place) -> None:
    place.directory.user(account(ip="192.0.2.1", bind=False))
    esme = await place.connect()
    assert await esme.bind(password="wrong") == s.ESME_RINVPASWD


@pytest_twisted.ensureDeferred
async def test_an_account_that_may_not_bind(place: Place) -> None:
    place.directory.user(account(bind=False))
    esme = await place.connect()
    assert await esme.bind() == s.ESME_RBINDFAIL


@pytest_twisted.ensureDeferred
async def test_a_second_bind_on_the_same_connection(place: Place) -> None:
    esme = await place.bound()
    seen = len(esme.events)
    esme.protocol.transport.write(encode(BindReceiver(system_id=b"acme", password=PASSWORD.encode(), sequence=99)))
    await esme.until(lambda: len(esme.events) > seen)
    answer = esme.events[-1].pdu
    assert (answer.name, answer.status) == ("bind_receiver_resp", s.ESME_RALYBND)
    assert (await esme.ask(SubmitSm(destination_addr=b"1"))).status == 0
    assert len(place.server.binds.sessions("acme")) == 1


@pytest_twisted.ensureDeferred
async def test_no_more_sessions_than_allowed_counted_from_those_that_live(place: Place) -> None:
    place.directory.user(account(max_bindings=2))
    first, _second = await place.bound("trx"), await place.bound("rx")
    third = await place.connect()
    assert await third.bind("tx") == s.ESME_RBINDFAIL
    first.protocol.abort("power cut")
    await until(lambda: len(place.server.binds.sessions("acme")) == 1)
    assert await third.bind("tx") == 0
    assert [each.bind for each in place.server.binds.sessions("acme")] == ["bind_receiver", "bind_transmitter"]


@pytest_twisted.ensureDeferred
async def test_no_session_at_all_and_any_number(place: Place) -> None:
    place.directory.user(account(max_bindings=0))
    esme = await place.connect()
    assert await esme.bind() == s.ESME_RBINDFAIL
    place.directory.change(place.user, smpps_quota=SmppsQuota(None))
    for _ in range(20):
        await place.bound()
    assert len(place.server.binds.sessions("acme")) == 20


@pytest_twisted.ensureDeferred
async def test_other_accounts_do_not_count(place: Place) -> None:
    place.directory.user(account(max_bindings=1))
    place.directory.user(account("other", max_bindings=1))
    await place.bound()
    await place.bound(username="other")


@pytest_twisted.ensureDeferred
async def test_too_many_logins_at_once_is_our_fault(place: Place) -> None:
    place.logins.problem = GatewayError(QUEUE_FULL)
    esme = await place.connect()
    assert await esme.bind() == s.ESME_RSYSERR
    place.logins.problem = GatewayError(AUTH_FAILED, detail="too many failures")
    assert await esme.bind() == s.ESME_RINVPASWD


@pytest_twisted.ensureDeferred
async def test_an_unexpected_exception_is_our_fault(place: Place, logged_errors: Any) -> None:
    place.logins.problem = ZeroDivisionError("a bug")
    esme = await place.connect()
    assert await esme.bind() == s.ESME_RSYSERR
    assert len(logged_errors()) == 1


@pytest_twisted.ensureDeferred
async def test_a_name_in_an_older_alphabet(place: Place) -> None:
    place.directory.user(account("caf\u00e9"))
    for octets in ("caf\u00e9".encode(), "caf\u00e9".encode("latin-1")):
        raw = await place.raw()
        raw.write(encode(BindTransceiver(system_id=octets, password=PASSWORD.encode(), sequence=1)))
        assert [each[1] for each in await raw.have(1)] == [0]
        raw.transport.loseConnection()
        await until(lambda: not place.server.connections)


@pytest_twisted.ensureDeferred
async def test_nobody_binds_to_a_gateway_that_stops(place: Place) -> None:
    esme = await place.connect()
    place.server.binds.stopping = True
    assert await esme.bind() == s.ESME_RSYSERR
    assert place.logins.peers == []
    place.server.binds.stopping = False
    place.logins.held = []
    esme.protocol.request(BindTransceiver(system_id=b"acme", password=PASSWORD.encode()))
    await until(lambda: place.logins.held)
    place.server.binds.stopping = True
    place.logins.answer()
    await esme.until(lambda: len(esme.events) == 2)
    assert esme.events[-1].pdu.status == s.ESME_RSYSERR


@pytest_twisted.ensureDeferred
async def test_a_client_that_goes_while_its_password_is_checked(place: Place) -> None:
    place.logins.held = []
    esme = await place.connect()
    esme.protocol.request(BindTransceiver(system_id=b"acme", password=PASSWORD.encode()))
    await until(lambda: place.logins.held)
    esme.protocol.abort("impatient")
    await until(lambda: not place.stats.smpps.connected_count)
    place.logins.answer()
    assert place.server.binds.sessions("acme") == []
    assert place.stats.smpps.bound_trx_count == 0


@pytest_twisted.ensureDeferred
async def test_a_client_that_unbinds_while_its_password_is_checked(place: Place) -> None:
    place.logins.held = []
    esme = await place.connect()
    esme.protocol.request(BindTransceiver(system_id=b"acme", password=PASSWORD.encode()))
    await until(lambda: place.logins.held)
    esme.protocol.unbind()
    await esme.ended()
    place.logins.answer()
    assert place.server.binds.sessions("acme") == []


@pytest_twisted.ensureDeferred
async def test_two_binds_at_once_do_not_pass_the_limit(place: Place) -> None:
    place.directory.user(account(max_bindings=1))
    place.logins.held = []
    clients = [await place.connect(), await place.connect()]
    for client in clients:
        client.protocol.request(BindTransceiver(system_id=b"acme", password=PASSWORD.encode()))
    await until(lambda: len(place.logins.held or ()) == 2)
    place.logins.answer()
    place.logins.answer()
    for client in clients:
        await client.until(lambda client=client: bool(client.events))  # type: ignore[misc]
    assert sorted(type(client.events[0]).__name__ for client in clients) == ["BindRefused", "Bound"]


# --- what operators change


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"smpps_authorization": SmppsAuthorization(bind=False)},
        {"smpps_authorization": SmppsAuthorization(ip="192.0.2.1")},
    ],
    ids=["disabled", "may not bind", "address"],
)
@pytest_twisted.ensureDeferred
async def test_who_may_no_longer_be_here_is_cut_at_once(place: Place, change: dict[str, Any]) -> None:
    other = place.directory.user(account("other"))
    clients = [await place.bound("trx"), await place.bound("tx"), await place.bound("rx")]
    bystander = await place.bound(username="other")
    place.directory.change(place.user, **change)
    for client in clients:
        await client.ended()
        assert any(isinstance(each, e.Unbound) for each in client.events)
    await until(lambda: place.stats.smpps.connected_count == 1)
    assert place.server.binds.sessions("acme") == []
    assert not bystander.gone
    assert len(place.server.binds.sessions(other.username)) == 1


@pytest_twisted.ensureDeferred
async def test_an_account_with_another_name_is_another(place: Place) -> None:
    client = await place.bound()
    place.directory.change(place.user, username="renamed")
    await client.ended()
    await until(lambda: not place.server.connections)


@pytest_twisted.ensureDeferred
async def test_a_removed_account_is_cut(place: Place) -> None:
    client = await place.bound()
    place.directory.put("user", place.user.uid, None)
    await client.ended()


@pytest.mark.parametrize("new", [None, Group("g", enabled=False)])
@pytest_twisted.ensureDeferred
async def test_the_accounts_of_a_group_are_cut_with_it(place: Place, new: Group | None) -> None:
    place.directory.user(account("other", gid="h"))
    place.directory.put("group", "h", Group("h"))
    client, bystander = await place.bound(), await place.bound(username="other")
    place.directory.put("group", "g", Group("g"))  # nothing changed
    place.directory.put("group", "g", new)
    await client.ended()
    assert not bystander.gone
    assert len(place.server.binds.sessions("other")) == 1


@pytest_twisted.ensureDeferred
async def test_nothing_is_taken_from_who_was_cut(place: Place) -> None:
    client = await place.bound()
    place.intake.hold()
    client.protocol.request(SubmitSm(destination_addr=b"1"))
    await until(lambda: place.intake.submissions)
    place.directory.change(place.user, enabled=False)
    client.protocol.request(SubmitSm(destination_addr=b"2"))
    await client.until(lambda: bool(answers(client)))
    assert answers(client) == [s.ESME_RMSGQFUL]
    place.intake.answer()
    await client.ended()
    assert answers(client) == [s.ESME_RMSGQFUL, 0]
    assert len(place.intake.submissions) == 1


def answers(client: Any) -> list[int]:
    return [each.pdu.status for each in client.events if isinstance(each, e.Answered)]


@pytest_twisted.ensureDeferred
async def test_other_changes_leave_sessions_alone(place: Place) -> None:
    client = await place.bound()
    place.directory.change(place.user, password="other", smpps_quota=SmppsQuota(0))
    place.directory.put("filter", "f", object())
    assert (await client.ask(SubmitSm(destination_addr=b"1"))).status == 0


# --- the console


@pytest_twisted.ensureDeferred
async def test_the_console_unbinds_an_account(place: Place) -> None:
    clients = [await place.bound("trx"), await place.bound("rx")]
    assert place.server.binds.unbind("nobody") == 0
    assert place.server.binds.unbind("acme") == 2
    for client in clients:
        await client.ended()
        assert [each.by_peer for each in client.events if isinstance(each, e.Unbound)] == [True]
    await until(lambda: not place.stats.smpps.connected_count)
    assert place.stats.smpps.unbind_count == place.stats.smpps_of("acme-uid").unbind_count == 2
    assert await (await place.connect()).bind() == 0


@pytest.mark.parametrize("how", ["unbind", "close", "abort", "cut", "garbage", "console"])
@pytest_twisted.ensureDeferred
async def test_gauges_return_to_zero(place: Place, how: str) -> None:
    for kind in RVAL:
        client = await place.bound(kind)
        assert place.stats.smpps.connected_count == 1
        if how == "unbind":
            client.protocol.unbind()
        elif how == "close":
            client.protocol.transport.loseConnection()
        elif how == "abort":
            client.protocol.abort("power cut")
        elif how == "cut":
            place.directory.change(place.user, enabled=False)
        elif how == "garbage":
            client.protocol.transport.write(b"\xff" * 16)
        else:
            place.server.binds.unbind("acme")
        await client.ended()
        await until(lambda: not place.stats.smpps.connected_count)
        place.directory.user(place.user)
    counters = place.stats.smpps
    gauges = [counters.bound_trx_count, counters.bound_rx_count, counters.bound_tx_count, counters.connected_count]
    assert gauges == [0, 0, 0, 0]
    assert (counters.connect_count, counters.disconnect_count) == (3, 3)
    assert place.server.connections == 0


# --- addresses


@pytest.mark.parametrize(
    ("allowed", "peer", "may"),
    [
        ("0.0.0.0/0", "203.0.113.9", True),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("0.0.0.0/0,::/0", "2001:db8::1", True),
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.8", False),
        ("203.0.113.0/29, 198.51.100.7", "198.51.100.7", True),
        ("203.0.113.9/24", "203.0.113.77", True),
        ("2001:db8::/32", "2001:db8:ffff::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("203.0.113.0/24", "::ffff:203.0.113.5", True),
        ("::1", "::1", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("0.0.0.0/0", "", False),
        ("0.0.0.0/0", "/run/socket", False),
    ],
)
def test_addresses_and_networks(allowed: str, peer: str, may: bool) -> None:
    assert may_come_from(allowed, peer) is may
