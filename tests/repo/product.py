"""The product's own source, read as text: what is where, and who imports whom. Nothing is imported or run here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("jasminlike", "http_api", "jcli", "routers", "interceptors")


@dataclass(frozen=True, eq=False)
class Module:
    """One module: its dotted name, its path and its tree."""

    name: str
    path: Path
    tree: ast.Module
    text: str

    @property
    def room(self) -> str:
        """The package of the table of layers it belongs to: `smpp` for `jasminlike.smpp.codec`."""
        return room(self.name)

    @property
    def where(self) -> str:
        return str(self.path.relative_to(ROOT))


@dataclass(frozen=True)
class Import:
    """One import of one name: by whom, of what, at which line, and whether it happens when the module loads."""

    module: Module
    target: str
    line: int
    at_load: bool

    @property
    def at(self) -> str:
        return f"{self.module.where}:{self.line}"


def room(name: str) -> str:
    """The package of the table of layers that a dotted name belongs to."""
    first, _, rest = name.partition(".")
    return rest.partition(".")[0] if first == "jasminlike" and rest else first


@cache
def modules() -> tuple[Module, ...]:
    """All modules of the product."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            text = path.read_text(encoding="utf-8")
            found.append(Module(name, path, ast.parse(text, str(path)), text))
    return tuple(found)


@cache
def names() -> frozenset[str]:
    """The dotted names of all modules."""
    return frozenset(module.name for module in modules())


@cache
def imports(module: Module) -> tuple[Import, ...]:
    """Every import of the module, those under `if TYPE_CHECKING` and inside functions included."""
    return tuple(_imports(module, module.tree, True))


def _imports(module: Module, node: ast.AST, at_load: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(module, alias.name, child.lineno, at_load)
        elif isinstance(child, ast.ImportFrom):
            base = _base(module, child)
            for alias in child.names:
                yield Import(module, f"{base}.{alias.name}", child.lineno, at_load)
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or _for_types_only(child)
            yield from _imports(module, child, at_load and not inside)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    is_package = module.path.name == "__init__.py"
    kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*kept, *([node.module] if node.module else [])])


def target_module(target: str) -> str | None:
    """The module of ours that an imported dotted name comes from; None when it is not ours."""
    if target.split(".")[0] not in PACKAGES:
        return None
    while target not in names():
        target = target.rpartition(".")[0]
        if not target:
            return None
    return target
