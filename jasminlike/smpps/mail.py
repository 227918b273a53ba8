"""What waits in a client's mailbox, and the PDUs it becomes: receipts of its messages, and messages from subscribers.

A receipt has the form that Jasmin's clients parse:

    id:<message id> submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DELIVRD err:000

with the TLVs receipted_message_id and message_state, and its addresses swapped against the message's. Dates are UTC.
"""

from __future__ import annotations

import msgspec

from jasminlike.message.model import Address, Incoming
from jasminlike.smpp import constants as c
from jasminlike.smpp import receipt_text, tlv
from jasminlike.smpp.pdu import DataSm, DeliverSm

STATES = {
    "ENROUTE": c.STATE_ENROUTE,
    "DELIVRD": c.STATE_DELIVERED,
    "EXPIRED": c.STATE_EXPIRED,
    "DELETED": c.STATE_DELETED,
    "UNDELIV": c.STATE_UNDELIVERABLE,
    "ACCEPTD": c.STATE_ACCEPTED,
    "UNKNOWN": c.STATE_UNKNOWN,
    "REJECTD": c.STATE_REJECTED,
}
"""The words of receipts as numbers (SMPP 3.4 §5.2.28)."""

EXPIRED = "mail-expired"
"""The event of mail that its client did not fetch in time."""

LONGEST_ADDRESS = 20
LONGEST_SHORT_MESSAGE = 254
_OF_JOINING = frozenset({tlv.SAR_MSG_REF_NUM, tlv.SAR_TOTAL_SEGMENTS, tlv.SAR_SEGMENT_SEQNUM, 0x0426})
"""TLVs that speak of one part; a message that was joined of its parts is none."""


class ReceiptMail(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A receipt for a client. `source` and `destination` are the message's own; times are seconds since 1970."""

    message: str
    source: Address
    destination: Address
    state: str
    error: str
    accepted_at: float
    done_at: float


class Mail(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One thing for a client: a receipt or an incoming message. `expires_at` 0.0 = never."""

    expires_at: float
    receipt: ReceiptMail | None = None
    incoming: Incoming | None = None

    @property
    def name(self) -> str:
        """The id of the message it speaks of, for the log."""
        if self.receipt is not None:
            return self.receipt.message
        return "" if self.incoming is None else self.incoming.id


def pdu_of(mail: Mail, receipts_as_data_sm: bool) -> DeliverSm | DataSm:
    """What goes to the client; ValueError when the mail is empty."""
    if mail.receipt is not None:
        return receipt_data_sm(mail.receipt) if receipts_as_data_sm else receipt_deliver_sm(mail.receipt)
    if mail.incoming is None:
        raise ValueError("neither a receipt nor a message")
    return incoming_pdu(mail.incoming)


def _receipt_tlvs(receipt: ReceiptMail) -> tlv.Tlvs:
    return (
        (tlv.RECEIPTED_MESSAGE_ID, receipt.message.encode("ascii") + b"\0"),
        (tlv.MESSAGE_STATE, bytes((STATES.get(receipt.state, c.STATE_UNKNOWN),))),
    )


def receipt_deliver_sm(receipt: ReceiptMail) -> DeliverSm:
    """A receipt in its usual form."""
    source, destination = receipt.destination, receipt.source
    return DeliverSm(
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.digits.encode("latin-1"),
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.digits.encode("latin-1"),
        esm_class=c.ESM_TYPE_DELIVERY_RECEIPT,
        short_message=receipt_text.format_receipt(
            receipt.message,
            submit_date=receipt.accepted_at,
            done_date=receipt.done_at,
            stat=receipt.state,
            err=receipt.error,
        ),
        tlvs=_receipt_tlvs(receipt),
    )


def receipt_data_sm(receipt: ReceiptMail) -> DataSm:
    """A receipt without text, for clients that prefer TLVs."""
    source, destination = receipt.destination, receipt.source
    return DataSm(
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.digits.encode("latin-1"),
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.digits.encode("latin-1"),
        esm_class=c.ESM_TYPE_DELIVERY_RECEIPT,
        tlvs=_receipt_tlvs(receipt),
    )


def incoming_pdu(incoming: Incoming) -> DeliverSm | DataSm:
    """A subscriber's message as it came, vendor TLVs included. What does not fit short_message goes as
    message_payload; addresses that do not fit a deliver_sm go in a data_sm."""
    source, destination = incoming.source, incoming.destination
    tlvs = tuple(
        entry
        for entry in incoming.tlvs
        if entry[0] != tlv.MESSAGE_PAYLOAD and not (incoming.joined and entry[0] in _OF_JOINING)
    )
    payload = incoming.payload
    long_address = max(len(source.digits), len(destination.digits)) > LONGEST_ADDRESS
    if long_address or len(payload) > LONGEST_SHORT_MESSAGE:
        tlvs = (*tlvs, (tlv.MESSAGE_PAYLOAD, payload))
        payload = b""
    if long_address:
        return DataSm(
            source_addr_ton=source.ton,
            source_addr_npi=source.npi,
            source_addr=source.digits.encode("latin-1"),
            dest_addr_ton=destination.ton,
            dest_addr_npi=destination.npi,
            destination_addr=destination.digits.encode("latin-1"),
            esm_class=incoming.esm_class,
            data_coding=incoming.data_coding,
            tlvs=tlvs,
        )
    return DeliverSm(
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.digits.encode("latin-1"),
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.digits.encode("latin-1"),
        esm_class=incoming.esm_class,
        priority_flag=incoming.priority or 0,
        validity_period=incoming.validity,
        data_coding=incoming.data_coding,
        short_message=payload,
        tlvs=tlvs,
    )
