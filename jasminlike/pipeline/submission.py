"""What a door hands to the pipeline, and what it gets back. A door translates; the pipeline decides."""

from __future__ import annotations

import msgspec

from jasminlike.accounts.model import User
from jasminlike.message.model import NO_RECEIPT, Address, ReceiptWish


class Submission(msgspec.Struct):
    """One request to send one text to one number.

    `payload` holds octets in `data_coding`, without a user data header unless `esm_class` says it has one. `given`
    names what the client set by itself, in the words of `MtAuthorization` without `set_` (`source_address`,
    `priority`, `validity_period`, `schedule_delivery_time`, `hex_content`, `dlr_level`, `dlr_method`): each needs its
    authorization. Mutable on purpose: interception scripts change it before it becomes a `Message`.
    """

    user: User
    door: str
    destination: Address
    source: Address | None
    payload: bytes
    data_coding: int = 0
    esm_class: int = 0
    priority: int = 0
    protocol_id: int = 0
    service_type: str = ""
    replace_if_present: int = 0
    sm_default_msg_id: int = 0
    validity_minutes: int | None = None
    expires_at: float = 0.0
    validity: bytes = b""
    schedule: bytes = b""
    receipt: ReceiptWish = NO_RECEIPT
    tags: list[str] = msgspec.field(default_factory=list)
    tlvs: list[tuple[int, bytes]] = msgspec.field(default_factory=list)
    given: frozenset[str] = frozenset()
    locks: set[str] = msgspec.field(default_factory=set)


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The message is stored; it will end in exactly one final state."""

    id: str
    parts: int


class Quote(msgspec.Struct, frozen=True, gc=False):
    """What a submission would cost: millionths of the currency unit for one part, and the number of parts."""

    rate: int
    parts: int
    connectors: tuple[str, ...]
