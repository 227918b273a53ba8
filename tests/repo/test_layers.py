"""Imports point inward: the table of layers in docs/design.md, checked against every import of the product."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.repo.product import ROOT, Import, Module, imports, modules, room, target_module

FREE = ("jasminlike",)
"""Modules that everybody may import: the package itself holds the version alone."""

IMPURE = ("twisted", "socket", "asyncio", "threading", "multiprocessing", "sqlite3", "selectors", "ssl", "subprocess")

ALL_MODULES = modules()


class Row:
    """One package of the table."""

    def __init__(self, floor: int, pure: bool, allowed: frozenset[str] | None) -> None:
        self.floor = floor
        self.pure = pure
        self.allowed = allowed
        """None: everything."""


@cache
def table() -> dict[str, Row]:
    """The rows of docs/design.md by package."""
    rows: dict[str, Row] = {}
    text = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    for floor, pure, packages, allowed in re.findall(r"(?m)^\| (\d)( pure)? \| (.*?) \| (.*?) \|$", text):
        for package in re.findall(r"`(\w+)`", packages):
            assert package not in rows, f"{package} stands twice in the table of layers"
            may = None if allowed == "everything" else frozenset(re.findall(r"`(\w+)`", allowed))
            rows[package] = Row(int(floor), bool(pure), may)
    return rows


def ours(module: Module) -> list[tuple[Import, str]]:
    """The imports of the product's own modules."""
    found = []
    for each in imports(module):
        target = target_module(each.target)
        if target is not None and target not in FREE:
            found.append((each, target))
    return found


def test_the_table_is_read() -> None:
    assert len(table()) > 25
    assert {row.floor for row in table().values()} == {0, 1, 2, 3, 4, 5, 6}


def test_the_table_points_inward() -> None:
    for package, row in table().items():
        for other in row.allowed or ():
            assert other in table(), f"{package} may import {other}, which has no floor"
            assert table()[other].floor <= row.floor, f"{package} may import {other}, which stands above it"


@pytest.mark.parametrize("module", ALL_MODULES, ids=lambda module: module.name)
def test_a_module_imports_only_what_its_layer_may(module: Module) -> None:
    if module.name in FREE:
        assert not ours(module)
        return
    assert module.room in table(), f"{module.where}: {module.room} has no floor in docs/design.md"
    allowed = table()[module.room].allowed
    wrong = [
        f"{module.where}:{each.line} imports {target}"
        for each, target in ours(module)
        if allowed is not None and room(target) != module.room and room(target) not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ALL_MODULES, ids=lambda module: module.name)
def test_a_pure_module_stays_away_from_the_world(module: Module) -> None:
    row = table().get(module.room)
    if row is None or not row.pure:
        return
    wrong = [
        f"{module.where}:{each.line} {each.target}" for each in imports(module) if each.target.split(".")[0] in IMPURE
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ALL_MODULES, ids=lambda module: module.name)
def test_no_module_chooses_the_reactor_when_it_loads(module: Module) -> None:
    chosen = [each.line for each in imports(module) if each.target == "twisted.internet.reactor" and each.at_load]
    assert chosen == [], f"{module.where} imports the reactor at lines {chosen}"


@pytest.mark.parametrize("module", ALL_MODULES, ids=lambda module: module.name)
def test_nothing_is_pickled(module: Module) -> None:
    found = [each.line for each in imports(module) if each.target.split(".")[0] in ("pickle", "marshal", "shelve")]
    assert found == []


def test_no_circle_of_modules() -> None:
    graph = {
        module.name: {target for each, target in ours(module) if each.at_load and target != module.name}
        for module in ALL_MODULES
    }
    done: set[str] = set()
    for start in graph:
        circle = _circle(graph, start, [], done)
        assert circle is None, " → ".join(circle or [])


def _circle(graph: dict[str, set[str]], name: str, path: list[str], done: set[str]) -> list[str] | None:
    if name in path:
        return [*path[path.index(name) :], name]
    if name in done:
        return None
    for target in sorted(graph.get(name, ())):
        circle = _circle(graph, target, [*path, name], done)
        if circle:
            return circle
    done.add(name)
    return None


def test_a_circle_would_be_found() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}, "a", [], set()) == ["b", "c", "b"]
