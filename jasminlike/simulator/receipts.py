"""How messages end, and the receipts that say so (SMPP 3.4 §2.11, Appendix B)."""

from __future__ import annotations

from jasminlike.simulator.book import Submitted
from jasminlike.simulator.faults import Chances
from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.smpp import constants as c
from jasminlike.smpp import smpptime, tlv
from jasminlike.smpp.pdu import DataSm, DeliverSm, SubmitMulti, SubmitSm
from jasminlike.smpp.receipt_text import format_receipt

STATES = {
    "SCHEDLD": c.STATE_SCHEDULED,
    "ENROUTE": c.STATE_ENROUTE,
    "DELIVRD": c.STATE_DELIVERED,
    "EXPIRED": c.STATE_EXPIRED,
    "DELETED": c.STATE_DELETED,
    "UNDELIV": c.STATE_UNDELIVERABLE,
    "ACCEPTD": c.STATE_ACCEPTED,
    "UNKNOWN": c.STATE_UNKNOWN,
    "REJECTD": c.STATE_REJECTED,
    "SKIPPED": c.STATE_SKIPPED,
}
"""Word of a receipt -> message_state; any other word goes out as it is, with state UNKNOWN."""

_ERRORS = {"DELIVRD": "000", "ACCEPTD": "000", "ENROUTE": "000"}
_FAILED = "001"
_QUOTED = 20
_ON_SUCCESS = 0x03  # of registered_delivery; SMPP 5.0 gave the value a meaning that 3.4 reserved


def plan(message: Submitted, settings: SimulatorSettings, chances: Chances, answered_at: float, wall: float) -> None:
    """Decide how and when a message ends. ``wall``: seconds since 1970 at which the clock was zero.

    A validity_period that is over before the message is delivered makes it EXPIRED; a schedule_delivery_time puts
    everything off. Raises smpptime.InvalidTime.
    """
    word, _, err = chances.word("receipt_states", settings.receipt_states).partition("/")
    message.final_state, message.err = word, err or _ERRORS.get(word, _FAILED)
    begin = answered_at
    pdu = message.pdu
    if not isinstance(pdu, DataSm):
        if pdu.schedule_delivery_time:
            begin = max(begin, smpptime.to_epoch(pdu.schedule_delivery_time, answered_at + wall) - wall)
        message.final_at = begin + chances.seconds("receipt_delay", settings.receipt_delay)
        if pdu.validity_period:
            end = smpptime.to_epoch(pdu.validity_period, answered_at + wall) - wall
            if end < message.final_at:
                message.final_at, message.final_state, message.err = max(end, answered_at), "EXPIRED", _FAILED
    else:
        message.final_at = begin + chances.seconds("receipt_delay", settings.receipt_delay)


def wanted(message: Submitted, settings: SimulatorSettings) -> bool:
    """Whether a receipt goes out for the state the message ends in (§5.2.17)."""
    if settings.always_receipts:
        return True
    asked = message.pdu.registered_delivery & c.RECEIPT_MASK
    if asked == c.RECEIPT_ALWAYS or not asked:
        return bool(asked)
    return (message.final_state == "DELIVRD") == (asked == _ON_SUCCESS)


def write(message: Submitted, receipt_id: str, settings: SimulatorSettings, now: float, wall: float) -> list[DeliverSm]:
    """The receipts of a message, one for each number it went to."""
    text = b""
    tlvs: tuple[tlv.Tlv, ...] = ()
    if settings.receipt_form != "tlv":
        delivered = 1 if message.final_state == "DELIVRD" else 0
        text = format_receipt(
            receipt_id,
            sub=1,
            dlvrd=delivered,
            submit_date=message.at + wall,
            done_date=min(message.final_at, now) + wall,
            stat=message.final_state,
            err=message.err,
            text=message.text(_QUOTED),
        )
    if settings.receipt_form != "text":
        tlvs = _tlvs(message, receipt_id)
    pdu: SubmitSm | DataSm | SubmitMulti = message.pdu
    esm_class = c.ESM_TYPE_DELIVERY_RECEIPT if settings.receipt_esm_class == "right" else 0
    return [
        DeliverSm(
            source_addr_ton=ton,
            source_addr_npi=npi,
            source_addr=address,
            dest_addr_ton=pdu.source_addr_ton,
            dest_addr_npi=pdu.source_addr_npi,
            destination_addr=pdu.source_addr,
            esm_class=esm_class,
            short_message=text,
            tlvs=tlvs,
        )
        for ton, npi, address in message.destinations
    ]


def _tlvs(message: Submitted, receipt_id: str) -> tuple[tlv.Tlv, ...]:
    state = STATES.get(message.final_state, c.STATE_UNKNOWN)
    made = [
        (tlv.RECEIPTED_MESSAGE_ID, receipt_id.encode("ascii") + b"\0"),
        (tlv.MESSAGE_STATE, bytes((state,))),
    ]
    if message.err.isdecimal() and int(message.err):
        made.append((tlv.NETWORK_ERROR_CODE, b"\x03" + (int(message.err) & 0xFFFF).to_bytes(2, "big")))
    reference = message.pdu.tlv(tlv.USER_MESSAGE_REFERENCE)
    if reference is not None:
        made.append((tlv.USER_MESSAGE_REFERENCE, reference))
    return tuple(made)
