"""Between our messages and the PDUs on the wire: the one place where a part becomes a submit_sm, and a deliver_sm a
receipt or an incoming message."""

from __future__ import annotations

from typing import Protocol

from jasminlike.message.ids import new_id
from jasminlike.message.model import HTTP, Address, Incoming, Part, Receipt
from jasminlike.smpp import receipt_text, smpptime, tlv
from jasminlike.smpp.pdu import DataSm, DeliverSm, SubmitSm, message_octets

SHORT_MESSAGE_LIMIT = 254
"""Octets that short_message carries; longer payloads go as message_payload (SMPP 3.4 §5.2.21, §5.3.2.32)."""

MESSAGE_TYPE = 0x3C
MC_RECEIPT = 0x04
"""esm_class bits of an SMSC delivery receipt (SMPP 3.4 §5.2.12)."""


class WireDefaults(Protocol):
    """What a connector puts into messages that came over HTTP, where no script locked it."""

    @property
    def src_addr(self) -> str | None: ...
    @property
    def src_ton(self) -> int: ...
    @property
    def src_npi(self) -> int: ...
    @property
    def dst_ton(self) -> int: ...
    @property
    def dst_npi(self) -> int: ...
    @property
    def proto_id(self) -> int | None: ...
    @property
    def ripf(self) -> int: ...
    @property
    def def_msg_id(self) -> int: ...
    @property
    def service_type(self) -> str: ...


def submit_sm(part: Part, defaults: WireDefaults) -> SubmitSm:
    """The submit_sm of a part; ValueError when an address has characters that SMPP cannot carry."""
    source, destination = part.source, part.destination
    payload = part.payload
    tlvs = part.tlvs
    if len(payload) > SHORT_MESSAGE_LIMIT:
        tlvs = (*tlvs, (tlv.MESSAGE_PAYLOAD, payload))
        payload = b""
    pdu = SubmitSm(
        service_type=part.service_type.encode("latin-1"),
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.digits.encode("latin-1"),
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.digits.encode("latin-1"),
        esm_class=part.esm_class,
        protocol_id=part.protocol_id,
        priority_flag=part.priority,
        schedule_delivery_time=part.schedule,
        validity_period=part.validity or (smpptime.absolute(part.expires_at) if part.expires_at else b""),
        registered_delivery=part.registered_delivery,
        replace_if_present_flag=part.replace_if_present,
        data_coding=part.data_coding,
        sm_default_msg_id=part.sm_default_msg_id,
        short_message=payload,
        tlvs=tlvs,
    )
    if part.door == HTTP:
        _put_defaults(pdu, part, defaults)
    return pdu


def _put_defaults(pdu: SubmitSm, part: Part, defaults: WireDefaults) -> None:
    if not part.source.digits and defaults.src_addr:
        pdu.source_addr = defaults.src_addr.encode("latin-1")
    locks = part.locks
    if not locks:
        pdu.source_addr_ton, pdu.source_addr_npi = defaults.src_ton, defaults.src_npi
        pdu.dest_addr_ton, pdu.dest_addr_npi = defaults.dst_ton, defaults.dst_npi
        pdu.replace_if_present_flag = defaults.ripf
        pdu.sm_default_msg_id = defaults.def_msg_id
        if defaults.proto_id is not None:
            pdu.protocol_id = defaults.proto_id
        if defaults.service_type:
            pdu.service_type = defaults.service_type.encode("latin-1")
        return
    values = {
        "source_addr_ton": defaults.src_ton,
        "source_addr_npi": defaults.src_npi,
        "dest_addr_ton": defaults.dst_ton,
        "dest_addr_npi": defaults.dst_npi,
        "replace_if_present_flag": defaults.ripf,
        "sm_default_msg_id": defaults.def_msg_id,
        "protocol_id": defaults.proto_id,
        "service_type": defaults.service_type.encode("latin-1") or None,
    }
    for name, value in values.items():
        if name not in locks and value is not None:
            setattr(pdu, name, value)


def receipt_of(pdu: DeliverSm | DataSm, cid: str, now: float) -> tuple[Receipt, str] | None:
    """The receipt a PDU carries, with the number it speaks of; None when it is a message from a subscriber.

    Some SMSCs forget the bits of esm_class: a text that begins like a receipt counts as one unless the PDU says it is
    something else.
    """
    error = pdu.tlv(tlv.NETWORK_ERROR_CODE)
    state = pdu.tlv(tlv.MESSAGE_STATE)
    fields = receipt_text.parse(
        message_octets(pdu),
        pdu.data_coding,
        pdu.esm_class,
        receipted_message_id=pdu.tlv(tlv.RECEIPTED_MESSAGE_ID),
        message_state=state[0] if state else None,
        network_error_code=error,
    )
    if fields is None or not fields.id:
        return None
    receipt = Receipt(
        cid,
        fields.id,
        fields.state or "UNKNOWN",
        fields.err or "",
        fields.sub or "",
        fields.dlvrd or "",
        fields.submit_date or "",
        fields.done_date or "",
        fields.text or "",
        now,
    )
    return receipt, pdu.source_addr.decode("latin-1")


def incoming_of(pdu: DeliverSm | DataSm, cid: str, now: float) -> tuple[Incoming, tuple[int, int, int] | None]:
    """The subscriber's message a PDU carries, and its SAR numbers (reference, total, number) if it has them."""
    incoming = Incoming(
        id=new_id(now),
        connector=cid,
        source=Address(pdu.source_addr.decode("latin-1"), pdu.source_addr_ton, pdu.source_addr_npi),
        destination=Address(pdu.destination_addr.decode("latin-1"), pdu.dest_addr_ton, pdu.dest_addr_npi),
        payload=message_octets(pdu),
        data_coding=pdu.data_coding,
        esm_class=pdu.esm_class,
        priority=pdu.priority_flag if isinstance(pdu, DeliverSm) else None,
        validity=pdu.validity_period if isinstance(pdu, DeliverSm) else b"",
        received_at=now,
        tlvs=pdu.tlvs,
    )
    return incoming, _sar(pdu)


def _sar(pdu: DeliverSm | DataSm) -> tuple[int, int, int] | None:
    numbers = [pdu.tlv(tag) for tag in (tlv.SAR_MSG_REF_NUM, tlv.SAR_TOTAL_SEGMENTS, tlv.SAR_SEGMENT_SEQNUM)]
    found = [int.from_bytes(number, "big") for number in numbers if number]
    return (found[0], found[1], found[2]) if len(found) == 3 else None
