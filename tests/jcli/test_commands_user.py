"""Accounts in the console: balances beside settings, signed changes, unbinding and banning."""

from __future__ import annotations

import pytest

from jasminlike.errors import STORE_FAILED, GatewayError
from jasminlike.interfaces import Bound
from tests.fakes.console import Room


@pytest.fixture
def acme(room: Room) -> Room:
    room.setup(
        """
        group -a
        gid partners
        ok
        user -a
        uid acme
        gid partners
        username acmebox
        password s3cret
        mt_messaging_cred quota balance 10.1
        mt_messaging_cred quota sms_count 30
        ok
        """
    )
    return room


def update(room: Room, *lines: str) -> list[str]:
    room.type("user -u acme")
    said = [line for typed in lines for line in room.type(typed)]
    said += room.type("ok")
    if room.shell.prompt == "> ":
        room.type("ko")
    return said


def test_a_new_account_s_purse_is_exact_and_durable(acme: Room) -> None:
    purse = acme.purses.of("acme")
    assert (purse.balance, purse.messages) == (10_100_000, 30)
    assert acme.ledger.rows == {"acme": (10_100_000, 30)}
    assert b"10.1" not in acme.store.documents["user", "acme"]


def test_signed_changes_are_exact(acme: Room) -> None:
    assert update(acme, "mt_messaging_cred quota balance -0.3") == ["Successfully updated User [acme]"]
    update(acme, "mt_messaging_cred quota balance +0.2", "mt_messaging_cred quota sms_count -7")
    assert acme.ledger.rows == {"acme": (10_000_000, 23)}
    assert "acmebox          10.0    23 " in acme.type("user -l")[1]


def test_a_signed_change_counts_from_what_is_there_when_it_is_saved(acme: Room) -> None:
    acme.type("user -u acme")
    acme.type("mt_messaging_cred quota balance +5")
    acme.purses.add("acme", -100_000, -1)
    acme.ledger.change("acme", -100_000, -1, "accepted", "")
    acme.type("ok")
    assert acme.ledger.rows == {"acme": (15_000_000, 29)}
    assert acme.ledger.changes[-1] == ("acme", 5_000_000, 0, "console")
    update(acme, "mt_messaging_cred quota balance 2")
    assert acme.ledger.changes[-1] == ("acme", -13_000_000, 0, "console"), "also a new balance is a difference"
    assert acme.purses.of("acme").balance == 2_000_000 == acme.ledger.rows["acme"][0]


def test_an_unlimited_quota_counts_from_zero(acme: Room) -> None:
    update(acme, "mt_messaging_cred quota balance none", "mt_messaging_cred quota sms_count None")
    assert acme.ledger.rows == {"acme": (None, None)}
    assert "ND (!)  ND (!)" in acme.type("user -l")[1]
    update(acme, "mt_messaging_cred quota balance +5", "mt_messaging_cred quota http_throughput +2.5")
    assert acme.ledger.rows == {"acme": (5_000_000, None)}
    assert acme.catalog.get("user", "acme").mt_quota.http_throughput == 2.5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mt_messaging_cred quota balance -10.2", "Error: mt_messaging_cred quota balance can not be negative: -0.1"),
        ("mt_messaging_cred quota sms_count -31", "Error: mt_messaging_cred quota sms_count can not be negative: -1"),
        ("mt_messaging_cred quota sms_count +1.5", "Error: quota sms_count: 1.5 is not a whole number"),
        ("mt_messaging_cred quota balance +0.0000001", "Error: quota balance: '1e-07' is finer than a millionth"),
        ("mt_messaging_cred quota balance +inf", "Error: mt_messaging_cred quota balance: +inf is not a number"),
        ("mt_messaging_cred quota balance -", "Error: mt_messaging_cred quota balance: - is not a number"),
        ("smpps_cred quota max_bindings -1", "Error: quota max_bindings: -1 is not a whole number"),
    ],
)
def test_changes_that_make_no_sense_change_nothing(acme: Room, line: str, said: str) -> None:
    answers = update(acme, line)
    assert any(each.startswith(said) for each in answers), answers
    assert acme.ledger.rows == {"acme": (10_100_000, 30)}
    assert acme.catalog.get("user", "acme").smpps_quota.max_bindings is None


def test_a_bad_purse_keeps_the_settings_as_well(acme: Room) -> None:
    update(acme, "mt_messaging_cred quota http_throughput 3", "mt_messaging_cred quota balance -100")
    assert acme.catalog.get("user", "acme").mt_quota.http_throughput is None


def test_a_user_added_again_starts_anew(acme: Room) -> None:
    acme.setup("user -d acme\nuser -a\nuid acme\ngid partners\nusername acmebox\npassword other\nok")
    user = acme.catalog.get("user", "acme")
    assert user.enabled and user.password == "hash of other"
    assert acme.ledger.rows == {"acme": (None, None)}


def test_a_username_of_another_user_is_refused_and_its_purse_untouched(acme: Room) -> None:
    acme.type("user -a")
    for line in ("uid other", "gid partners", "username acmebox", "password x"):
        acme.type(line)
    assert acme.type("ok") == ["Error: username acmebox is taken by user acme"]
    acme.type("username free")
    assert acme.type("ok") == ["Successfully added User [other] to Group [partners]"]
    assert acme.ledger.rows == {"acme": (10_100_000, 30), "other": (None, None)}


def test_a_ledger_that_fails_is_told(acme: Room) -> None:
    acme.ledger.problem = GatewayError(STORE_FAILED, detail="disk full")
    assert update(acme, "mt_messaging_cred quota balance 1") == ["Error: The message could not be stored"]


def test_unbinding_and_banning(acme: Room) -> None:
    acme.binds.bound["acmebox"] = [Bound("bind_receiver", "10.0.0.1", 0.0)]
    assert acme.type("user --smpp-unbind=acme") == ["Successfully unbound User id:acme"]
    assert acme.binds.unbound == ["acmebox"]
    assert acme.catalog.get("user", "acme").smpps_authorization.bind
    allowed_when_unbound = []
    unbind = acme.binds.unbind

    def watch(username: str) -> int:
        allowed_when_unbound.append(acme.catalog.get("user", "acme").smpps_authorization.bind)
        return unbind(username)

    acme.binds.unbind = watch  # type: ignore[method-assign]
    assert acme.type("user --smpp-ban acme") == ["Successfully unbound and banned User id:acme"]
    assert allowed_when_unbound == [False], "it cannot bind again between"
    update(acme, "smpps_cred authorization bind yes")
    assert acme.catalog.get("user", "acme").smpps_authorization.bind


def test_the_group_can_be_changed(acme: Room) -> None:
    acme.setup("group -a\ngid vip\nok")
    assert update(acme, "gid nobodies", "gid vip")[0] == ("Unknown Group gid:nobodies, you must first create the Group")
    assert acme.catalog.get("user", "acme").gid == "vip"
    acme.type("group -r partners")
    assert acme.catalog.get("user", "acme") is not None
    acme.type("group -r vip")
    assert acme.catalog.get("user", "acme") is None
