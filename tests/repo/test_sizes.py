"""Rooms stay small enough to be read in one sitting."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.repo.product import ROOT, modules

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60

OTHERS = sorted([*(ROOT / "bench").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")])
FILES = [module.path for module in modules()] + OTHERS


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_module_is_longer_than_it_may_be() -> None:
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_no_function_is_longer_than_it_may_be() -> None:
    long = [
        f"{named(path)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [module.where for module in modules() if module.text.strip() and not ast.get_docstring(module.tree)]
    assert silent == []
