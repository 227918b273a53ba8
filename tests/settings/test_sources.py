"""Errors name the line of the file."""

from __future__ import annotations

import pytest

from jasminlike.settings.sources import Lines

TEXT = """\
# [http] in a comment
data.folder = "x"
[http]  # the door
#port = 1
port = 2

[ smppc ]
"table" . ESME_RSYSERR = { count = 1, delay = 1 }
[smppc.table.ESME_RTHROTTLED]
count = 2
"""


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [
        ("http", "", 3),
        ("http", "port", 5),
        ("smppc", "", 7),
        ("smppc", "table", 8),
        ("data", "folder", 2),
        ("data", "", 2),
    ],
)
def test_the_line_is_found(section: str, key: str, line: int) -> None:
    assert Lines("a.toml", TEXT).of(section, key) == f"a.toml, line {line}"


def test_the_file_alone_is_named_when_the_line_is_not_found() -> None:
    assert Lines("a.toml", TEXT).of("jcli", "port") == "a.toml"
