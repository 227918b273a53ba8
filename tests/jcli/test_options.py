"""Options of commands."""

from __future__ import annotations

import pytest

from jcli.options import Option, OptionError, parse

LIST = Option("-l", "--list", "[GID]", "List", "list")
ADD = Option("-a", "--add", "", "Add", "add")
REMOVE = Option("-r", "--remove", "GID", "Remove", "remove")
BAN = Option("", "--ban", "UID", "Ban", "ban")
OPTIONS = (LIST, ADD, REMOVE, BAN)


@pytest.mark.parametrize(
    ("line", "given", "left"),
    [
        ("-l", [(LIST, "")], []),
        ("-l g1", [(LIST, "g1")], []),
        ("--list=g1", [(LIST, "g1")], []),
        ("-l -a", [(LIST, ""), (ADD, "")], []),
        ("-r g1 x", [(REMOVE, "g1")], ["x"]),
        ("-rg1", [(REMOVE, "g1")], []),
        ("--remove g1", [(REMOVE, "g1")], []),
        ("--remove=", [(REMOVE, "")], []),
        ("--ban=u=1", [(BAN, "u=1")], []),
        ("x - y", [], ["x", "-", "y"]),
    ],
)
def test_what_is_understood(line: str, given: list[tuple[Option, str]], left: list[str]) -> None:
    assert parse(OPTIONS, line.split()) == (given, left)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-x", "no such option: -x"),
        ("--rem g", "no such option: --rem"),
        ("-r", "-r option requires 1 argument"),
        ("--ban", "--ban option requires 1 argument"),
        ("-ax", "-a option does not take a value"),
        ("--add=1", "--add option does not take a value"),
    ],
)
def test_what_is_refused(line: str, told: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse(OPTIONS, line.split())
    assert str(caught.value) == told


def test_how_they_are_shown() -> None:
    assert [option.spelled() for option in OPTIONS] == [
        "-l [GID], --list [GID]",
        "-a, --add",
        "-r GID, --remove=GID",
        "--ban=UID",
    ]
