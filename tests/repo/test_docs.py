"""The manual knows everything that the code offers; links in it lead somewhere; rendered pages are fresh."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from http_api import balance, rate, replies, send, status
from http_api.args import Declaration
from jasminlike.errors import REASONS
from jasminlike.reasons.directory import LANGUAGES, Directory
from jasminlike.settings.declared import declared
from jasminlike.smpp import statuses
from jasminlike.smpps import replies as smpps_replies
from tests.repo.product import ROOT, modules

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
ENDPOINTS: dict[str, Declaration] = {
    "/send": send.SEND,
    "/rate": rate.Rate.declaration,
    "/balance": balance.Balance.declaration,
    "/status": status.Status.declaration,
}


@cache
def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """The text under a heading, up to the next of its level."""
    return text(page).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_rendered_pages_are_fresh() -> None:
    result = subprocess.run(
        [sys.executable, str(ROOT / "scripts/render_docs.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\nrun make docs"


def test_every_setting_stands_in_the_reference_and_the_sample() -> None:
    page, sample = text("docs/reference/settings.md"), text("etc/jasminlike.toml")
    missing = [
        path
        for path, setting in declared().items()
        if f"| `{setting.name}` |" not in page or f"\n#{setting.name} = " not in sample
    ]
    assert missing == []


@pytest.mark.parametrize("path", list(ENDPOINTS))
def test_every_argument_of_the_http_api_stands_in_the_manual(path: str) -> None:
    found = section("docs/manual/client.md", path)
    assert [each.name for each in ENDPOINTS[path].arguments if f"`{each.name}`" not in found] == []


def test_the_manual_names_no_argument_of_send_that_does_not_exist() -> None:
    rows = re.findall(
        r"(?m)^\| `([\w-]+)` \| (?:required|one of these two|) \|", section("docs/manual/client.md", "/send")
    )
    assert set(rows) <= {each.name for each in send.SEND.arguments}
    assert "username" in rows


def test_every_endpoint_is_declared_here() -> None:
    found = {
        module.where
        for module in modules()
        if module.room == "http_api" and re.search(r"(?m)^\s+declaration = ", module.text)
    }
    assert found == {f"http_api{path}.py" for path in ENDPOINTS}


def test_every_text_of_a_refusal_stands_in_the_manual() -> None:
    page = text("docs/manual/client.md")
    assert [each.text for each in replies.REFUSALS.values() if each.text and each.text not in page] == []


def test_every_status_of_a_refusal_over_smpp_stands_in_the_manual() -> None:
    page = section("docs/manual/client.md", "Sending over SMPP")
    given = {*smpps_replies.STATUSES.values(), *smpps_replies.OF_A_VALUE.values()}
    assert [name for name in map(statuses.name, sorted(given)) if f"`{name}`" not in page] == []


def test_every_code_of_a_refusal_stands_in_the_manual() -> None:
    codes = set(re.findall(r"(?m)^\| (\d{3})", text("docs/manual/client.md")))
    codes |= set(re.findall(r"\b(\d{3}), (\d{3})\b", text("docs/manual/client.md"))[0])
    assert {str(each.status) for each in replies.REFUSALS.values()} - codes <= {"520"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_stands_in_the_directory_and_its_page(language: str) -> None:
    directory = Directory()
    page = text("docs/reference/reasons.md" if language == "en" else f"docs/reference/reasons.{language}.md")
    assert [code for code in REASONS if not directory.lookup(code, language).known] == []
    assert [code for code in REASONS if f"| `{code}` |" not in page] == []


def test_every_command_of_the_console_stands_in_the_operators_manual() -> None:
    commands = re.findall(r"(?m)^### (\w+)$", text("docs/reference/console.md"))
    assert len(commands) > 8
    page = section("docs/manual/operator.md", "The console")
    assert [command for command in commands if f"`{command}`" not in page] == []


def test_every_key_of_the_console_is_explained() -> None:
    silent = re.findall(r"(?m)^(\| `[^|]+` \| [^|]* \| *\|)$", text("docs/reference/console.md"))
    assert silent == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"(?s)```.*?```", "", path.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        if not page.exists() or (anchor and anchor not in anchors(page)):
            broken.append(target)
    assert broken == []


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as they are commonly made."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return frozenset(re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings)


def test_every_decision_stands_in_the_list() -> None:
    listed = text("docs/decisions/README.md")
    pages = sorted(path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [name for name in pages if f"({name})" not in listed] == []
    numbers = [name[:4] for name in pages]
    assert len(set(numbers)) == len(numbers)


def test_modules_that_the_pages_name_exist() -> None:
    pattern = re.compile(r"`((?:jasminlike|http_api|jcli|routers|interceptors|tests|scripts|etc|bench)/[\w./*-]*)`")
    gone = [
        f"{named(page)}: {name}"
        for page in PAGES
        for name in pattern.findall(page.read_text(encoding="utf-8"))
        if not (list(ROOT.glob(name)) if "*" in name else (ROOT / name).exists())
    ]
    assert gone == []
