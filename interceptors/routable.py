"""A message as scripts see it: Jasmin's `routable`, made from a request and read back when the script has ended.

Addresses, times and the text are octets, all else whole numbers. What a script may set is wider than what it gets:
text for octets, and the enumerations of `smpp.pdu` by their names, so that scripts which import that library go on.
"""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

from interceptors.contract import Request, Value
from jasminlike.smpp import tlv
from jasminlike.text import codings, concat

TEXT = "short_message"
UDHI = 0x40
ADDRESSES = ("source_addr", "destination_addr")
LONGEST = {
    "service_type": 5,
    "source_addr": 20,
    "destination_addr": 20,
    "schedule_delivery_time": 16,
    "validity_period": 16,
}
"""Octets that a C-octet string of submit_sm holds without its NUL (SMPP 3.4 §4.4.1)."""

NUMBERS = (
    "source_addr_ton", "source_addr_npi", "dest_addr_ton", "dest_addr_npi", "esm_class", "protocol_id", "priority_flag",
    "registered_delivery", "replace_if_present_flag", "data_coding", "sm_default_msg_id",
)  # fmt: skip
PARAMS = frozenset((*LONGEST, *NUMBERS, TEXT))

_TON = ("UNKNOWN", "INTERNATIONAL", "NATIONAL", "NETWORK_SPECIFIC", "SUBSCRIBER_NUMBER", "ALPHANUMERIC", "ABBREVIATED")
_NPI = {"UNKNOWN": 0, "ISDN": 1, "DATA": 3, "TELEX": 4, "LAND_MOBILE": 6, "NATIONAL": 8, "PRIVATE": 9, "ERMES": 10,
        "INTERNET": 14, "WAP_CLIENT_ID": 18}  # fmt: skip
_SCHEMES = {"SMSC_DEFAULT_ALPHABET": 0, "IA5_ASCII": 1, "OCTET_UNSPECIFIED": 2, "LATIN_1": 3,
            "OCTET_UNSPECIFIED_COMMON": 4, "JIS": 5, "CYRILLIC": 6, "ISO_8859_8": 7, "UCS2": 8, "PICTOGRAM": 9,
            "ISO_2022_JP": 10, "EXTENDED_KANJI_JIS": 13, "KS_C_5601": 14}  # fmt: skip
_NAMES: dict[str, dict[str, int]] = {
    "source_addr_ton": {name: number for number, name in enumerate(_TON)},
    "dest_addr_ton": {name: number for number, name in enumerate(_TON)},
    "source_addr_npi": _NPI,
    "dest_addr_npi": _NPI,
    "data_coding": _SCHEMES,
    "priority_flag": {f"LEVEL_{number}": number for number in range(4)},
    "replace_if_present_flag": {"DO_NOT_REPLACE": 0, "REPLACE": 1},
}
_SIZES = {"Int1": 1, "Int2": 2, "Int4": 4}


class Routable:
    """What scripts call `routable`. Errors of a script's making are ValueError, TypeError or KeyError."""

    def __init__(self, request: Request) -> None:
        self.pdu = SimpleNamespace(params=dict(request.params))
        self.tags = list(request.tags)
        self.tlvs = list(request.tlvs)
        self.locks = set(request.locks)
        uid, username, gid = request.user
        self.user = SimpleNamespace(uid=uid, username=username, group=SimpleNamespace(gid=gid)) if uid else None
        self.connector = SimpleNamespace(cid=request.connector) if request.connector else None
        self.datetime = datetime.datetime.fromtimestamp(request.now)

    @property
    def text(self) -> str:
        """The text that the octets and their coding amount to, without a user data header."""
        params = self.pdu.params
        octets = bytes(params.get(TEXT) or b"")
        if params.get("esm_class", 0) & UDHI:
            octets = concat.read(octets).body
        return codings.display(octets, params.get("data_coding", 0))

    # --- tags ------------------------------------------------------------------------------------------------

    def addTag(self, tag: int | str) -> None:
        """Adds a tag, once."""
        name = _tag(tag)
        if name not in self.tags:
            self.tags.append(name)

    def hasTag(self, tag: int | str) -> bool:
        """Whether it has the tag."""
        return _tag(tag) in self.tags

    def getTags(self) -> list[str]:
        """All tags."""
        return list(self.tags)

    def removeTag(self, tag: int | str) -> None:
        """Takes a tag away; ValueError when it is not there."""
        name = _tag(tag)
        if name not in self.tags:
            raise ValueError(f"the message has no tag {name}")
        self.tags.remove(name)

    def flushTags(self) -> None:
        """Takes all tags away."""
        self.tags.clear()

    # --- locks -----------------------------------------------------------------------------------------------

    def lockPduParam(self, name: str) -> None:
        """Keeps the connector's defaults away from a parameter; KeyError when the message has none of that name."""
        if name not in self.pdu.params:
            raise KeyError(name)
        self.locks.add(name)

    def pduParamIsLocked(self, name: str) -> bool:
        """Whether it is locked."""
        return name in self.locks

    def flushPduLocks(self) -> None:
        """Unlocks all."""
        self.locks.clear()

    # --- optional parameters ---------------------------------------------------------------------------------

    def getTlvParam(self, name: str, default: Any = None) -> Any:
        """The value of an optional parameter of SMPP 3.4 by its name, or `default`."""
        number = tlv.tag(name)
        found = tlv.first(self.tlvs, number)
        return default if found is None else tlv.read(number, found)

    def setTlvParam(self, name: str, value: int | bytes) -> None:
        """Sets an optional parameter of SMPP 3.4; ValueError for a value it cannot have."""
        made = tlv.make(name, value)
        self.tlvs = [each for each in self.tlvs if each[0] != made[0]] + [made]

    def getCustomTlvs(self) -> list[tuple[int, int, str, bytes]]:
        """Optional parameters that SMPP 3.4 does not name: (tag, length, type, octets)."""
        return [(tag, len(octets), "OctetString", octets) for tag, octets in self.tlvs if not _known(tag)]

    def addCustomTlv(self, tag: int, type: str, value: Any, length: int | None = None) -> None:
        """Adds an optional parameter; `type` is Int1, Int2, Int4, OctetString or COctetString."""
        if not 0 <= tag <= 0xFFFF:
            raise ValueError(f"{tag} is no tag")
        if type in _SIZES:
            octets = int(value).to_bytes(_SIZES[type], "big")
        elif type in ("OctetString", "COctetString"):
            octets = value.encode() if isinstance(value, str) else bytes(value)
            octets += b"\0" if type == "COctetString" else b""
        else:
            raise ValueError(f"{type} is no type of a TLV: Int1, Int2, Int4, OctetString or COctetString")
        if length is not None and len(octets) != length:
            raise ValueError(f"the value has {len(octets)} octets, not {length}")
        self.tlvs.append((tag, octets))

    # --- what it amounts to ----------------------------------------------------------------------------------

    def changes(self, before: dict[str, int | bytes]) -> dict[str, Value]:
        """The parameters that are others now, checked. TypeError and ValueError say what cannot be."""
        params = self.pdu.params
        changed: dict[str, Value] = {name: None for name in before if params.get(name) is None}
        for name, value in params.items():
            if value is None or (name in before and before[name] is value):
                continue
            if name not in PARAMS:
                raise ValueError(f"no parameter is called {name}")
            if name == TEXT and isinstance(value, str):
                coding, octets = codings.choose(value)
                changed |= {TEXT: octets, "data_coding": coding}
            elif name != "data_coding" or name not in changed:
                changed[name] = _octets(name, value) if name in LONGEST or name == TEXT else _number(name, value)
        return {name: value for name, value in changed.items() if name not in before or before[name] != value}


def _known(tag: int) -> bool:
    return not tlv.is_vendor(tag) and not tlv.name(tag).startswith("0x")


def _tag(tag: int | str) -> str:
    if isinstance(tag, bool) or not isinstance(tag, int | str):
        raise TypeError(f"a tag is a number or a text, not {type(tag).__name__}")
    return str(tag)


def _octets(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        value = value.encode("latin-1")
    if not isinstance(value, bytes | bytearray):
        raise TypeError(f"{name} must be octets, not {type(value).__name__}")
    longest = LONGEST.get(name)
    if longest is not None and len(value) > longest:
        raise ValueError(f"{name} has {len(value)} octets, at most {longest} fit")
    return bytes(value)


def _number(name: str, value: Any) -> int:
    if name == "data_coding" and hasattr(value, "schemeData"):
        value = value.schemeData
    word = getattr(value, "name", None)
    if word is not None and word in _NAMES.get(name, {}):
        return _NAMES[name][word]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    highest = 3 if name == "priority_flag" else 255
    if not 0 <= value <= highest:
        raise ValueError(f"{name} is {value}, it goes from 0 to {highest}")
    return int(value)
