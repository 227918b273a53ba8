"""Interceptors at the console, and what the catalogue keeps of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from interceptors.kinds import MOINTERCEPTOR_KIND, MTINTERCEPTOR_KIND
from tests.fakes.console import Room, all_kinds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hlr.py"
    path.write_text("import json\nroutable.addTag('a long line that is cut')\n")
    return path


@pytest.fixture
def room() -> Room:
    kinds = {kind.name: kind for kind in (*all_kinds(), MTINTERCEPTOR_KIND, MOINTERCEPTOR_KIND)}
    room = Room(list(kinds.values()))
    room.setup("filter -a\nfid to_france\ntype DestinationAddrFilter\ndestination_addr ^33\nok")
    room.setup("filter -a\nfid north\ntype ConnectorFilter\ncid north\nok")
    return room


@pytest.mark.parametrize(("side", "fid"), [("mt", "to_france"), ("mo", "north")])
def test_add_and_show(room: Room, file: Path, side: str, fid: str) -> None:
    name = f"Static{side.upper()}Interceptor"
    room.setup(f"{side}interceptor -a\ntype {name}\norder 5\nfilters {fid}\nscript python3({file})\nok")
    entry = room.catalog.get(f"{side}interceptor", "5")
    assert entry.describe() == f"<{side.upper()}IS (pyCode=import json routable.addTag('a ..)>"
    assert (entry.type_name, entry.order, entry.filters) == (name, 5, (fid,))
    kind = room.catalog.kinds[f"{side}interceptor"]
    assert kind.build(kind.values(entry)) == entry
    field = next(each for each in kind.fields_of(name) if each.name == "script")
    assert field.show(kind.values(entry)["script"]) == f"python3({file})"


def test_a_default_interceptor(room: Room, file: Path) -> None:
    room.setup(f"mtinterceptor -a\ntype defaultinterceptor\nscript trusted({file})\nok")
    entry = room.catalog.get("mtinterceptor", "0")
    assert (entry.type_name, entry.default, entry.script.trusted) == ("DefaultInterceptor", True, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("type Clever", "Unknown MT Interceptor type:Clever, available types: DefaultInterceptor, StaticMTInterceptor"),
        ("order -1", "Interceptor order must be a positive integer"),
        ("script python3", "Invalid syntax for script, must be python3(/path/to/script)."),
        ("script python3(/nowhere.py)", "[IO]: [Errno 2] No such file or directory: '/nowhere.py'"),
        ("filters gone", "Unknown fid: gone"),
        ("filters north", "ConnectorFilter#north is not a valid filter for MTInterceptor (not in MTFILTERS)"),
    ],
)
def test_what_is_refused(room: Room, file: Path, line: str, said: str) -> None:
    lines = [] if line.startswith("type") else room.type("mtinterceptor -a") + room.type("type StaticMTInterceptor")
    lines = lines or room.type("mtinterceptor -a")
    heard = room.type(line)
    if said not in "\n".join(heard):
        for each in ("order 5", "filters to_france", f"script python3({file})"):
            if each.split()[0] not in line:
                room.type(each)
        heard = room.type("ok")
    assert said in "\n".join(heard)
    assert room.catalog.all("mtinterceptor") == {}


def test_a_filter_that_an_interceptor_names_stays(room: Room, file: Path) -> None:
    room.setup(f"mtinterceptor -a\ntype StaticMTInterceptor\norder 5\nfilters to_france\nscript python3({file})\nok")
    room.type("filter -r to_france")
    assert room.catalog.get("filter", "to_france") is not None
