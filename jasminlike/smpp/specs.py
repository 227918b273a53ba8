"""The table of the wire: one row per command of SMPP 3.4, one entry per mandatory field, in wire order (§4).

Everything else about the wire follows from this table: the classes of ``pdu``, the encoders and decoders of ``walker``
and ``compiled``, the stub ``pdu.pyi``. A new command is a new row here and nothing elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from jasminlike.smpp import constants as c
from jasminlike.smpp import statuses as s
from jasminlike.smpp.fields import (
    INT1,
    COctetString,
    Destinations,
    Kind,
    LooseCOctetString,
    ShortMessage,
    UnsuccessSmes,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A mandatory field: its name in the specification, its kind, and the status that answers a bad value of it."""

    name: str
    kind: Kind
    refusal: int = s.ESME_RINVPARLEN
    start: Any = None

    @property
    def default(self) -> Any:
        return self.kind.default if self.start is None else self.start


@dataclass(frozen=True, slots=True)
class Spec:
    """A command. ``bare_when_refused``: with a status other than 0 its response has no body (§4.1.2, §4.4.2)."""

    name: str
    command_id: int
    fields: tuple[Field, ...] = ()
    bare_when_refused: bool = False

    @property
    def is_response(self) -> bool:
        return bool(self.command_id & c.RESPONSE)

    @property
    def class_name(self) -> str:
        return "".join(word.capitalize() for word in self.name.split("_"))


def _address(ton: str, npi: str, address: str, refusal: int, limit: int = 21) -> tuple[Field, ...]:
    return Field(ton, INT1), Field(npi, INT1), Field(address, COctetString(limit), refusal)


_SOURCE = _address("source_addr_ton", "source_addr_npi", "source_addr", s.ESME_RINVSRCADR)
_DESTINATION = _address("dest_addr_ton", "dest_addr_npi", "destination_addr", s.ESME_RINVDSTADR)
_LONG_SOURCE = _address("source_addr_ton", "source_addr_npi", "source_addr", s.ESME_RINVSRCADR, 65)
_LONG_DESTINATION = _address("dest_addr_ton", "dest_addr_npi", "destination_addr", s.ESME_RINVDSTADR, 65)
_SERVICE_TYPE = Field("service_type", COctetString(6), s.ESME_RINVSERTYP)
_SYSTEM_ID = Field("system_id", COctetString(16), s.ESME_RINVSYSID)
# The specification allows eight characters of password. SMSCs give out longer ones, and a gateway that cannot say them
# cannot bind; its own users would be limited to what no policy of today accepts.
_PASSWORD = Field("password", COctetString(65), s.ESME_RINVPASWD)
_MESSAGE_ID = Field("message_id", COctetString(65), s.ESME_RINVMSGID)
_ANSWERED_ID = Field("message_id", LooseCOctetString(65))
_SCHEDULE = Field("schedule_delivery_time", COctetString(17), s.ESME_RINVSCHED)
_VALIDITY = Field("validity_period", COctetString(17), s.ESME_RINVEXPIRY)
_REGISTERED = Field("registered_delivery", INT1)
_CANNED = Field("sm_default_msg_id", INT1)
_SHORT_MESSAGE = Field("short_message", ShortMessage(), s.ESME_RINVMSGLEN)

_BIND = (
    _SYSTEM_ID,
    _PASSWORD,
    Field("system_type", COctetString(13), s.ESME_RINVSYSTYP),
    Field("interface_version", INT1, start=c.VERSION_34),
    *_address("addr_ton", "addr_npi", "address_range", s.ESME_RINVPARLEN, 41),
)
_BIND_RESP = (Field("system_id", LooseCOctetString(16)),)

# What submit_sm, deliver_sm and submit_multi have after their addresses.
_MESSAGE = (
    Field("esm_class", INT1),
    Field("protocol_id", INT1),
    Field("priority_flag", INT1),
    _SCHEDULE,
    _VALIDITY,
    _REGISTERED,
    Field("replace_if_present_flag", INT1),
    Field("data_coding", INT1),
    _CANNED,
    _SHORT_MESSAGE,
)

COMMANDS: Final[tuple[Spec, ...]] = (
    Spec("generic_nack", c.GENERIC_NACK),
    Spec("bind_receiver", c.BIND_RECEIVER, _BIND),
    Spec("bind_receiver_resp", c.BIND_RECEIVER_RESP, _BIND_RESP, bare_when_refused=True),
    Spec("bind_transmitter", c.BIND_TRANSMITTER, _BIND),
    Spec("bind_transmitter_resp", c.BIND_TRANSMITTER_RESP, _BIND_RESP, bare_when_refused=True),
    Spec("bind_transceiver", c.BIND_TRANSCEIVER, _BIND),
    Spec("bind_transceiver_resp", c.BIND_TRANSCEIVER_RESP, _BIND_RESP, bare_when_refused=True),
    Spec("outbind", c.OUTBIND, (_SYSTEM_ID, _PASSWORD)),
    Spec("unbind", c.UNBIND),
    Spec("unbind_resp", c.UNBIND_RESP),
    Spec("submit_sm", c.SUBMIT_SM, (_SERVICE_TYPE, *_SOURCE, *_DESTINATION, *_MESSAGE)),
    Spec("submit_sm_resp", c.SUBMIT_SM_RESP, (_ANSWERED_ID,), bare_when_refused=True),
    Spec(
        "submit_multi",
        c.SUBMIT_MULTI,
        (_SERVICE_TYPE, *_SOURCE, Field("dest_address", Destinations(), s.ESME_RINVNUMDESTS), *_MESSAGE),
    ),
    Spec(
        "submit_multi_resp",
        c.SUBMIT_MULTI_RESP,
        (_ANSWERED_ID, Field("unsuccess_sme", UnsuccessSmes())),
        bare_when_refused=True,
    ),
    Spec("deliver_sm", c.DELIVER_SM, (_SERVICE_TYPE, *_SOURCE, *_DESTINATION, *_MESSAGE)),
    # message_id is unused in deliver_sm_resp (§4.6.2) but its NUL is expected, also after an error.
    Spec("deliver_sm_resp", c.DELIVER_SM_RESP, (_ANSWERED_ID,)),
    Spec(
        "data_sm",
        c.DATA_SM,
        (
            _SERVICE_TYPE,
            *_LONG_SOURCE,
            *_LONG_DESTINATION,
            Field("esm_class", INT1),
            _REGISTERED,
            Field("data_coding", INT1),
        ),
    ),
    Spec("data_sm_resp", c.DATA_SM_RESP, (_ANSWERED_ID,)),
    Spec("query_sm", c.QUERY_SM, (_MESSAGE_ID, *_SOURCE)),
    Spec(
        "query_sm_resp",
        c.QUERY_SM_RESP,
        (
            _ANSWERED_ID,
            Field("final_date", COctetString(17)),
            Field("message_state", INT1),
            Field("error_code", INT1),
        ),
        bare_when_refused=True,
    ),
    Spec("cancel_sm", c.CANCEL_SM, (_SERVICE_TYPE, _MESSAGE_ID, *_SOURCE, *_DESTINATION)),
    Spec("cancel_sm_resp", c.CANCEL_SM_RESP),
    Spec(
        "replace_sm",
        c.REPLACE_SM,
        (_MESSAGE_ID, *_SOURCE, _SCHEDULE, _VALIDITY, _REGISTERED, _CANNED, _SHORT_MESSAGE),
    ),
    Spec("replace_sm_resp", c.REPLACE_SM_RESP),
    Spec("enquire_link", c.ENQUIRE_LINK),
    Spec("enquire_link_resp", c.ENQUIRE_LINK_RESP),
    Spec(
        "alert_notification",
        c.ALERT_NOTIFICATION,
        (*_LONG_SOURCE, *_address("esme_addr_ton", "esme_addr_npi", "esme_addr", s.ESME_RINVDSTADR, 65)),
    ),
)

BY_ID: Final[dict[int, Spec]] = {spec.command_id: spec for spec in COMMANDS}


def command_name(command_id: int) -> str:
    """The name of a command; one that SMPP 3.4 does not know is written as eight hexadecimal digits."""
    spec = BY_ID.get(command_id)
    return spec.name if spec is not None else f"0x{command_id:08X}"
