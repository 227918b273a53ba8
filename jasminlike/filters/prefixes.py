"""Which beginnings a regular expression allows, so that a table of routes can be indexed by them.

`beginnings("^33(6|7)")` is ("336", "337"). Only what is plainly literal is understood: characters, escaped marks,
small classes such as [67] and groups of alternatives. Reading stops at anything else, and what was read so far is
still right: a text that the expression matches begins with one of the texts given. Matching starts at the beginning
of the text, so a leading ^ says nothing new.
"""

from __future__ import annotations

from typing import NamedTuple

MOST = 2000
"""An expression that allows more beginnings than this is left to itself."""

_MARKS = frozenset("\\^$*+?{}[]|()")
_QUANTIFIERS = frozenset("*+?{")


class Beginnings(NamedTuple):
    """`values`: every text that matches begins with one of these. `enough`: every text that does so matches."""

    values: tuple[str, ...]
    enough: bool


def beginnings(pattern: str) -> Beginnings | None:
    """The beginnings that a valid expression allows; None when nothing can be said."""
    if "(?" in pattern.replace("(?:", ""):  # flags, assertions and named groups change what the rest means
        return None
    try:
        found = _alternatives(pattern, top=True)
    except RecursionError:
        return None
    if not 0 < len(found) <= MOST or any(not text and not closed for text, closed in found):
        return None
    return Beginnings(tuple(sorted({text for text, _ in found})), all(closed for _, closed in found))


_Found = set[tuple[str, bool]]
"""(text, closed): closed when the expression was understood up to here, so that more may be appended."""


def _alternatives(pattern: str, top: bool) -> _Found:
    found: _Found = set()
    for branch in _split(pattern):
        found |= _branch(branch, top)
    return found


def _branch(branch: str, top: bool) -> _Found:
    found: _Found = {("", True)}
    at = 1 if top and branch.startswith("^") else 0
    while at < len(branch):
        if top and branch[at:] == ".*":
            return found
        atom, after = _atom(branch, at)
        if atom is None or branch[after : after + 1] in _QUANTIFIERS or len(found) * len(atom) > MOST:
            return {(text, False) for text, _ in found}
        found = {
            pair
            for text, closed in found
            for pair in ([(text + more, still) for more, still in atom] if closed else [(text, False)])
        }
        at = after
    return found


def _atom(branch: str, at: int) -> tuple[_Found | None, int]:
    """The texts of the next atom and where it ends; None for one that is not understood."""
    mark = branch[at]
    if mark == "(":
        end = _closing(branch, at)
        inner = branch[at + 3 : end] if branch.startswith("(?:", at) else branch[at + 1 : end]
        return _alternatives(inner, top=False), end + 1
    if mark == "[":
        end = _class_end(branch, at)
        return _class(branch[at + 1 : end]), end + 1
    if mark == "\\":
        literal = branch[at + 1]
        return (None if literal.isalnum() else {(literal, True)}), at + 2
    return (None if mark in _MARKS or mark == "." else {(mark, True)}), at + 1


def _class(inside: str) -> _Found | None:
    if not inside or not all(each.isalnum() or each in "-+" for each in inside):
        return None
    found: set[str] = set()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            low, high = ord(inside[at]), ord(inside[at + 2])
            if high - low >= MOST:
                return None
            found |= {chr(code) for code in range(low, high + 1)}
            at += 3
        else:
            found.add(inside[at])
            at += 1
    return {(each, True) for each in found}


def _split(pattern: str) -> list[str]:
    """The alternatives of an expression, split at the | that stand outside groups and classes."""
    parts, start, at = [], 0, 0
    while at < len(pattern):
        if pattern[at] == "|":
            parts.append(pattern[start:at])
            start = at + 1
        at = _after(pattern, at)
    return [*parts, pattern[start:]]


def _after(pattern: str, at: int) -> int:
    """Where the item that starts at `at` ends: a group and a class count as one."""
    if pattern[at] == "\\":
        return at + 2
    if pattern[at] == "[":
        return _class_end(pattern, at) + 1
    if pattern[at] == "(":
        return _closing(pattern, at) + 1
    return at + 1


def _class_end(pattern: str, at: int) -> int:
    """The ] of the class that starts at `at`; one that stands first in it is a character of it."""
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    at += pattern[at : at + 1] == "]"
    while pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at


def _closing(pattern: str, at: int) -> int:
    """The ) of the group that starts at `at`."""
    at += 1
    while pattern[at] != ")":
        at = _after(pattern, at)
    return at
