"""Writes what is rendered from the code: the sample settings and the reference pages of the manual.

`render_docs.py` writes, `render_docs.py --check` fails while a written copy is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pages import console, metrics, reasons

from jasminlike.reasons.directory import LANGUAGES
from jasminlike.settings import render

ROOT = Path(__file__).resolve().parent.parent

PAGES: dict[str, Callable[[], str]] = {
    "etc/jasminlike.toml": render.sample,
    "docs/reference/settings.md": render.reference,
    "docs/reference/console.md": console.page,
    "docs/reference/metrics.md": metrics.page,
    **{f"docs/reference/{reasons.file_name(each)}": partial(reasons.page, each) for each in LANGUAGES},
}
"""Path from the top of the repository → what makes its text."""


def stale(root: Path = ROOT) -> list[str]:
    """The paths whose text is not what the code makes now."""
    found = []
    for path, make in PAGES.items():
        target = root / path
        if not target.exists() or target.read_text(encoding="utf-8") != make():
            found.append(path)
    return found


def write(root: Path = ROOT) -> list[str]:
    """Writes the stale ones and returns their paths."""
    found = stale(root)
    for path in found:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(PAGES[path](), encoding="utf-8")
    return found


def main(arguments: list[str]) -> int:
    """0 when all is written or fresh, 1 when `--check` found stale pages."""
    if "--check" in arguments:
        found = stale()
        for path in found:
            print(f"{path} is stale: run make docs")
        return 1 if found else 0
    for path in write():
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
