"""One class per command of SMPP 3.4, made from the table in ``specs``.

``SubmitSm(source_addr=b"Shop", destination_addr=b"336123456", short_message=b"hi")``: keywords only, all optional,
defaults from the table. Attributes are the specification's field names (addresses and texts are bytes, numbers ints)
and on every PDU ``command_id``, ``name``, ``is_response``, ``status``, ``sequence`` and ``tlvs``, a tuple of
``(tag, octets)``. Nothing is checked here: the encoder refuses what the wire cannot carry, with the field's name.

What a type checker and an editor see of these classes is ``pdu.pyi``, rendered from the same table by ``stub``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from jasminlike.smpp import specs, tlv
from jasminlike.smpp.constants import RESPONSE

_SECRET = frozenset({"password"})


class Pdu:
    """What all PDUs have. Two PDUs are equal when they are the same command with the same values throughout."""

    __slots__ = ("sequence", "status", "tlvs")
    __hash__ = None  # type: ignore[assignment]  # a PDU may be changed

    spec: ClassVar[specs.Spec]
    command_id: ClassVar[int]
    name: ClassVar[str]
    is_response: ClassVar[bool]
    field_names: ClassVar[tuple[str, ...]]
    response_class: ClassVar[type[Pdu] | None] = None

    status: int
    sequence: int
    tlvs: tlv.Tlvs

    def tlv(self, tag: int) -> bytes | None:
        """The octets of the first TLV with this tag, or None."""
        for number, value in self.tlvs:
            if number == tag:
                return value
        return None

    def add_tlv(self, which: int | str, value: int | bytes = b"") -> None:
        """Append a TLV by tag or name; raises ValueError as ``tlv.make`` does."""
        self.tlvs = (*self.tlvs, tlv.make(which, value))

    def without_tlv(self, tag: int) -> None:
        """Drop every TLV with this tag."""
        self.tlvs = tuple(entry for entry in self.tlvs if entry[0] != tag)

    def response(self, status: int = 0, **fields: Any) -> Pdu:
        """The response to this request, with its sequence number. Raises TypeError where SMPP has no response."""
        answer = type(self).response_class
        if answer is None:
            raise TypeError(f"{self.name} has no response")
        return answer(status=status, sequence=self.sequence, **fields)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = (*Pdu.__slots__, *self.field_names)
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __repr__(self) -> str:
        shown = [f"{name}={getattr(self, name)!r}" for name in ("status", "sequence")]
        for field in self.spec.fields:
            value = getattr(self, field.name)
            if value != field.default:
                shown.append(f"{field.name}={'***' if field.name in _SECRET else repr(value)}")
        if self.tlvs:
            shown.append("tlvs={" + ", ".join(f"{tlv.name(tag)}: {value!r}" for tag, value in self.tlvs) + "}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _make_init(spec: specs.Spec) -> Any:
    """``__init__`` as source text: defaults in the signature and plain stores cost a third of a loop over the table."""
    arguments = [f"{field.name}={field.default!r}" for field in spec.fields]
    arguments += ["status=0", "sequence=0", "tlvs=()"]
    names = [*(field.name for field in spec.fields), "status", "sequence", "tlvs"]
    source = f"def __init__(self, *, {', '.join(arguments)}):\n"
    source += "".join(f"    self.{name} = {name}\n" for name in names)
    scope: dict[str, Any] = {}
    exec(compile(source, f"<{spec.name}.__init__>", "exec"), scope)  # noqa: S102 - the text comes from our table only
    return scope["__init__"]


def _make_class(spec: specs.Spec) -> type[Pdu]:
    names = tuple(field.name for field in spec.fields)
    body = {
        "__slots__": names,
        "__init__": _make_init(spec),
        "__doc__": f"The {spec.name} PDU of SMPP 3.4.",
        "__module__": __name__,
        "spec": spec,
        "command_id": spec.command_id,
        "name": spec.name,
        "is_response": spec.is_response,
        "field_names": names,
    }
    return type(spec.class_name, (Pdu,), body)


CLASSES: dict[int, type[Pdu]] = {spec.command_id: _make_class(spec) for spec in specs.COMMANDS}
"""Command id -> class."""

for _command_id, _class in CLASSES.items():
    _class.response_class = CLASSES.get(_command_id | RESPONSE) if not _class.is_response else None
    globals()[_class.__name__] = _class


def message_octets(pdu: Pdu) -> bytes:
    """The user data of a message: short_message, or message_payload where short_message is empty (§5.3.2.32)."""
    return getattr(pdu, "short_message", b"") or pdu.tlv(tlv.MESSAGE_PAYLOAD) or b""
