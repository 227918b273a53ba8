"""The user data header: information elements before the text in short_message (3GPP TS 23.040 §9.2.3.24).

It is there when esm_class has the UDHI bit (SMPP 3.4 §5.2.12): one octet of length, then elements of identifier, length
and data. Every element is kept, known or not, in its order and as often as it comes.
"""

from typing import Final, NamedTuple

CONCATENATED: Final = 0x00
SPECIAL_MESSAGE: Final = 0x01
PORTS_8_BIT: Final = 0x04
PORTS_16_BIT: Final = 0x05
CONCATENATED_16_BIT: Final = 0x08
NATIONAL_SINGLE_SHIFT: Final = 0x24
NATIONAL_LOCKING_SHIFT: Final = 0x25


class MalformedUdh(ValueError):
    """The octets are no user data header, or the elements do not make one; the text says where it breaks."""


class Element(NamedTuple):
    """One information element."""

    identifier: int
    data: bytes


class Concatenation(NamedTuple):
    """What the concatenation element says. `wide` is True for a 16-bit reference."""

    ref: int
    total: int
    seq: int
    wide: bool


class Ports(NamedTuple):
    """Application ports, as the 8-bit or 16-bit port element says them."""

    destination: int
    source: int


def parse(payload: bytes) -> tuple[tuple[Element, ...], bytes]:
    """Return the elements of the header that `payload` begins with, and what stands after it.

    Raises MalformedUdh when the header or an element goes beyond its end.
    """
    if not payload:
        raise MalformedUdh("no header: the payload is empty")
    end = payload[0] + 1
    if end > len(payload):
        raise MalformedUdh(f"header of {end} octets in a payload of {len(payload)}")
    elements = []
    position = 1
    while position < end:
        if position + 1 == end:
            raise MalformedUdh(f"element {payload[position]:#04x} at octet {position} has no length")
        stop = position + 2 + payload[position + 1]
        if stop > end:
            raise MalformedUdh(
                f"element {payload[position]:#04x} at octet {position} ends at octet {stop}, the header at {end}"
            )
        elements.append(Element(payload[position], payload[position + 2 : stop]))
        position = stop
    return tuple(elements), payload[end:]


def build(elements: tuple[Element, ...] | list[Element]) -> bytes:
    """Return the header of these elements, its length octet included; parse() gives them back.

    Raises MalformedUdh when an identifier is no octet, or an element or the header is longer than 255 octets.
    """
    pieces = []
    for identifier, data in elements:
        if not 0 <= identifier <= 255:
            raise MalformedUdh(f"element identifier {identifier} is not in 0..255")
        if len(data) > 255:
            raise MalformedUdh(f"element {identifier:#04x} has {len(data)} octets, 255 are possible")
        pieces.append(bytes((identifier, len(data))) + data)
    body = b"".join(pieces)
    if len(body) > 255:
        raise MalformedUdh(f"the elements take {len(body)} octets, a header holds 255")
    return bytes((len(body),)) + body


def concatenation(elements: tuple[Element, ...] | list[Element]) -> Concatenation | None:
    """Return the place of this part in its message, or None when there is none.

    An element of a wrong length or with impossible numbers (part 0, part 4 of 3) is ignored, and of several the last
    counts, as TS 23.040 asks of a receiver.
    """
    for identifier, data in reversed(elements):
        if (identifier, len(data)) not in {(CONCATENATED, 3), (CONCATENATED_16_BIT, 4)}:
            continue
        if 1 <= data[-1] <= data[-2]:
            ref = int.from_bytes(data[:-2], "big")
            return Concatenation(ref, data[-2], data[-1], identifier == CONCATENATED_16_BIT)
    return None


def ports(elements: tuple[Element, ...] | list[Element]) -> Ports | None:
    """Return the application ports, or None when there are none. Of several elements the last counts."""
    for identifier, data in reversed(elements):
        if (identifier, len(data)) == (PORTS_8_BIT, 2):
            return Ports(data[0], data[1])
        if (identifier, len(data)) == (PORTS_16_BIT, 4):
            return Ports(int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big"))
    return None
