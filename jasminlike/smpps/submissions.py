"""From the wire inwards: a submit_sm, submit_multi or data_sm of a client as the pipeline's `Submission`.

Nothing is decided here about accounts and routes. What the values themselves forbid is refused with the status that
SMPP has for it; everything else (user data headers, SAR and vendor TLVs, unknown numbers) is passed on as it came.
"""

from __future__ import annotations

from jasminlike.accounts.model import User
from jasminlike.message.model import SMPP, Address, ReceiptWish
from jasminlike.pipeline.submission import Submission
from jasminlike.smpp import constants as c
from jasminlike.smpp import smpptime, tlv
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import DataSm, SubmitMulti, SubmitSm
from jasminlike.smpps.replies import Refused

QOS_TIME_TO_LIVE = 0x0017
LONGEST_ADDRESS = 20
"""Octets of an address in submit_sm (SMPP 3.4 §5.2.8), without its NUL; data_sm could carry more."""

_GIVEN = tuple(
    frozenset(name for bit, name in enumerate(("source_address", "priority", "dlr_level")) if combination & (1 << bit))
    for combination in range(8)
)
"""What a client set by itself, by the bits 1 (source), 2 (priority) and 4 (receipt)."""

Wishes = tuple[ReceiptWish, ...]
"""The wish that each registered_delivery stands for, by its number."""


def wishes(tell_answers: bool) -> Wishes:
    """`tell_answers`: clients that want receipts also hear that the operator took their message."""
    asked = 3 if tell_answers else 2
    return tuple(
        ReceiptWish(level=asked if number & c.RECEIPT_MASK else 0, registered_delivery=number) for number in range(256)
    )


def of_submit_sm(pdu: SubmitSm, user: User, now: float, wanted: Wishes) -> Submission:
    """The submission of a submit_sm; raises `Refused`."""
    number = pdu.destination_addr
    if not number:
        raise Refused(s.ESME_RINVDSTADR)
    destination = Address(number.decode("latin-1"), pdu.dest_addr_ton, pdu.dest_addr_npi)
    return of_message(pdu, destination, user, now, wanted)


def of_message(pdu: SubmitSm | SubmitMulti, destination: Address, user: User, now: float, wanted: Wishes) -> Submission:
    """The submission of a submit_sm, or of a submit_multi for one of its destinations; raises `Refused`."""
    priority, registered, validity, schedule = (
        pdu.priority_flag,
        pdu.registered_delivery,
        pdu.validity_period,
        pdu.schedule_delivery_time,
    )
    if priority > c.PRIORITY_HIGHEST:
        raise Refused(s.ESME_RINVPRTFLG)
    payload, tlvs = pdu.short_message, pdu.tlvs
    if tlvs:
        payload, tlvs = _content(payload, tlvs)
    source = pdu.source_addr
    if schedule:
        check_schedule(schedule, now)
    return Submission(
        user=user,
        door=SMPP,
        destination=destination,
        source=Address(source.decode("latin-1"), pdu.source_addr_ton, pdu.source_addr_npi) if source else None,
        payload=payload,
        data_coding=pdu.data_coding,
        esm_class=pdu.esm_class,
        priority=priority,
        protocol_id=pdu.protocol_id,
        service_type=pdu.service_type.decode("latin-1"),
        replace_if_present=pdu.replace_if_present_flag,
        sm_default_msg_id=pdu.sm_default_msg_id,
        expires_at=expiry(validity, now) if validity else 0.0,
        validity=validity,
        schedule=schedule,
        receipt=wanted[registered],
        tlvs=list(tlvs),
        given=_GIVEN[bool(source) | bool(priority) << 1 | bool(registered) << 2],
    )


def of_data_sm(pdu: DataSm, user: User, now: float, wanted: Wishes) -> Submission:
    """The submission of a data_sm; its qos_time_to_live is its validity. Raises `Refused`."""
    number, source = pdu.destination_addr, pdu.source_addr
    if not 0 < len(number) <= LONGEST_ADDRESS:
        raise Refused(s.ESME_RINVDSTADR)
    if len(source) > LONGEST_ADDRESS:
        raise Refused(s.ESME_RINVSRCADR)
    payload, tlvs = _content(b"", pdu.tlvs)
    lifetime = tlv.first(tlvs, QOS_TIME_TO_LIVE)
    expires_at = 0.0
    if lifetime is not None:
        seconds = int.from_bytes(lifetime, "big")
        if not seconds:
            raise Refused(s.ESME_RINVEXPIRY)
        expires_at = now + seconds
        tlvs = tuple(entry for entry in tlvs if entry[0] != QOS_TIME_TO_LIVE)
    registered = pdu.registered_delivery
    return Submission(
        user=user,
        door=SMPP,
        destination=Address(number.decode("latin-1"), pdu.dest_addr_ton, pdu.dest_addr_npi),
        source=Address(source.decode("latin-1"), pdu.source_addr_ton, pdu.source_addr_npi) if source else None,
        payload=payload,
        data_coding=pdu.data_coding,
        esm_class=pdu.esm_class,
        service_type=pdu.service_type.decode("latin-1"),
        expires_at=expires_at,
        receipt=wanted[registered],
        tlvs=list(tlvs),
        given=_GIVEN[bool(source) | bool(registered) << 2],
    )


def _content(payload: bytes, tlvs: tlv.Tlvs) -> tuple[bytes, tlv.Tlvs]:
    """The user data and the other TLVs. A text in both places is refused: one would be lost (SMPP 3.4 §5.3.2.32)."""
    carried = [value for tag, value in tlvs if tag == tlv.MESSAGE_PAYLOAD]
    if not carried:
        return payload, tlvs
    if payload or len(carried) > 1:
        raise Refused(s.ESME_ROPTPARNOTALLWD)
    return carried[0], tuple(entry for entry in tlvs if entry[0] != tlv.MESSAGE_PAYLOAD)


def expiry(validity: bytes, now: float) -> float:
    """When a validity_period ends, in seconds since 1970; raises `Refused` for one that cannot be read or is over."""
    try:
        ends = smpptime.to_epoch(validity, now)
    except ValueError:
        raise Refused(s.ESME_RINVEXPIRY) from None
    if ends <= now:
        raise Refused(s.ESME_RINVEXPIRY)
    return ends


def check_schedule(schedule: bytes, now: float) -> None:
    """Raises `Refused` for a schedule_delivery_time that cannot be read; a time that is over means at once."""
    try:
        smpptime.to_epoch(schedule, now)
    except ValueError:
        raise Refused(s.ESME_RINVSCHED) from None
