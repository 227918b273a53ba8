"""Settings of SMPP client connectors: the console's keys, typed, refused where they are typed."""

from __future__ import annotations

import msgspec
import pytest

from jasminlike.kind import REQUIRED, FieldError
from jasminlike.smppc.addresses import Address
from jasminlike.smppc.settings import (
    DEFAULT_RETRY,
    SESSION_KEYS,
    ConnectorSettings,
    RetryRule,
    TlvRule,
    connector_kind,
)

KIND = connector_kind()
KEYS = [
    "cid", "host", "port", "ssl", "username", "password", "systype", "bind", "bind_to", "bind_ton",
    "bind_npi", "addr_range", "elink_interval", "res_to", "pdu_red_to", "trx_to", "con_loss_retry",
    "con_loss_delay", "con_fail_retry", "con_fail_delay", "src_addr", "src_ton", "src_npi", "dst_ton",
    "dst_npi", "proto_id", "ripf", "def_msg_id", "validity", "priority", "coding", "requeue_delay",
    "submit_throughput", "dlr_expiry", "dlr_msgid", "logfile", "logrotate", "loglevel", "logprivacy",
    "custom_tlvs",
]  # fmt: skip

OURS = [
    "window", "service_type", "in_doubt", "retry", "backups", "bind_address", "main_retry", "health_errors",
    "ssl_trust", "ssl_certificate", "ssl_key", "ssl_name", "started",
]  # fmt: skip


def build(**typed: str) -> ConnectorSettings:
    values = {field.name: field.default for field in KIND.fields if field.default is not REQUIRED}
    values["cid"] = "telco"
    values.update({key: KIND.index[key].parse(text) for key, text in typed.items()})
    built = KIND.build(values)
    assert isinstance(built, ConnectorSettings)
    return built


def test_every_key_of_the_console_is_there_and_ours_follow() -> None:
    names = [field.name for field in KIND.fields]
    assert names[: len(KEYS)] == KEYS
    assert names[len(KEYS) :] == OURS
    assert tuple(names) == ConnectorSettings.__struct_fields__
    assert KIND.index["started"].hidden


def test_defaults() -> None:
    assert build() == ConnectorSettings(cid="telco")
    shown = {field.name: field.show(KIND.values(build())[field.name]) for field in KIND.fields}
    assert (shown["ssl"], shown["con_loss_retry"], shown["bind_to"]) == ("no", "yes", "30")
    assert (shown["src_addr"], shown["custom_tlvs"], shown["submit_throughput"]) == ("None", "none", "1")
    assert shown["retry"] == "ESME_RSYSERR,2,30;ESME_RTHROTTLED,20,30;ESME_RMSGQFUL,2,180;ESME_RINVSCHED,2,300"


def test_settings_survive_their_document() -> None:
    settings = build(
        host="10.9.0.4", ssl="YES", bind="Receiver", bind_npi="18", submit_throughput="0.5", proto_id="none",
        custom_tlvs="0x1401,OctetString,20,required;5122,Int4,-", retry="0x58,3,1.5;ESME_RSYSERR,1,0", validity="1440",
    )  # fmt: skip
    assert settings.custom_tlvs == (TlvRule(0x1401, "OctetString", 20, True), TlvRule(5122, "Int4"))
    assert settings.retry == (RetryRule("ESME_RTHROTTLED", 3, 1.5), RetryRule("ESME_RSYSERR", 1, 0))
    assert settings.submit_throughput == 0.5 and settings.ssl and settings.bind == "receiver"
    assert KIND.build(msgspec.json.decode(msgspec.json.encode(KIND.values(settings)))) == settings


def test_what_is_shown_can_be_typed() -> None:
    values = KIND.values(build(custom_tlvs="0x1401,Int1,-", retry="0x00000401,2,3"))
    for field in KIND.fields:
        if not field.hidden:
            assert field.parse(field.show(values[field.name])) == values[field.name], field.name
    assert KIND.index["retry"].parse("none") == [] and KIND.index["custom_tlvs"].parse("None") == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("ssl", "maybe"), ("port", "0"), ("port", "65536"), ("port", "x"), ("port", "２"), ("host", ""),
        ("username", "x" * 16), ("systype", "x" * 13), ("bind", "both"), ("bind_ton", "7"), ("bind_npi", "2"),
        ("bind_to", "0"), ("res_to", "-1"), ("res_to", "nan"), ("res_to", "inf"), ("submit_throughput", "-1"),
        ("ripf", "2"), ("priority", "4"), ("coding", "11"), ("dlr_msgid", "3"), ("loglevel", "25"), ("logrotate", "W7"),
        ("proto_id", "256"), ("validity", "0"), ("window", "0"), ("in_doubt", "maybe"), ("service_type", "x" * 6),
        ("src_addr", "x" * 21), ("custom_tlvs", "0x1401"), ("custom_tlvs", "0x1401,Int3,4"),
        ("custom_tlvs", "0x1401,Int4,4,often"), ("custom_tlvs", "0x11401,Int4,4"), ("retry", "ESME_RSYSERR,2"),
        ("retry", "ESME_NONSENSE,2,3"), ("retry", "ESME_RSYSERR,0,3"), ("retry", "ESME_RSYSERR,2,nan"),
        ("retry", "ESME_ROK,2,3"), ("retry", "ESME_RSYSERR,2,3,often"), ("retry", "ESME_RSYSERR,2,3,retry,4"),
        ("backups", "host"), ("backups", "host:0"), ("backups", ":2775"), ("backups", "::1:2775"),
        ("backups", "a:1;;b:2"), ("backups", "a b:1"), ("backups", ";".join(["a:1"] * 21)), ("bind_address", "host"),
        ("main_retry", "-1"), ("health_errors", "1.1"), ("health_errors", "nan"), ("ssl_trust", "x" * 256),
    ],
)  # fmt: skip
def test_bad_values_are_refused_with_their_key(key: str, text: str) -> None:
    with pytest.raises(FieldError) as caught:
        KIND.index[key].parse(text)
    assert str(caught.value).startswith(f"Unknown value for key {key}: {text}")
    assert caught.value.key == key


def test_addresses_as_they_are_typed() -> None:
    settings = build(backups="b.example:2776; [fd00::2]:2775;", bind_address="fd00::1", health_errors="0.5")
    assert settings.backups == (Address("b.example", 2776), Address("fd00::2", 2775))
    shown = {field.name: field.show(KIND.values(settings)[field.name]) for field in KIND.fields}
    assert shown["backups"] == "b.example:2776;[fd00::2]:2775"
    assert (shown["bind_address"], shown["main_retry"], shown["health_errors"]) == ("fd00::1", "60", "0.5")
    assert build(backups="none", bind_address="None") == build()
    assert KIND.build(msgspec.json.decode(msgspec.json.encode(KIND.values(settings)))) == settings


def test_errors_with_what_is_to_be_done() -> None:
    text = "ESME_RSYSERR,2,30,failover;ESME_RTHROTTLED,3,1,retry;ESME_RINVDSTADR,1,0,hold"
    settings = build(retry=text.upper().replace("ESME_RSYSERR", "8"))
    assert [rule.done for rule in settings.retry] == ["failover", "retry", "hold"]
    assert KIND.index["retry"].show(KIND.values(settings)["retry"]) == text
    assert [rule.done for rule in DEFAULT_RETRY] == ["retry", "pause", "pause", "retry"]


def test_a_bad_password_is_not_repeated() -> None:
    with pytest.raises(FieldError) as caught:
        KIND.index["password"].parse("secret" * 20)
    assert "secret" not in str(caught.value) and KIND.index["password"].secret


@pytest.mark.parametrize("cid", ["ab", "x" * 26, "a b c", "télco"])
def test_bad_names(cid: str) -> None:
    with pytest.raises(FieldError, match="cid syntax is invalid"):
        KIND.index["cid"].parse(cid)


def test_the_gateway_may_have_its_own_list_of_retries() -> None:
    rules = (RetryRule("ESME_RTHROTTLED", 2, 1),)
    assert connector_kind(rules).index["retry"].default == [["ESME_RTHROTTLED", 2, 1]]
    assert rules != DEFAULT_RETRY


def test_which_changes_need_a_new_session() -> None:
    settings = build()
    assert not settings.session_changed(msgspec.structs.replace(settings, submit_throughput=5, res_to=3))
    others = ("h", 1, "u", "p", "s", True, "receiver", 1, 1, "33", (Address("h", 1),), "127.0.0.2", "t", "c", "k", "n")
    for key, value in zip(SESSION_KEYS, others, strict=True):
        assert settings.session_changed(msgspec.structs.replace(settings, **{key: value})), key
