"""Between our messages and the parameters that scripts know: SMPP's names, octets and numbers."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from interceptors.contract import Answer, Request
from jasminlike.accounts.model import User
from jasminlike.message.model import HTTP, Address, Incoming, ReceiptWish
from jasminlike.smpp import smpptime

_SAME_NAME = ("data_coding", "esm_class", "protocol_id", "sm_default_msg_id")
_OWN_NAME = {"priority_flag": "priority", "replace_if_present_flag": "replace_if_present"}


class SubmissionLike(Protocol):
    """What a script may see and change of a submission, as `pipeline.submission.Submission` has it."""

    user: User
    door: str
    destination: Address
    source: Address | None
    payload: bytes
    data_coding: int
    esm_class: int
    priority: int
    protocol_id: int
    service_type: str
    replace_if_present: int
    sm_default_msg_id: int
    validity_minutes: int | None
    expires_at: float
    validity: bytes
    schedule: bytes
    receipt: ReceiptWish
    tags: list[str]
    tlvs: list[tuple[int, bytes]]
    locks: set[str]


def _address(params: dict[str, int | bytes], names: tuple[str, str, str], address: Address) -> None:
    params[names[0]] = address.digits.encode("latin-1", "replace")
    params[names[1]], params[names[2]] = address.ton, address.npi


SOURCE = ("source_addr", "source_addr_ton", "source_addr_npi")
DESTINATION = ("destination_addr", "dest_addr_ton", "dest_addr_npi")


def submission_request(submission: SubmissionLike, now: float, folder: str) -> Request:
    """The request for a submission; `key` is left to the caller. Parameters without a value are not there."""
    user, receipt = submission.user, submission.receipt
    http = submission.door == HTTP
    params: dict[str, int | bytes] = {
        "service_type": submission.service_type.encode("latin-1"),
        "esm_class": submission.esm_class,
        "protocol_id": submission.protocol_id,
        "priority_flag": submission.priority,
        "registered_delivery": (1 if receipt.level else 0) if http else receipt.registered_delivery,
        "replace_if_present_flag": submission.replace_if_present,
        "data_coding": submission.data_coding,
        "sm_default_msg_id": submission.sm_default_msg_id,
        "short_message": submission.payload,
    }
    if submission.source is not None:
        _address(params, SOURCE, submission.source)
    _address(params, DESTINATION, submission.destination)
    if submission.schedule:
        params["schedule_delivery_time"] = submission.schedule
    if submission.validity_minutes is not None:
        params["validity_period"] = smpptime.absolute(now + submission.validity_minutes * 60)
    elif submission.validity:
        params["validity_period"] = submission.validity
    return Request(
        "", "MT", params, submission.tags, submission.tlvs, sorted(submission.locks),
        user=(user.uid, user.username, user.gid), now=now, folder=folder,
    )  # fmt: skip


def apply(submission: SubmissionLike, answer: Answer, now: float) -> None:
    """Puts a script's changes into the submission; ValueError for what cannot be, and then nothing is changed."""
    changed = answer.changed
    expires_at = _expiry(submission, changed, now)
    receipt = _receipt(submission, changed.get("registered_delivery"))
    destination = _changed(submission.destination, DESTINATION, changed)
    if not destination.digits:
        raise ValueError("destination_addr is empty")
    source = _changed(submission.source or Address(), SOURCE, changed)
    submission.source = source if source.digits else None
    submission.destination, submission.receipt = destination, receipt
    for name in _SAME_NAME:
        if name in changed:
            setattr(submission, name, changed[name] or 0)
    for name, own in _OWN_NAME.items():
        if name in changed:
            setattr(submission, own, changed[name] or 0)
    if "short_message" in changed:
        submission.payload = _as_octets(changed["short_message"])
    if "service_type" in changed:
        submission.service_type = _as_octets(changed["service_type"]).decode("latin-1")
    if "schedule_delivery_time" in changed:
        submission.schedule = _as_octets(changed["schedule_delivery_time"])
    if "validity_period" in changed:
        submission.validity, submission.validity_minutes = _as_octets(changed["validity_period"]), None
        submission.expires_at = expires_at
    submission.tags, submission.tlvs, submission.locks = answer.tags, answer.tlvs, set(answer.locks)


def _as_octets(value: Any) -> bytes:
    return value if isinstance(value, bytes) else b""


def _changed(address: Address, names: tuple[str, str, str], changed: dict[str, Any]) -> Address:
    digits, ton, npi = names
    return Address(
        _as_octets(changed[digits]).decode("latin-1") if digits in changed else address.digits,
        (changed[ton] or 0) if ton in changed else address.ton,
        (changed[npi] or 0) if npi in changed else address.npi,
    )


def _expiry(submission: SubmissionLike, changed: dict[str, Any], now: float) -> float:
    schedule = changed.get("schedule_delivery_time")
    if schedule:
        smpptime.parse(schedule)
    validity = changed.get("validity_period")
    return smpptime.to_epoch(validity, now) if validity else 0.0


def _receipt(submission: SubmissionLike, wanted: Any) -> ReceiptWish:
    receipt = submission.receipt
    if wanted is None:
        return receipt
    if submission.door != HTTP:
        return msgspec.structs.replace(receipt, registered_delivery=wanted)
    if wanted and not receipt.level:
        raise ValueError("registered_delivery: the client named no dlr-url, so it cannot be sent a receipt")
    return receipt if wanted else ReceiptWish()


def incoming_request(incoming: Incoming, now: float, folder: str) -> Request:
    """The request for a message from a subscriber."""
    params: dict[str, int | bytes] = {
        "data_coding": incoming.data_coding,
        "esm_class": incoming.esm_class,
        "priority_flag": incoming.priority or 0,
        "short_message": incoming.payload,
    }
    _address(params, SOURCE, incoming.source)
    _address(params, DESTINATION, incoming.destination)
    if incoming.validity:
        params["validity_period"] = incoming.validity
    return Request(
        "", "MO", params, list(incoming.tags), list(incoming.tlvs), [],
        connector=incoming.connector, now=now, folder=folder,
    )  # fmt: skip


def replaced(incoming: Incoming, answer: Answer) -> Incoming:
    """The message as the script left it; ValueError for a parameter that such a message does not have."""
    changed = answer.changed
    known = {*SOURCE, *DESTINATION, "data_coding", "esm_class", "priority_flag", "short_message", "validity_period"}
    for name in changed:
        if name not in known:
            raise ValueError(f"{name} cannot be set on a message from a subscriber")
    values: dict[str, Any] = {name: changed[name] or 0 for name in ("data_coding", "esm_class") if name in changed}
    if "priority_flag" in changed:
        values["priority"] = changed["priority_flag"]
    if "short_message" in changed:
        values["payload"] = _as_octets(changed["short_message"])
    if "validity_period" in changed:
        values["validity"] = _as_octets(changed["validity_period"])
    return msgspec.structs.replace(
        incoming,
        source=_changed(incoming.source, SOURCE, changed),
        destination=_changed(incoming.destination, DESTINATION, changed),
        tags=tuple(answer.tags),
        tlvs=tuple(answer.tlvs),
        **values,
    )
