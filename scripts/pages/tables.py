"""Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

RENDERED = "Rendered from the code by `make docs`; change it there."


def cell(value: object) -> str:
    """A value as a cell."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table."""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return lines


def code(value: object) -> str:
    """A value as code; nothing for nothing."""
    return f"`{value}`" if str(value) else ""
