"""Renders ``pdu.pyi``, what type checkers and editors see of the classes that ``pdu`` makes at import.

``python -m jasminlike.smpp.stub`` writes it anew; a test holds the file to the table.
"""

from __future__ import annotations

from pathlib import Path

from jasminlike.smpp.constants import RESPONSE
from jasminlike.smpp.specs import BY_ID, COMMANDS, Field, Spec

_HEAD = '''"""Rendered from specs.py by stub.py; do not edit: python -m jasminlike.smpp.stub"""

from typing import Any, ClassVar

from jasminlike.smpp.fields import Destination, UnsuccessSme
from jasminlike.smpp.specs import Spec
from jasminlike.smpp.tlv import Tlvs

class Pdu:
    spec: ClassVar[Spec]
    command_id: ClassVar[int]
    name: ClassVar[str]
    is_response: ClassVar[bool]
    field_names: ClassVar[tuple[str, ...]]
    response_class: ClassVar[type[Pdu] | None]
    status: int
    sequence: int
    tlvs: Tlvs
    def __init__(self, *, status: int = 0, sequence: int = 0, tlvs: Tlvs = (), **fields: Any) -> None: ...
    def tlv(self, tag: int) -> bytes | None: ...
    def add_tlv(self, which: int | str, value: int | bytes = b"") -> None: ...
    def without_tlv(self, tag: int) -> None: ...
    def response(self, *args: Any, **fields: Any) -> Pdu: ...

CLASSES: dict[int, type[Pdu]]

def message_octets(pdu: Pdu) -> bytes: ...
'''

_TLVS = "tlvs: Tlvs = ..."


def _arguments(fields: tuple[Field, ...]) -> list[str]:
    return [f"{field.name}: {field.kind.annotation} = ..." for field in fields]


def _signature(head: str, arguments: list[str], result: str) -> str:
    """One line where it fits, else one argument a line, as the formatter has it."""
    flat = f"    {head}{', '.join(arguments)}) -> {result}: ...\n"
    if len(flat) <= 121:
        return flat
    name, _, first = head.partition("(")
    items = [item for item in first.split(", ") if item] + arguments
    inner = "".join(f"        {item},\n" for item in items)
    return f"    {name}(\n{inner}    ) -> {result}: ...\n"


def _class(spec: Spec) -> str:
    text = f"\nclass {spec.class_name}(Pdu):\n"
    text += "".join(f"    {field.name}: {field.kind.annotation}\n" for field in spec.fields)
    own = [*_arguments(spec.fields), "status: int = ...", "sequence: int = ...", _TLVS]
    text += _signature("def __init__(self, *, ", own, "None")
    answer = BY_ID.get(spec.command_id | RESPONSE)
    if not spec.is_response and answer is not None:
        head = "def response(self, status: int = 0, *, "
        text += _signature(head, [*_arguments(answer.fields), _TLVS], answer.class_name)
    return text


def render() -> str:
    """The text of ``pdu.pyi``."""
    return _HEAD + "".join(map(_class, COMMANDS))


if __name__ == "__main__":
    Path(__file__).with_name("pdu.pyi").write_text(render())
