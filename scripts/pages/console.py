"""docs/reference/console.md: the commands of the console, and the keys of everything it administers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jasminlike.kind import REQUIRED, Field, Kind
from jcli.service import make_commands
from pages.kinds import kinds
from pages.tables import RENDERED, code, table

INTRO = """\
`help` in the console lists the commands, `help COMMAND` their options. In a dialogue, write one `key value` a line;
`ok` saves, `ko` leaves.
"""


def page() -> str:
    """The text of the page."""
    known = kinds()
    desk: Any = SimpleNamespace(
        catalog=SimpleNamespace(kinds=known, save_profile=None, load_profile=None, profiles=None),
        purses=None,
        ledger=None,
        stats=None,
        states=None,
        binds=None,
    )
    lines = ["# Console", "", RENDERED, "", INTRO.rstrip(), "", "## Commands"]
    for command in make_commands(desk).values():
        lines += ["", f"### {command.name}", "", "```text", *command.usage(), "```"]
    lines += ["", "## Keys"]
    for kind in known.values():
        lines += _kind(kind)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _kind(kind: Kind) -> list[str]:
    lines = ["", f"### {kind.name} keys", "", _sentence(kind.about), "", *_fields(kind.fields)]
    for name, fields in kind.variants.items():
        lines += ["", f"{code(name)}:", ""]
        lines += _fields(fields) if fields else ["no further keys."]
    return lines


def _fields(fields: tuple[Field, ...]) -> list[str]:
    rows = [(code(field.name), _default(field), _sentence(field.about)) for field in fields if not field.hidden]
    return table(("key", "default", "meaning"), rows)


def _default(field: Field) -> str:
    if field.default is REQUIRED:
        return "required"
    if field.secret:
        return ""
    return code(field.show(field.default))


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else text + "."
