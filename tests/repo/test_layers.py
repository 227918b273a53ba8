"""Imports point inward: the table of layers in docs/design.md, checked against every import of the product."""

from __future__ import annotations

import re
from functools import cache

from tests.repo.product import ROOT, Import, Module, imports, modules, room, target_module

FREE = ("jasminlike",)
"""Modules that everybody may import: the package itself holds the version alone."""

IMPURE = ("twisted", "socket", "asyncio", "threading", "multiprocessing", "sqlite3", "selectors", "ssl", "subprocess")


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


def all_of_ours() -> list[tuple[Import, str]]:
    return [pair for module in modules() if module.name not in FREE for pair in ours(module)]


def test_the_package_itself_imports_nothing() -> None:
    assert [each.at for module in modules() if module.name in FREE for each, _target in ours(module)] == []


def test_the_table_is_read() -> None:
    assert len(table()) > 25
    assert {row.floor for row in table().values()} == {0, 1, 2, 3, 4, 5, 6}


def test_the_table_points_inward() -> None:
    for package, row in table().items():
        for other in row.allowed or ():
            assert other in table(), f"{package} may import {other}, which has no floor"
            assert table()[other].floor <= row.floor, f"{package} may import {other}, which stands above it"


def test_every_module_has_a_floor() -> None:
    homeless = [module.where for module in modules() if module.name not in FREE and module.room not in table()]
    assert homeless == [], "no row of docs/design.md names their package"


def test_modules_import_only_what_their_layer_may() -> None:
    wrong = [f"{each.at} imports {target}" for each, target in all_of_ours() if not may(each.module, target)]
    assert wrong == []


def may(module: Module, target: str) -> bool:
    """Whether the table allows an import."""
    row = table().get(module.room)
    if row is None:
        return False
    return row.allowed is None or room(target) == module.room or room(target) in row.allowed


def test_pure_modules_stay_away_from_the_world() -> None:
    wrong = [
        f"{each.at} imports {each.target}"
        for module in modules()
        if module.room in table() and table()[module.room].pure
        for each in imports(module)
        if each.target.split(".")[0] in IMPURE
    ]
    assert wrong == []


def test_no_module_chooses_the_reactor_when_it_loads() -> None:
    chosen = [
        each.at
        for module in modules()
        for each in imports(module)
        if each.target == "twisted.internet.reactor" and each.at_load
    ]
    assert chosen == []


def test_nothing_is_pickled() -> None:
    unsafe = ("pickle", "marshal", "shelve", "dill")
    assert [each.at for module in modules() for each in imports(module) if each.target.split(".")[0] in unsafe] == []


def test_forbidden_imports_would_be_found() -> None:
    by_name = {module.name: module for module in modules()}
    assert may(by_name["jasminlike.store.records"], "jasminlike.journal")
    assert not may(by_name["jasminlike.smpp.tlv"], "jasminlike.message.model")
    assert not may(by_name["http_api.send"], "jasminlike.broker.embedded")
    assert may(by_name["http_api.send"], "http_api.args")


def test_no_circle_of_modules() -> None:
    graph = {
        module.name: {target for each, target in ours(module) if each.at_load and target != module.name}
        for module in modules()
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
