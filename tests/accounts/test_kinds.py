"""Groups and users between the console's words, the model and the stored document."""

from __future__ import annotations

import msgspec
import pytest

from jasminlike.accounts.credentials import ACCOUNT_FIELDS, CREDENTIALS, PURSE_FIELDS, field_name
from jasminlike.accounts.kinds import GROUP, user_kind
from jasminlike.accounts.model import Group, MtQuota, User
from jasminlike.kind import REQUIRED, FieldError


async def _seal(text: str) -> str:
    return text


USER = user_kind(_seal)


def build(**changes: object) -> User:
    values = {field.name: field.default for field in USER.fields if field.default is not REQUIRED}
    built = USER.build({**values, "uid": "u", "gid": "g", "username": "n", "password": "h", **changes})
    assert isinstance(built, User)
    return built


def test_defaults_of_the_table_are_those_of_the_model() -> None:
    assert build() == User("u", "g", "n", "h")


def test_a_user_survives_its_document() -> None:
    user = build(**{"mt_messaging_cred quota http_throughput": 2.5, "smpps_cred authorization ip": "10.0.0.0/8"})
    assert user.mt_quota == MtQuota(http_throughput=2.5)
    assert user.smpps_authorization.ip == "10.0.0.0/8"
    document = msgspec.json.encode(USER.values(user))
    assert USER.build(msgspec.json.decode(document)) == user


def test_every_key_reaches_its_own_attribute() -> None:
    plain = build()
    seen = set()
    for each in CREDENTIALS:
        if each.part:
            user = build(**{each.name: "marked"})
            assert getattr(getattr(user, each.part), each.attribute) == "marked"
            assert user != plain
            seen.add((each.part, each.attribute))
    parts = ("mt_authorization", "mt_valuefilter", "mt_default", "mt_quota", "smpps_authorization", "smpps_quota")
    assert seen == {(part, name) for part in parts for name in getattr(plain, part).__struct_fields__}


def test_a_group_survives_its_document() -> None:
    assert GROUP.build(GROUP.values(Group("g", False))) == Group("g", False)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("mt_messaging_cred authorization http_send", "No", False),
        ("mt_messaging_cred authorization dlr_level", "t", True),
        ("mt_messaging_cred valuefilter dst_addr", "^33", "^33"),
        ("mt_messaging_cred defaultvalue src_addr", "none", None),
        ("mt_messaging_cred defaultvalue src_addr", "Sunny", "Sunny"),
        ("mt_messaging_cred quota early_percent", "33.5", 33.5),
        ("mt_messaging_cred quota http_throughput", "None", None),
        ("smpps_cred quota max_bindings", "0", 0),
        ("smpps_cred authorization ip", "10.0.0.1, 2001:db8::/32", "10.0.0.1,2001:db8::/32"),
        ("mt_messaging_cred quota balance", "0.1", 100_000),
        ("mt_messaging_cred quota sms_count", "12", 12),
    ],
)
def test_typed_values(name: str, text: str, value: object) -> None:
    assert {**ACCOUNT_FIELDS, **PURSE_FIELDS}[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("mt_messaging_cred authorization http_send", "maybe", "authorization http_send: maybe is not a boolean"),
        ("mt_messaging_cred valuefilter dst_addr", "(33", "valuefilter dst_addr: .33 is not a valid regular"),
        ("mt_messaging_cred quota early_percent", "0", "quota early_percent: 0 is not a number from 1 to 100"),
        ("mt_messaging_cred quota early_percent", "nan", "not a number"),
        ("mt_messaging_cred quota http_throughput", "-1", "not less than 0"),
        ("mt_messaging_cred quota http_throughput", "inf", "not a number"),
        ("mt_messaging_cred quota balance", "1e-9", "millionth"),
        ("mt_messaging_cred quota balance", "-1", "not less than 0"),
        ("mt_messaging_cred quota balance", "much", "not an amount"),
        ("mt_messaging_cred quota sms_count", "1.5", "whole number"),
        ("smpps_cred quota max_bindings", "-2", "whole number"),
        ("smpps_cred authorization ip", "", "neither an IP address"),
        ("smpps_cred authorization ip", "10.0.0.0/99", "'10.0.0.0/99' is neither"),
        ("mt_messaging_cred defaultvalue src_addr", "x" * 21, "longer than 20"),
    ],
)
def test_bad_values_name_their_key(name: str, text: str, told: str) -> None:
    with pytest.raises(FieldError, match=told) as caught:
        {**ACCOUNT_FIELDS, **PURSE_FIELDS}[name].parse(text)
    assert caught.value.key == name


def test_sections_and_keys_in_the_console_s_words() -> None:
    assert field_name("mt_messaging_cred", "QUOTA", "balance") == "mt_messaging_cred quota balance"
    with pytest.raises(FieldError) as caught:
        field_name("mt_messaging_cred", "quotas", "balance")
    assert str(caught.value) == (
        "invalid section name: quotas, possible values: Authorization, ValueFilter, DefaultValue, Quota"
    )
    with pytest.raises(FieldError) as caught:
        field_name("smpps_cred", "authorization", "binds")
    assert str(caught.value) == "invalid key: binds, possible keys: bind, ip"


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("uid", "a b", "User uid syntax is invalid"),
        ("uid", "x" * 17, "User uid syntax is invalid"),
        ("username", "x" * 16, "User username syntax is invalid"),
        ("password", "", "Invalid password length !"),
        ("password", "x" * 17, "Invalid password length !"),
    ],
)
def test_names_and_passwords(key: str, text: str, told: str) -> None:
    with pytest.raises(FieldError) as caught:
        USER.index[key].parse(text)
    assert str(caught.value) == told
