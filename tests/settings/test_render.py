"""The sample file and the reference show every setting, and the sample is a settings file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from jasminlike.settings import render
from jasminlike.settings.declared import declared
from jasminlike.settings.load import load
from jasminlike.settings.schema import Settings


def test_the_sample_as_it_is_sets_nothing() -> None:
    assert all(not table for table in tomllib.loads(render.sample()).values())


def test_the_sample_with_every_line_uncommented_is_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    path.write_text(re.sub(r"(?m)^#(?=\w)", "", render.sample()), encoding="utf-8")
    found = {f"{section}.{key}" for section, table in tomllib.loads(path.read_text()).items() for key in table}
    assert found == set(declared())
    assert load(path) == Settings()


def test_the_sample_says_what_each_setting_is_for() -> None:
    words = " ".join(line.lstrip("# ") for line in render.sample().splitlines())
    for setting in declared().values():
        assert setting.about in words


def test_the_reference_has_a_row_for_each_setting() -> None:
    page = render.reference()
    for setting in declared().values():
        assert f"| `{setting.name}` | {setting.wanted} |" in page
        assert setting.about in page


def test_differences_are_what_would_set_them_again() -> None:
    given = ["http.port=8080", "http.enabled=false", "log.format=json", "callbacks.retry_delay=2.5"]
    assert render.differences(load(overrides=given)) == sorted(given, key=_place)
    assert render.differences(Settings()) == []


def _place(override: str) -> int:
    return list(declared()).index(override.partition("=")[0])


def test_differences_tell_no_secret() -> None:
    assert render.differences(load(overrides=["jcli.password=hush"])) == ["jcli.password=**"]
