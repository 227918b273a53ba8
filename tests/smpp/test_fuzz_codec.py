"""A bounded run of the fuzz target: the same mutations of known PDUs each time."""

from __future__ import annotations

import random

import pytest

from jasminlike.smpp.codec import encode
from jasminlike.smpp.fields import DistributionList, SmeAddress, UnsuccessSme
from jasminlike.smpp.pdu import CLASSES, DeliverSm, SubmitMulti, SubmitMultiResp, SubmitSm
from tests.smpp.fuzz_codec import fuzz

SEEDS = [
    *(encode(made(sequence=2)) for made in CLASSES.values()),
    encode(SubmitSm(source_addr=b"shop", destination_addr=b"123", short_message=b"hi", tlvs=((0x1401, b"v"),))),
    encode(DeliverSm(esm_class=4, short_message=b"id:1 stat:DELIVRD", tlvs=((0x001E, b"1\0"), (0x0427, b"\2")))),
    encode(SubmitMulti(dest_address=(SmeAddress(b"1"), DistributionList(b"vip")))),
    encode(SubmitMultiResp(unsuccess_sme=(UnsuccessSme(b"1", 8),))),
    b"GET / HTTP/1.1\r\n\r\n",
    b"",
]
ODD = [
    b"",
    b"\0",
    b"\xff",
    b"\0\0\0\x10",
    b"\0\0\0\x0f",
    b"\x80\0\0\4",
    b"\x04\x24\xff\xff",
    b"\x14\1\0\1v",
    b"x" * 260,
]


def mutated(rng: random.Random) -> bytes:
    """Some seeds in a row, with octets changed, dropped, doubled and put in; half of them with lengths made right."""
    frames = []
    for _ in range(rng.randint(1, 3)):
        octets = bytearray(rng.choice(SEEDS))
        for _ in range(rng.randint(0, 4)):
            at = rng.randint(0, len(octets))
            kind = rng.randint(0, 3)
            if kind == 0 and octets:
                octets[at % len(octets)] = rng.randint(0, 255)
            elif kind == 1:
                del octets[at : at + rng.randint(1, 5)]
            elif kind == 2:
                octets[at:at] = rng.choice(ODD)
            else:
                octets[at:at] = octets[at : at + rng.randint(1, 20)]
        if rng.random() < 0.7 and len(octets) >= 16:
            octets[:4] = len(octets).to_bytes(4, "big")
        frames.append(bytes(octets))
    return b"".join(frames)


@pytest.mark.parametrize("seed", range(10))
def test_no_promise_is_broken_by_mutated_octets(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(300):
        data = mutated(rng)
        try:
            fuzz(data)
        except Exception as broken:
            raise AssertionError(f"fuzz({data!r})") from broken


@pytest.mark.parametrize("data", SEEDS)
def test_the_seeds_themselves(data: bytes) -> None:
    fuzz(data)
