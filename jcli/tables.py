"""How the console draws tables: columns of fixed width for things, columns as wide as needed for counters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Column(NamedTuple):
    """A column of fixed width; a longer value moves what follows."""

    title: str
    width: int


def fixed_row(columns: Sequence[Column], cells: Sequence[str]) -> str:
    """A row: `#`, then each cell filled to its width, one space between."""
    return "#" + " ".join(cell.ljust(column.width) for cell, column in zip(cells, columns, strict=True))


def fixed_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """The header and a line for each row; nothing at all without rows."""
    if not rows:
        return []
    return [fixed_row(columns, cells) for cells in ([column.title for column in columns], *rows)]


def plain_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell and two more than their title, two spaces apart; each line starts `#`."""
    cells = [[f"#{row[0]}", *row[1:]] for row in (titles, *rows)]
    widths = [
        max(len(title) + 2, *(len(row[at]) for row in cells[1:]), 0) if len(cells) > 1 else len(title) + 2
        for at, title in enumerate(cells[0])
    ]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
