"""Straight-line encoders and decoders, written from the table and compiled once at import.

A loop over the table costs some ten times what the same work costs without the loop: numbers that stand side by side
become one ``pack``, the whole body one ``join``. What is unusual in any way (a value too long, a NUL inside, a PDU that
ends early) is handed to ``walker``, which either does it or says what is wrong; so this module never words an error,
and a rule lives in the table or in ``fields``, never here. ``source_of`` shows the text for a curious reader::

    python -c "from jasminlike.smpp.compiled import source_of; print(source_of('submit_sm'))"
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from jasminlike.smpp import pdu as pdus
from jasminlike.smpp.constants import HEADER_LENGTH
from jasminlike.smpp.fields import BadField, COctetString, Int, LooseCOctetString, ShortMessage
from jasminlike.smpp.pdu import Pdu
from jasminlike.smpp.specs import COMMANDS, Spec
from jasminlike.smpp.tlv import decode_tlvs, encode_tlvs
from jasminlike.smpp.walker import HEADER, decode_by_table, encode_by_table

Encoder = Callable[[Any], bytes]
Decoder = Callable[[bytes, int, int], Pdu]


class _EncoderText:
    """Collects what one encoder loads, checks and joins. Numbers wait until a text interrupts them."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.checks: list[str] = []
        self.parts: list[str] = []
        self.packs: dict[str, Any] = {}
        self._numbers: list[str] = []
        self._nul = False

    def number(self, expression: str) -> None:
        self._numbers.append(expression)

    def text(self, name: str, limit: int, *, closed: bool) -> None:
        self.loads.append(f"{name} = pdu.{name}")
        self.checks.append(f"len({name}) > {limit}")
        if closed:
            self.checks.append(f"0 in {name}")
        else:
            self.number(f"len({name})")
        self.part(name)
        self._nul = closed

    def part(self, expression: str) -> None:
        self.flush()
        self.parts.append(expression)

    def flush(self) -> None:
        """Write the waiting NUL and numbers as one part."""
        if self._numbers:
            name = f"pack_{'x' * self._nul}{len(self._numbers)}"
            self.packs[name] = struct.Struct(">" + "x" * self._nul + "B" * len(self._numbers)).pack
            self.parts.append(f"{name}({', '.join(self._numbers)})")
        elif self._nul:
            self.parts.append("NUL")
        self._numbers, self._nul = [], False


def _encoder_text(spec: Spec) -> tuple[list[str], dict[str, Any]]:
    text, kinds = _EncoderText(), {}
    for field in spec.fields:
        kind = field.kind
        if isinstance(kind, Int) and kind.size == 1:
            text.number(f"pdu.{field.name}")
        elif isinstance(kind, COctetString):
            text.text(field.name, kind.limit - 1, closed=True)
        elif isinstance(kind, ShortMessage):
            text.text(field.name, kind.limit, closed=False)
        else:
            kinds[f"encode_{field.name}"] = kind.encode
            text.part(f"encode_{field.name}(pdu.{field.name})")
    text.flush()
    lines = text.loads[:]
    if spec.bare_when_refused:
        filled = " or ".join(f"pdu.{field.name}" for field in spec.fields)
        lines.append(f"if pdu.status and not ({filled} or pdu.tlvs):")
        lines.append(f"    return pack_header({HEADER_LENGTH}, {spec.command_id}, pdu.status, pdu.sequence)")
    if text.checks:
        lines.append(f"if {' or '.join(text.checks)}:")
        lines.append("    return encode_by_table(pdu)")
    lines.append(f"body = join(({', '.join(text.parts)},))" if text.parts else "body = b''")
    lines.append("tlvs = pdu.tlvs")
    lines.append("if tlvs:")
    lines.append("    body += encode_tlvs(tlvs)")
    lines.append(f"return pack_header({HEADER_LENGTH} + len(body), {spec.command_id}, pdu.status, pdu.sequence) + body")
    return lines, {**text.packs, **kinds}


class _DecoderText:
    """Collects the lines of one decoder; neighbouring numbers are read together."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._numbers: list[str] = []

    def number(self, target: str) -> None:
        self._numbers.append(target)

    def add(self, *lines: str) -> None:
        self.flush()
        self.lines.extend(lines)

    def flush(self) -> None:
        if self._numbers:
            # Unpacking a slice refuses (ValueError) when the PDU ended before the last of them.
            self.lines += [
                f"stop = at + {len(self._numbers)}",
                f"{', '.join(self._numbers)}, = data[at:stop]",
                "at = stop",
            ]
        self._numbers = []


def _decoder_text(spec: Spec) -> tuple[list[str], dict[str, Any]]:
    text, kinds = _DecoderText(), {}
    for field in spec.fields:
        kind, target = field.kind, f"pdu.{field.name}"
        if isinstance(kind, Int) and kind.size == 1:
            text.number(target)
        elif isinstance(kind, LooseCOctetString):
            text.add("stop = data.find(0, at)", "if stop < 0:", "    stop = end")
            text.add(f"{target} = data[at:stop]", "at = stop + 1 if stop < end else end")
        elif isinstance(kind, COctetString):
            # Most of these are empty most of the time; looking at one octet is cheaper than a search and a slice.
            text.add("if data[at]:", f"    stop = data.index(0, at, at + {kind.limit})")
            text.add(
                f"    {target} = data[at:stop]", "    at = stop + 1", "else:", f"    {target} = b''", "    at += 1"
            )
        elif isinstance(kind, ShortMessage):
            text.number("size")
            text.add("stop = at + size", "if stop > end:", "    return decode_by_table(data)")
            text.add(f"{target} = data[at:stop]", "at = stop")
        else:
            kinds[f"decode_{field.name}"] = kind.decode
            text.add(f"{target}, at = decode_{field.name}(data, at, end)")
    text.flush()
    lines = [
        f"pdu = new({spec.class_name})",
        "pdu.status = status",
        "pdu.sequence = sequence",
        "end = len(data)",
    ]
    if spec.is_response and spec.fields:
        lines.append(f"if end == {HEADER_LENGTH}:")
        lines += [f"    pdu.{field.name} = {field.default!r}" for field in spec.fields]
        lines += ["    pdu.tlvs = ()", "    return pdu"]
    lines.append(f"at = {HEADER_LENGTH}")
    lines += text.lines
    lines += ["pdu.tlvs = () if at == end else decode_tlvs(data, at, end)", "return pdu"]
    return lines, kinds


def _function(head: str, lines: list[str], otherwise: str) -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return f"{head}:\n    try:\n{body}    except unusual:\n        return {otherwise}\n"


def _sources(spec: Spec) -> tuple[str, dict[str, Any]]:
    encoder, encoder_names = _encoder_text(spec)
    decoder, decoder_names = _decoder_text(spec)
    text = _function("def encode(pdu)", encoder, "encode_by_table(pdu)") + "\n\n"
    text += _function("def decode(data, status, sequence)", decoder, "decode_by_table(data)")
    return text, {**encoder_names, **decoder_names}


def source_of(command: str) -> str:
    """The text of the encoder and decoder of a command, by its name in the specification."""
    return next(_sources(spec)[0] for spec in COMMANDS if spec.name == command)


def _compile(spec: Spec) -> tuple[Encoder, Decoder]:
    text, names = _sources(spec)
    scope: dict[str, Any] = {
        **names,
        spec.class_name: pdus.CLASSES[spec.command_id],
        "new": object.__new__,
        "join": b"".join,
        "NUL": b"\0",
        "pack_header": HEADER.pack,
        "encode_tlvs": encode_tlvs,
        "decode_tlvs": decode_tlvs,
        "encode_by_table": encode_by_table,
        "decode_by_table": decode_by_table,
        "unusual": (AttributeError, BadField, IndexError, TypeError, ValueError, struct.error),
    }
    exec(compile(text, f"<smpp {spec.name}>", "exec"), scope)  # noqa: S102 - the text comes from our table only
    return scope["encode"], scope["decode"]


ENCODERS: dict[int, Encoder] = {}
DECODERS: dict[int, Decoder] = {}
for _spec in COMMANDS:
    ENCODERS[_spec.command_id], DECODERS[_spec.command_id] = _compile(_spec)
