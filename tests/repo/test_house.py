"""The repository speaks of the product only, and its parts agree with each other."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import jasminlike
from tests.repo.product import PACKAGES, ROOT, modules

TEXT_FILES = (
    ".py",
    ".c",
    ".h",
    ".md",
    ".toml",
    ".txt",
    ".sql",
    ".service",
    ".yml",
    ".yaml",
    ".json",
    ".cfg",
    ".ini",
    ".html",
)
BARE_FILES = ("Makefile", "setup", "run", "LICENSE")
NOT_OURS = (".venv", ".git", "build", "results", "__pycache__", "node_modules", "data", "demo-data")

# Paths of somebody's own machine.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|work|mnt|Users|home/[a-z]\w*)/")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")
FOLDERS = (*PACKAGES, "etc", "docs", "tests", "bench", "scripts")


def _files() -> list[Path]:
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if any(part in NOT_OURS or part.endswith(".egg-info") for part in parts):
            continue
        if parts[0].startswith(".") and parts[0] not in (".ci", ".gitignore"):
            continue
        if path.is_file() and (path.suffix in TEXT_FILES or path.name in BARE_FILES):
            found.append(path)
    return found


FILES = _files()


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern occurs, as path:line."""
    return [
        f"{named(path)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_files_are_found() -> None:
    found = {named(path) for path in FILES}
    assert {"Makefile", "scripts/setup", ".ci/run", "LICENSE", "jasminlike/errors.py", "docs/design.md"} <= found


def test_no_file_names_somebodys_machine() -> None:
    assert lines(MACHINE_PATH) == []


def test_every_file_is_finished() -> None:
    assert lines(UNFINISHED) == []


def test_every_file_is_plain_text_that_ends_with_its_last_line() -> None:
    odd = [named(path) for path in FILES if b"\r" in (octets := path.read_bytes()) or octets[-1:] not in (b"\n", b"")]
    assert odd == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_folders_of_the_product_are_there(folder: str) -> None:
    assert (ROOT / folder).is_dir()


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "setup.py", "pyproject.toml"]
)
def test_the_files_a_visitor_looks_for_are_there(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").strip()


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_setup_lists_the_packages_that_exist() -> None:
    call = next(
        node
        for node in ast.walk(ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "setup"
    )
    listed = next(ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg == "packages")
    exist = {module.name for module in modules() if module.path.name == "__init__.py"}
    assert len(listed) == len(set(listed))
    assert set(listed) == exist


def test_a_folder_with_modules_is_a_package() -> None:
    for module in modules():
        assert (module.path.parent / "__init__.py").exists(), f"{module.where} is in no package"


def test_no_room_for_odds_and_ends() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base_utils"}
    assert [module.where for module in modules() if module.path.stem in vague or module.path.parent.name in vague] == []


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "jasminlike.__version__"}
    assert "version" in project["project"]["dynamic"]
    assert "version" not in project["project"]
    quoted = re.compile(r"[\"']" + re.escape(jasminlike.__version__) + r"[\"']")
    found = [named(path) for path in FILES if path.suffix == ".py" and quoted.search(path.read_text(encoding="utf-8"))]
    assert found == ["jasminlike/__init__.py"]


def test_the_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"(?m)^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert headings[0] == jasminlike.__version__


def test_the_versions_tested_with_satisfy_what_the_project_asks_for() -> None:
    pinned = dict(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8")))
    pinned = {name.lower().replace("_", "-"): version for name, version in pinned.items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        name, least = re.match(r"([A-Za-z0-9_.-]+)(?:\[\w+\])?(?:[>=]=(\S+))?", requirement).groups()  # type: ignore[union-attr]
        version = pinned[name.lower().replace("_", "-")]
        assert _numbers(version) >= _numbers(least or "0"), f"{requirement} is not met by {version}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def test_no_address_of_a_registry_is_pinned() -> None:
    assert "://" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["scripts/setup", ".ci/run"])
def test_scripts_can_be_run_and_stop_at_the_first_error(path: str) -> None:
    script = ROOT / path
    assert script.stat().st_mode & 0o111
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/")
    assert re.search(r"(?m)^set -eu", text)
