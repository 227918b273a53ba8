"""What a callback says: the parameters that clients of Jasmin know, for receipts and for incoming messages.

One parameter differs from Jasmin's: `connector` names the connector at both levels (there, level 2 has the operator's
id in it), and `coding` is a decimal number (there, a raw octet). A message joined of parts of which some never came has
`incomplete=1` besides.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote_plus

import msgspec

from jasminlike.message.model import Incoming, Receipt, Tracked

RECEIPT = "receipt"
INCOMING = "incoming"

ABSENT = b"ND"
"""What stands for a figure that the operator did not give."""

Fields = tuple[tuple[str, bytes], ...]


class Callback(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One call to be made, as it waits in its queue.

    A receipt has its `url` and `method`; an incoming message names `connectors`, tried in order, whose addresses are
    looked up when the call is made. `form` is urlencoded. `created_at` in seconds since 1970.
    """

    kind: str
    message: str
    created_at: float
    form: bytes
    url: str = ""
    method: str = "POST"
    connectors: tuple[str, ...] = ()


_plain = re.compile(rb"[A-Za-z0-9_.~-]*").fullmatch


def urlencoded(fields: Fields) -> bytes:
    """The fields as a form, or what follows `?` in a URL."""
    return b"&".join(
        name.encode("ascii") + b"=" + (value if _plain(value) else quote_plus(value).encode("ascii"))
        for name, value in fields
    )


def answered(tracked: Tracked, status: str) -> Fields:
    """Level 1: what the operator answered; `status` is the name of a command_status."""
    return (
        ("id", _octets(tracked.message)),
        ("level", b"1"),
        ("message_status", _octets(status)),
        ("connector", _octets(tracked.connector)),
    )


def ended(tracked: Tracked, receipt: Receipt) -> Fields:
    """Level 2: what the handset's receipt says."""
    return (
        ("id", _octets(tracked.message)),
        ("level", b"2"),
        ("message_status", _octets(receipt.state)),
        ("connector", _octets(tracked.connector)),
        ("id_smsc", _octets(receipt.smsc_id or tracked.smsc_id)),
        ("sub", _figure(receipt.sub)),
        ("dlvrd", _figure(receipt.dlvrd)),
        ("subdate", _octets(receipt.submit_date) or ABSENT),
        ("donedate", _octets(receipt.done_date) or ABSENT),
        ("err", _figure(receipt.error)),
        ("text", _octets(receipt.text)),
    )


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _figure(text: str) -> bytes:
    """At least three characters wide."""
    return _octets(text).rjust(3, b"0") if text else ABSENT


def incoming(message: Incoming) -> Fields:
    """A message from a subscriber."""
    fields = [
        ("id", _octets(message.id)),
        ("from", _octets(message.source.digits)),
        ("to", _octets(message.destination.digits)),
        ("origin-connector", _octets(message.connector)),
        ("content", message.payload),
        ("binary", message.payload.hex().encode("ascii")),
        ("coding", b"%d" % message.data_coding),
    ]
    if message.priority is not None:
        fields.append(("priority", b"%d" % message.priority))
    if message.validity:
        fields.append(("validity", message.validity))
    if message.incomplete:
        fields.append(("incomplete", b"1"))
    fields.extend(_optional_parameters(message))
    return tuple(fields)


# Tags that callbacks name (SMPP 3.4 §5.3.2), and the words for the values of those that are enumerations. Integers
# are written as decimal digits, all others as hexadecimal digits.
_NUMBERS = {
    0x0204: "user_message_reference",
    0x020A: "source_port",
    0x020B: "destination_port",
    0x020C: "sar_msg_ref_num",
    0x020E: "sar_total_segments",
    0x020F: "sar_segment_seqnum",
}
_WORDS = {
    0x0019: ("payload_type", {0: "DEFAULT", 1: "WCMP_MESSAGE"}),
    0x0201: ("privacy_indicator", {0: "NOT_RESTRICTED", 1: "RESTRICTED", 2: "CONFIDENTIAL", 3: "SECRET"}),
    0x020D: (
        "language_indicator",
        {0: "UNSPECIFIED", 1: "ENGLISH", 2: "FRENCH", 3: "SPANISH", 4: "GERMAN", 5: "PORTUGUESE"},
    ),
    0x0427: (
        "message_state",
        {
            1: "ENROUTE",
            2: "DELIVERED",
            3: "EXPIRED",
            4: "DELETED",
            5: "UNDELIVERABLE",
            6: "ACCEPTED",
            7: "UNKNOWN",
            8: "REJECTED",
        },
    ),
}
_OCTETS = {
    0x001E: "receipted_message_id",
    0x0381: "callback_num",
    0x0423: "network_error_code",
    0x1383: "its_session_info",
}
_MESSAGE_PAYLOAD = 0x0424


def _optional_parameters(message: Incoming) -> Fields:
    """Those with a name in `tlv_params`, all others in `custom_tlvs`; the text is not repeated."""
    named: dict[str, str] = {}
    others: list[dict[str, object]] = []
    for tag, value in message.tlvs:
        if tag in _NUMBERS:
            named[_NUMBERS[tag]] = str(int.from_bytes(value, "big"))
        elif tag in _WORDS:
            name, words = _WORDS[tag]
            number = int.from_bytes(value, "big")
            named[name] = words.get(number, str(number))
        elif tag in _OCTETS:
            named[_OCTETS[tag]] = (value.partition(b"\0")[0] if tag == 0x001E else value).hex()
        elif tag != _MESSAGE_PAYLOAD:
            others.append({"tag": tag, "length": len(value), "type": "OctetString", "value": value.hex()})
    fields: list[tuple[str, bytes]] = []
    if named:
        fields.append(("tlv_params", json.dumps(named).encode("ascii")))
    if others:
        fields.append(("custom_tlvs", json.dumps(others).encode("ascii")))
    return tuple(fields)
