"""Which rows of a table can match a message, in one look-up for each thing that the rows ask about.

Sets of rows are whole numbers: bit 0 stands for the first row to try. For each axis (account, group, tag, beginning of
an address …) a dictionary gives the rows that the message's value leaves possible, rows that do not ask about the axis
included; the answer is the intersection. The cost grows with the number of axes in use, not with that of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jasminlike.filters.base import Axis, Need
from jasminlike.filters.subject import Subject

Rows = dict[str, int]


class Beginnings:
    """Rows by the beginning of an address: the longest beginning known stands for the shorter ones within it.

    The first characters, as many as the shortest beginning has, lead to the lengths worth trying.
    """

    __slots__ = ("_lengths", "_others", "_rows", "_shortest")

    def __init__(self, rows: Rows, others: int) -> None:
        self._others = others
        self._shortest = min(map(len, rows))
        lengths: dict[str, set[int]] = {}
        for text in rows:
            lengths.setdefault(text[: self._shortest], set()).add(len(text))
        self._lengths = {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()}
        self._rows = dict.fromkeys(rows, others)
        for text in rows:
            for length in lengths[text[: self._shortest]]:
                if length <= len(text):
                    self._rows[text] |= rows.get(text[:length], 0)

    def of(self, address: str) -> int:
        """The rows that an address leaves possible."""
        lengths = self._lengths.get(address[: self._shortest])
        if lengths is not None:
            rows = self._rows
            for length in lengths:
                found = rows.get(address[:length])
                if found is not None:
                    return found
        return self._others


class Index:
    """Built from what each row needs, at most one need for each axis."""

    __slots__ = ("_all", "_axes", "_connector", "_destination", "_group", "_source", "_tag", "_user")

    def __init__(self, needs: Iterable[Mapping[Axis, Need]]) -> None:
        rows = list(needs)
        self._all = (1 << len(rows)) - 1
        axes: dict[Axis, Rows] = {}
        others: dict[Axis, int] = {}
        for place, row in enumerate(rows):
            for axis, need in row.items():
                others[axis] = others.get(axis, self._all) & ~(1 << place)
                by_value = axes.setdefault(axis, {})
                for value in need.values:
                    by_value[value] = by_value.get(value, 0) | 1 << place
        self._user, self._group, self._connector = (
            _with_others(axes, others, axis) for axis in ("user", "group", "connector")
        )
        self._source, self._destination = (
            Beginnings(axes[axis], others[axis]) if axis in axes else None for axis in ("source", "destination")
        )
        self._tag = (axes["tag"], others["tag"]) if "tag" in axes else None
        self._axes = bool(axes)

    def possible(self, subject: Subject) -> int:
        """The rows that may match."""
        rows = self._all
        if not self._axes:
            return rows
        user = subject.user
        if self._destination is not None:
            rows &= self._destination.of(subject.destination)
        if self._user is not None:
            by_value, others = self._user
            rows &= others if user is None else by_value.get(user.uid, others)
        if self._group is not None:
            by_value, others = self._group
            rows &= others if user is None else by_value.get(user.gid, others)
        if self._source is not None:
            rows &= self._source.of(subject.source)
        if self._connector is not None:
            by_value, others = self._connector
            rows &= others if subject.connector is None else by_value.get(subject.connector, others)
        if self._tag is not None:
            by_value, found = self._tag
            for tag in subject.tags:
                found |= by_value.get(tag, 0)
            rows &= found
        return rows


def _with_others(axes: Mapping[Axis, Rows], others: Mapping[Axis, int], axis: Axis) -> tuple[Rows, int] | None:
    if axis not in axes:
        return None
    rest = others[axis]
    return {value: rows | rest for value, rows in axes[axis].items()}, rest
