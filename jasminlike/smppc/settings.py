"""An SMPP client connector as an administrable thing: one row per key of the console, and the frozen struct of them.

Keys keep the names operators know. Values are refused where they are typed, with the key's name; what an operator may
leave out has the default of the table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from jasminlike.kind import REQUIRED, Field, FieldError, Kind
from jasminlike.net.certificates import is_address
from jasminlike.smppc.addresses import Address, parse_backups, show_backups
from jasminlike.smppc.policy import DEFAULT_RETRY, RetryRule, parse_retry, plain, show_retry

__all__ = ["DEFAULT_RETRY", "SESSION_KEYS", "ConnectorSettings", "RetryRule", "TlvRule", "connector_kind"]


class TlvRule(msgspec.Struct, frozen=True, array_like=True):
    """What a connector knows of a vendor's TLV: its type, the most octets its value may have (None = any), and whether
    a message must carry it."""

    tag: int
    type: str
    longest: int | None = None
    required: bool = False


InDoubt = Literal["retry", "fail", "hold"]


class ConnectorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of one connector. Times in seconds, `validity` in minutes; the table below says the rest."""

    cid: str
    host: str = "127.0.0.1"
    port: int = 2775
    ssl: bool = False
    username: str = "smppclient"
    password: str = "password"  # noqa: S105 - what a Jasmin connector has until it is set
    systype: str = ""
    bind: Literal["transceiver", "transmitter", "receiver"] = "transceiver"
    bind_to: float = 30
    bind_ton: int = 0
    bind_npi: int = 0
    addr_range: str | None = None
    elink_interval: float = 30
    res_to: float = 120
    pdu_red_to: float = 10
    trx_to: float = 300
    con_loss_retry: bool = True
    con_loss_delay: float = 10
    con_fail_retry: bool = True
    con_fail_delay: float = 10
    src_addr: str | None = None
    src_ton: int = 2
    src_npi: int = 1
    dst_ton: int = 1
    dst_npi: int = 1
    proto_id: int | None = None
    ripf: int = 0
    def_msg_id: int = 0
    validity: int | None = None
    priority: int = 0
    coding: int = 0
    requeue_delay: float = 120
    submit_throughput: float = 1
    dlr_expiry: float = 86400
    dlr_msgid: int = 0
    logfile: str = ""
    logrotate: str = "midnight"
    loglevel: int = 20
    logprivacy: bool = False
    custom_tlvs: tuple[TlvRule, ...] = ()
    window: int = 50
    service_type: str = ""
    in_doubt: InDoubt = "retry"
    retry: tuple[RetryRule, ...] = DEFAULT_RETRY
    backups: tuple[Address, ...] = ()
    bind_address: str | None = None
    main_retry: float = 60
    health_errors: float = 0
    ssl_trust: str | None = None
    ssl_certificate: str | None = None
    ssl_key: str | None = None
    ssl_name: str | None = None
    started: bool = False

    def session_changed(self, other: ConnectorSettings) -> bool:
        """Whether a running connector has to bind again for these settings to take effect."""
        return any(getattr(self, name) != getattr(other, name) for name in SESSION_KEYS)


SESSION_KEYS = (
    *("host", "port", "username", "password", "systype", "ssl", "bind", "bind_ton", "bind_npi", "addr_range"),
    *("backups", "bind_address", "ssl_trust", "ssl_certificate", "ssl_key", "ssl_name"),
)
"""What a session is bound with."""

_TLV_TYPES = ("Int1", "Int2", "Int4", "Int8", "OctetString", "COctetString")
_ROTATIONS = re.compile(r"[SMHD]|W[0-6]|midnight")
_CODINGS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14)
_NPIS = (0, 1, 3, 4, 6, 8, 9, 10, 14, 18)


def _refused(key: str, text: str, why: str = "") -> FieldError:
    return FieldError(f"Unknown value for key {key}: {text}{f' ({why})' if why else ''}", key)


def _switch(key: str, about: str) -> Field:
    def parse(text: str) -> bool:
        try:
            return {"yes": True, "y": True, "1": True, "no": False, "n": False, "0": False}[text.lower()]
        except KeyError:
            raise _refused(key, text) from None

    return _row(key, parse, about, lambda value: "yes" if value else "no")


def _row(key: str, parse: Callable[[str], Any], about: str, show: Callable[[Any], str] = str, **more: Any) -> Field:
    return Field(key, parse, more.pop("default", _default(key)), show, about, **more)


def _default(key: str) -> Any:
    for field in msgspec.structs.fields(ConnectorSettings):
        if field.name == key:
            return REQUIRED if field.required else field.default
    raise KeyError(key)


def _text(key: str, about: str, longest: int, shortest: int = 0, secret: bool = False) -> Field:
    def parse(text: str) -> str:
        if not shortest <= len(text) <= longest or not text.isascii() or not text.isprintable():
            raise _refused(key, "***" if secret else text, f"{shortest} to {longest} ASCII characters")
        return text

    return _row(key, parse, about, secret=secret)


def _optional_text(key: str, about: str, longest: int) -> Field:
    inner = _text(key, about, longest)
    return _row(key, lambda text: None if text.lower() == "none" else inner.parse(text), about)


def _whole(key: str, about: str, low: int, high: int, optional: bool = False) -> Field:
    def parse(text: str) -> int | None:
        if optional and text.lower() == "none":
            return None
        if not re.fullmatch(r"-?[0-9]{1,10}", text) or not low <= int(text) <= high:
            raise _refused(key, text, f"a whole number from {low} to {high}{', or none' if optional else ''}")
        return int(text)

    return _row(key, parse, about)


def _one_of(key: str, about: str, allowed: Sequence[Any]) -> Field:
    by_text = {str(each).lower(): each for each in allowed}

    def parse(text: str) -> Any:
        if text.lower() not in by_text:
            raise _refused(key, text, f"one of {', '.join(map(str, allowed))}")
        return by_text[text.lower()]

    return _row(key, parse, about)


def _number(key: str, about: str, positive: bool = True) -> Field:
    """A number of seconds or messages; whole numbers stay whole, as they are shown."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < 0 or (positive and value == 0):
            raise _refused(key, text, f"a number {'greater than' if positive else 'not less than'} 0")
        return int(value) if value == int(value) else value

    return _row(key, parse, about)


def _parse_cid(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{3,25}", text):
        raise FieldError("SMPPClientConfig cid syntax is invalid", "cid")
    return text


def _parse_rotation(text: str) -> str:
    if not _ROTATIONS.fullmatch(text):
        raise _refused("logrotate", text, "one of S, M, H, D, W0 to W6, midnight")
    return text


def parse_tlv_rules(text: str) -> list[list[Any]]:
    """`tag,type,max[,required|optional];…` with `-` for no maximum, or `none`."""
    if text.strip().lower() in ("none", ""):
        return []
    return [_parse_tlv_rule(rule, text) for rule in text.strip().rstrip(";").split(";")]


def _parse_tlv_rule(rule: str, text: str) -> list[Any]:
    words = [word.strip() for word in rule.split(",")]
    try:
        tag = int(words[0], 0)
        longest = None if words[2] == "-" else int(words[2])
        required = {"required": True, "optional": False}[words[3].lower()] if len(words) > 3 else False
    except (ValueError, IndexError, KeyError):
        raise _refused("custom_tlvs", text, f"{rule!r} is not tag,type,max[,required|optional]") from None
    if len(words) > 4 or not 0 < tag <= 0xFFFF or (longest is not None and not 0 <= longest <= 0xFFFF):
        raise _refused("custom_tlvs", text, f"{rule!r} is not tag,type,max[,required|optional]")
    if words[1] not in _TLV_TYPES:
        raise _refused("custom_tlvs", text, f"the type is one of {', '.join(_TLV_TYPES)}")
    return [tag, words[1], longest, required]


def show_tlv_rules(rules: Sequence[Sequence[Any]]) -> str:
    """The text that `parse_tlv_rules` takes."""
    shown = [
        f"0x{tag:04x},{kind},{'-' if longest is None else longest}{',required' if required else ''}"
        for tag, kind, longest, required in rules
    ]
    return ";".join(shown) or "none"


def _plain(rules: Sequence[Any]) -> list[list[Any]]:
    return [list(msgspec.structs.astuple(rule)) for rule in rules]


def _fields(retry: tuple[RetryRule, ...]) -> tuple[Field, ...]:
    return (
        _row("cid", _parse_cid, "The connector's name, 3 to 25 letters, digits, - and _", fixed=True),
        _text("host", "Name or address of the SMSC", 255, 1),
        _whole("port", "Port of the SMSC", 1, 65535),
        _switch("ssl", "Whether the connection is encrypted (TLS)"),
        _text("username", "system_id", 15),
        _text("password", "password of the bind; SMPP 3.4 allows 8 characters, some SMSCs more", 64, secret=True),
        _text("systype", "system_type", 12),
        _one_of("bind", "The kind of bind", ("transceiver", "transmitter", "receiver")),
        _number("bind_to", "Seconds to wait for the answer to a bind"),
        _whole("bind_ton", "Type of number of the bind's address range", 0, 6),
        _one_of("bind_npi", "Numbering plan of the bind's address range", _NPIS),
        _optional_text("addr_range", "address_range of the bind", 40),
        _number("elink_interval", "Seconds of silence before an enquire_link"),
        _number("res_to", "Seconds to wait for the answer to a request"),
        _number("pdu_red_to", "Seconds that a PDU may take from its first octet to its last"),
        _number("trx_to", "Seconds without traffic before the session is closed"),
        _switch("con_loss_retry", "Whether to connect again after the session was lost"),
        _number("con_loss_delay", "Seconds before connecting again after the session was lost", positive=False),
        _switch("con_fail_retry", "Whether to connect again when no connection came about"),
        _number("con_fail_delay", "Seconds before connecting again when no connection came about", positive=False),
        _optional_text("src_addr", "Source address of messages that have none", 20),
        _whole("src_ton", "Type of number of source addresses", 0, 6),
        _one_of("src_npi", "Numbering plan of source addresses", _NPIS),
        _whole("dst_ton", "Type of number of destination addresses", 0, 6),
        _one_of("dst_npi", "Numbering plan of destination addresses", _NPIS),
        _whole("proto_id", "protocol_id", 0, 255, optional=True),
        _whole("ripf", "replace_if_present_flag", 0, 1),
        _whole("def_msg_id", "sm_default_msg_id", 0, 254),
        _whole("validity", "Validity period of messages that have none, in minutes", 1, 527040, optional=True),
        _whole("priority", "Priority of messages that have none", 0, 3),
        _one_of("coding", "data_coding of messages that have none", _CODINGS),
        _number("requeue_delay", "Seconds before a submit that was not answered is tried again", positive=False),
        _number("submit_throughput", "Messages a second; 0 = unlimited", positive=False),
        _number("dlr_expiry", "Seconds to wait for a receipt"),
        _whole("dlr_msgid", "Ids in receipts: 0 as in responses, 1 decimal for hexadecimal, 2 the reverse", 0, 2),
        _row("logfile", str, "File of the connector's log"),
        _row("logrotate", _parse_rotation, "When the log is rotated"),
        _one_of("loglevel", "Least level that is logged", (10, 20, 30, 40, 50)),
        _switch("logprivacy", "Whether texts are kept out of the log"),
        _row("custom_tlvs", parse_tlv_rules, "Vendor TLVs: tag,type,max[,required];…", show_tlv_rules, default=[]),
        _whole("window", "Submits that may wait for their answers at once; 1 = one after the other", 1, 10_000),
        _text("service_type", "service_type of messages that have none", 5),
        _one_of("in_doubt", "What happens with a submit that was not answered", ("retry", "fail", "hold")),
        _row("retry", parse_retry, "Errors: status,count,delay[,action];…", show_retry, default=plain(retry)),
        *_address_fields(),
        *_tls_fields(),
        _row("started", _parse_started, "Whether it runs", hidden=True),
    )


def _address_fields() -> tuple[Field, ...]:
    return (
        _row("backups", parse_backups, "Further addresses of the SMSC: host:port;…", show_backups, default=[]),
        _row("bind_address", _parse_bind_address, "The address of this machine to connect from, an IP"),
        _number("main_retry", "Seconds on a backup before the main address is tried; 0 = stay", positive=False),
        _row("health_errors", _parse_share, "Share of system errors, 0 to 1, that an address may give; 0 = any"),
    )


def _tls_fields() -> tuple[Field, ...]:
    return (
        _optional_text("ssl_trust", "File of the authorities to trust instead of the system's (PEM)", 255),
        _optional_text("ssl_certificate", "File of our own certificate (PEM)", 255),
        _optional_text("ssl_key", "File of our certificate's key (PEM)", 255),
        _optional_text("ssl_name", "Name to ask for and expect in the SMSC's certificate instead of the host", 253),
    )


def _parse_bind_address(text: str) -> str | None:
    if text.lower() == "none":
        return None
    if not is_address(text):
        raise _refused("bind_address", text, "an IP address of this machine, or none")
    return text


def _parse_share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise _refused("health_errors", text, "a number from 0 to 1")
    return int(share) if share in (0, 1) else share


def _parse_started(text: str) -> bool:
    return text.strip().lower() in ("1", "true", "yes")


def _build(values: Mapping[str, Any]) -> ConnectorSettings:
    lists = {
        "custom_tlvs": tuple(TlvRule(*rule) for rule in values["custom_tlvs"]),
        "retry": tuple(RetryRule(*rule) for rule in values["retry"]),
        "backups": tuple(Address(*each) for each in values["backups"]),
    }
    return ConnectorSettings(**{**values, **lists})


def _values(settings: ConnectorSettings) -> dict[str, Any]:
    lists = {name: _plain(getattr(settings, name)) for name in ("custom_tlvs", "backups")}
    lists["retry"] = plain(settings.retry)
    return {**{name: getattr(settings, name) for name in settings.__struct_fields__}, **lists}


def connector_kind(retry: tuple[RetryRule, ...] = DEFAULT_RETRY) -> Kind:
    """The kind `smppcc`; `retry` is what connectors get that do not say otherwise."""
    return Kind("smppcc", "cid", _fields(retry), _build, _values, "A connection to an SMSC")
