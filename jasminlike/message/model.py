"""The message as every room of the gateway knows it: frozen, typed, never a PDU and never an HTTP argument.

A `Message` is what a client was promised; it is sent as one or more `Part`s, and a part is what waits in a queue.
Texts travel as octets in the coding named beside them; addresses as text of at most 20 octets (SMPP 3.4 §5.2.8).
"""

from __future__ import annotations

import msgspec

HTTP = "httpapi"
SMPP = "smppsapi"


class Address(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A number or name with its type of number and numbering plan (SMPP 3.4 §5.2.5, §5.2.6)."""

    digits: str = ""
    ton: int = 0
    npi: int = 0


class ReceiptWish(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Which receipts the client asked for, and where they go.

    `level`: 0 none, 1 the operator's answer, 2 the handset's receipt, 3 both. `url` and `method` for a callback over
    HTTP; `registered_delivery` as an SMPP client gave it (SMPP 3.4 §5.2.17).
    """

    level: int = 0
    url: str = ""
    method: str = "POST"
    registered_delivery: int = 0


NO_RECEIPT = ReceiptWish()


class Message(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One accepted text, whole, before it is split. Times are seconds since 1970, 0.0 = never."""

    id: str
    user: str
    door: str
    source: Address
    destination: Address
    payload: bytes
    data_coding: int = 0
    esm_class: int = 0
    priority: int = 0
    protocol_id: int = 0
    service_type: str = ""
    replace_if_present: int = 0
    sm_default_msg_id: int = 0
    schedule: bytes = b""
    validity: bytes = b""
    created_at: float = 0.0
    expires_at: float = 0.0
    receipt: ReceiptWish = NO_RECEIPT
    tags: tuple[str, ...] = ()
    tlvs: tuple[tuple[int, bytes], ...] = ()
    locks: tuple[str, ...] = ()
    """Names of PDU parameters that a script locked: connector defaults and request values leave them alone."""


class Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One part of a message as it waits in a queue: all that is needed to send it, and what to do if that fails."""

    message: str
    number: int
    total: int
    user: str
    door: str
    connector: str
    others: tuple[str, ...]
    """The connectors of the plan that remain, in order, if this one fails."""
    source: Address
    destination: Address
    payload: bytes
    data_coding: int
    esm_class: int
    priority: int
    protocol_id: int
    service_type: str
    replace_if_present: int
    sm_default_msg_id: int
    schedule: bytes
    validity: bytes
    created_at: float
    expires_at: float
    receipt: ReceiptWish
    registered_delivery: int
    tlvs: tuple[tuple[int, bytes], ...] = ()
    locks: tuple[str, ...] = ()
    price: int = 0
    """What the account pays for this part, in millionths of the currency unit."""
    due_on_answer: int = 0
    """The share of `price` that is taken only when the operator accepts the part."""
    seconds_in_hand: float = 0.0
    """How long earlier attempts on other connectors took, for the records."""


class Receipt(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A delivery receipt as an operator sent it. `state` is one of the seven-letter words of SMPP 3.4 Appendix B."""

    connector: str
    smsc_id: str
    state: str
    error: str = ""
    sub: str = ""
    dlvrd: str = ""
    submit_date: str = ""
    done_date: str = ""
    text: str = ""
    received_at: float = 0.0


class Tracked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What must be known of a part when its receipt comes, days later perhaps, to tell the client."""

    message: str
    number: int
    total: int
    user: str
    door: str
    connector: str
    source: Address
    destination: Address
    receipt: ReceiptWish
    accepted_at: float
    smsc_id: str = ""


class Incoming(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message from a subscriber (mobile originated), whole or one part of a long one."""

    id: str
    connector: str
    source: Address
    destination: Address
    payload: bytes
    data_coding: int = 0
    esm_class: int = 0
    priority: int | None = None
    validity: bytes = b""
    received_at: float = 0.0
    tlvs: tuple[tuple[int, bytes], ...] = ()
    part_of: tuple[int, int, int] | None = None
    """(reference, total, number) when it is one part of a long message."""
    joined: bool = False
    incomplete: bool = False
    tags: tuple[str, ...] = ()
