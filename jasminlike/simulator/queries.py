"""query_sm, cancel_sm and replace_sm: what an ESME asks about a message it sent before (SMPP 3.4 §4.8-§4.10)."""

from __future__ import annotations

from jasminlike.simulator.book import ENROUTE, Book, Submitted
from jasminlike.simulator.receipts import STATES
from jasminlike.smpp import constants as c
from jasminlike.smpp import smpptime
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import CancelSm, DataSm, Pdu, QuerySm, ReplaceSm

Question = QuerySm | CancelSm | ReplaceSm


def answer(pdu: Question, book: Book, system_id: str, now: float, wall: float) -> Pdu:
    """The response. ``wall``: seconds since 1970 at which the clock of ``now`` was zero."""
    if isinstance(pdu, CancelSm) and not pdu.message_id:
        return _cancel_all(pdu, book, system_id, now)
    message = book.find(pdu.message_id.decode("latin-1"))
    if message is None or message.system_id != system_id or message.pdu.source_addr != pdu.source_addr:
        return pdu.response(_FAILURE[pdu.command_id])
    if isinstance(pdu, QuerySm):
        return _query(pdu, message, now, wall)
    if message.state(now) != ENROUTE:
        return pdu.response(_FAILURE[pdu.command_id])
    if isinstance(pdu, CancelSm):
        _cancel(message, now)
    elif isinstance(message.pdu, DataSm):
        return pdu.response(s.ESME_RREPLACEFAIL)
    else:
        message.pdu.short_message = pdu.short_message
        message.pdu.without_tlv(0x0424)
        message.pdu.registered_delivery = pdu.registered_delivery
    return pdu.response()


_FAILURE = {
    c.QUERY_SM: s.ESME_RQUERYFAIL,
    c.CANCEL_SM: s.ESME_RCANCELFAIL,
    c.REPLACE_SM: s.ESME_RREPLACEFAIL,
}


def _query(pdu: QuerySm, message: Submitted, now: float, wall: float) -> Pdu:
    state = message.state(now)
    return pdu.response(
        message_id=pdu.message_id,
        final_date=b"" if state == ENROUTE else smpptime.absolute(message.final_at + wall),
        message_state=STATES.get(state, c.STATE_UNKNOWN),
        error_code=0 if state == ENROUTE or not message.err.isdecimal() else int(message.err) & 0xFF,
    )


def _cancel(message: Submitted, now: float) -> None:
    message.final_at, message.final_state, message.err = now, "DELETED", "000"


def _cancel_all(pdu: CancelSm, book: Book, system_id: str, now: float) -> Pdu:
    """Without an id: everything on its way between these two numbers, of this service_type if one is given (§4.9.1)."""
    found = [
        message
        for message in book
        if message.message_id
        and message.system_id == system_id
        and message.state(now) == ENROUTE
        and message.pdu.source_addr == pdu.source_addr
        and any(address == pdu.destination_addr for _, _, address in message.destinations)
        and pdu.service_type in (b"", message.pdu.service_type)
    ]
    for message in found:
        _cancel(message, now)
    return pdu.response(0 if found else s.ESME_RCANCELFAIL)
