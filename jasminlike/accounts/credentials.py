"""The console's words for what an account may do, and the model's: one table, read both ways.

Operators know `mt_messaging_cred <section> <key> <value>` and `smpps_cred <section> <key> <value>`; the model has
attributes of `User`. Two keys, the balance and the message count, belong to the account's purse instead.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from jasminlike.accounts.billing import as_float, to_units
from jasminlike.accounts.model import (
    MtAuthorization,
    MtDefault,
    MtQuota,
    MtValueFilter,
    SmppsAuthorization,
    SmppsQuota,
)
from jasminlike.kind import Field, FieldError

MT = "mt_messaging_cred"
SMPPS = "smpps_cred"
SECTIONS = {MT: ("Authorization", "ValueFilter", "DefaultValue", "Quota"), SMPPS: ("Authorization", "Quota")}
"""The sections of each credential, in the order and spelling of the console's messages."""

_TRUE = frozenset(("true", "1", "t", "y", "yes"))
_FALSE = frozenset(("false", "0", "f", "n", "no"))


def parse_bool(text: str) -> bool:
    """true 1 t y yes / false 0 f n no, in any case."""
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise FieldError(f"{text} is not a boolean: true or false")


def parse_regex(text: str) -> str:
    """A regular expression, kept as text; refused when it does not compile."""
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as problem:
        raise FieldError(f"{text} is not a valid regular expression: {problem}") from problem
    return text


def _number(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        limits = f"from {low:g} to {high:g}" if high != float("inf") else f"not less than {low:g}"
        raise FieldError(f"{text} is not a number {limits}, nor none")
    return value


def _unlimited(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text.strip().lower() == "none" else parse(text)


def _parse_rate(text: str) -> float:
    value = _number(text, 0, float("inf"))
    if value == float("inf"):
        raise FieldError(f"{text} is not a number not less than 0, nor none")
    return value


def _parse_percent(text: str) -> float:
    return _number(text, 1, 100)


def _parse_count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise FieldError(f"{text} is not a whole number not less than 0, nor none")
    return value


def _parse_balance(text: str) -> int:
    try:
        value = to_units(text)
    except ValueError as problem:
        raise FieldError(str(problem)) from problem
    if value < 0:
        raise FieldError(f"{text} is not an amount not less than 0, nor none")
    return value


def _parse_source(text: str) -> str:
    if len(text) > 20:
        raise FieldError(f"{text} is longer than 20 characters")
    return text


def parse_networks(text: str) -> str:
    """A comma-separated list of addresses and networks, IPv4 and IPv6; not empty."""
    items = [item.strip() for item in text.split(",")]
    for item in items:
        try:
            ipaddress.ip_network(item, strict=False)
        except ValueError as problem:
            raise FieldError(f"{item!r} is neither an IP address nor a network") from problem
    return ",".join(items)


def show_limit(value: Any) -> str:
    """Unlimited is shown as ND."""
    return "ND" if value is None else str(value)


def show_balance(value: int | None) -> str:
    """A balance in millionths, shown in units."""
    return "ND" if value is None else str(as_float(value))


class Credential(NamedTuple):
    """One key: what the console calls it, and where it stands in `User` (an empty `part`: in the purse)."""

    scope: str
    section: str
    key: str
    part: str
    attribute: str
    parse: Callable[[str], Any]
    default: Any
    show: Callable[[Any], str] = str
    signed: bool = False
    about: str = ""

    @property
    def name(self) -> str:
        """The name of its field: the words an operator types before the value."""
        return f"{self.scope} {self.section} {self.key}"


def _allowed(key: str, attribute: str = "", about: str = "") -> Credential:
    attribute = attribute or key
    default = getattr(MtAuthorization(), attribute)
    return Credential(MT, "authorization", key, "mt_authorization", attribute, parse_bool, default, about=about)


def _filtered(key: str, attribute: str, about: str) -> Credential:
    default = getattr(MtValueFilter(), attribute)
    return Credential(MT, "valuefilter", key, "mt_valuefilter", attribute, parse_regex, default, about=about)


def _limited(key: str, attribute: str, parse: Callable[[str], Any], about: str, part: str = "mt_quota") -> Credential:
    default = getattr(MtQuota(), attribute) if part else None
    show = show_balance if attribute == "balance" else show_limit
    return Credential(MT, "quota", key, part, attribute, _unlimited(parse), default, show, True, about)


CREDENTIALS: tuple[Credential, ...] = (
    _allowed("http_send", about="May send over HTTP"),
    _allowed("http_balance", about="May ask for its balance over HTTP"),
    _allowed("http_rate", about="May ask for rates over HTTP"),
    _allowed("http_bulk", about="May send batches over HTTP"),
    _allowed("smpps_send", about="May send over SMPP"),
    _allowed("http_long_content", about="May send texts of more than one part over HTTP"),
    _allowed("dlr_level", "set_dlr_level", "May ask for receipts"),
    _allowed("http_dlr_method", "http_set_dlr_method", "May choose the method of callbacks"),
    _allowed("src_addr", "set_source_address", "May set the source address"),
    _allowed("priority", "set_priority", "May set the priority"),
    _allowed("validity_period", "set_validity_period", "May set the validity period"),
    _allowed("schedule_delivery_time", "set_schedule_delivery_time", "May set the time of delivery"),
    _allowed("hex_content", "set_hex_content", "May send binary contents"),
    _filtered("dst_addr", "destination_address", "Regular expression that destinations must match from the start"),
    _filtered("src_addr", "source_address", "Regular expression that sources must match from the start"),
    _filtered("priority", "priority", "Regular expression that priorities must match from the start"),
    _filtered("validity_period", "validity_period", "Regular expression that validity periods must match"),
    _filtered("content", "content", "Regular expression that texts must match from the start"),
    Credential(
        MT, "defaultvalue", "src_addr", "mt_default", "source_address", _unlimited(_parse_source),
        MtDefault().source_address, about="The source address of messages that come without one",
    ),
    _limited("balance", "balance", _parse_balance, "What is left to spend; none = unlimited", ""),
    _limited("early_percent", "early_decrement_balance_percent", _parse_percent,
             "The share of the price that is taken before the operator answers, in percent"),
    _limited("sms_count", "messages", _parse_count, "How many parts may still be sent; none = unlimited", ""),
    _limited("http_throughput", "http_throughput", _parse_rate, "Messages a second over HTTP; none = unlimited"),
    _limited("smpps_throughput", "smpps_throughput", _parse_rate, "Messages a second over SMPP; none = unlimited"),
    Credential(
        SMPPS, "authorization", "bind", "smpps_authorization", "bind", parse_bool, SmppsAuthorization().bind,
        about="May bind to the SMPP server",
    ),
    Credential(
        SMPPS, "authorization", "ip", "smpps_authorization", "ip", parse_networks, SmppsAuthorization().ip,
        about="Addresses and networks it may bind from, separated by commas",
    ),
    Credential(
        SMPPS, "quota", "max_bindings", "smpps_quota", "max_bindings", _unlimited(_parse_count),
        SmppsQuota().max_bindings, show_limit, True, "Sessions at once; none = unlimited, 0 = no session",
    ),
)  # fmt: skip
"""All keys, in the order in which `user -s` shows them."""


def _field(credential: Credential) -> Field:
    def parse(text: str) -> Any:
        try:
            return credential.parse(text)
        except FieldError as problem:
            raise FieldError(f"{credential.section} {credential.key}: {problem}", credential.name) from problem

    return Field(
        credential.name, parse, credential.default, credential.show, credential.about, signed=credential.signed
    )


ACCOUNT_FIELDS: dict[str, Field] = {each.name: _field(each) for each in CREDENTIALS if each.part}
"""Fields of the account itself, by name."""

PURSE_FIELDS: dict[str, Field] = {each.name: _field(each) for each in CREDENTIALS if not each.part}
"""Fields of the account's purse, by name: the balance in millionths and the count of messages."""

BALANCE = f"{MT} quota balance"
SMS_COUNT = f"{MT} quota sms_count"


def field_name(scope: str, section: str, key: str) -> str:
    """The name of the field that an operator means; the section in any case.

    Raises `FieldError` in the console's words for a section or key that does not exist.
    """
    sections = SECTIONS[scope]
    if section.lower() not in (each.lower() for each in sections):
        raise FieldError(f"invalid section name: {section}, possible values: {', '.join(sections)}")
    keys = [each.key for each in CREDENTIALS if each.scope == scope and each.section == section.lower()]
    if key not in keys:
        raise FieldError(f"invalid key: {key}, possible keys: {', '.join(keys)}")
    return f"{scope} {section.lower()} {key}"
