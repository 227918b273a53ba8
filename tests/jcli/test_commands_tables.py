"""Interception tables: the same screen as routes, for whatever kind is registered under their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jasminlike.kind import Field, FieldError, Kind, Ref
from tests.fakes.console import Room, all_kinds


@dataclass(frozen=True)
class Interceptor:
    """A stand-in with the face of the real one."""

    type_name: str
    order: int
    filters: tuple[str, ...]
    script: str

    def describe(self) -> str:
        return f"<MTIS (pyCode={self.script} ..)>"


def _script(text: str) -> str:
    if not text.startswith("python3("):
        raise FieldError("Invalid syntax for script, must be python3(/path/to/script).")
    return "import json"


def _build(values: Mapping[str, Any]) -> Interceptor:
    return Interceptor(values["type"], values["order"], tuple(values.get("filters", ())), values["script"])


def _values(thing: Interceptor) -> dict[str, Any]:
    own = {} if thing.type_name == "DefaultInterceptor" else {"filters": list(thing.filters)}
    return {"type": thing.type_name, "order": thing.order, "script": thing.script, **own}


FILTERS = Field(
    "filters",
    lambda text: text.split(";"),
    refers=lambda fids: [Ref("filter", fid, f"Unknown fid: {fid}") for fid in fids],
)
SCRIPT = Field("script", _script)
KIND = Kind(
    "mtinterceptor",
    "order",
    (Field("type", str), Field("order", int, fixed=True)),
    _build,
    _values,
    variants={"DefaultInterceptor": (SCRIPT,), "StaticMTInterceptor": (FILTERS, SCRIPT)},
)


def test_mtinterceptor() -> None:
    room = Room([*all_kinds(), KIND])
    room.setup("filter -a\nfid to_france\ntype DestinationAddrFilter\ndestination_addr ^33\nok")
    room.play("""\
jcli : mtinterceptor -a
Adding a new MT Interceptor: (ok: save, ko: exit)
> type StaticMTInterceptor
<class 'jasmin.routing.Interceptors.StaticMTInterceptor'> arguments:
filters, script
> order 0
This interceptor order (0) is reserved for DefaultInterceptor only
> order 5
> filters to_france
> script hlr.py
Invalid syntax for script, must be python3(/path/to/script).
> script python3(/srv/scripts/hlr.py)
> ok
Successfully added MTInterceptor [StaticMTInterceptor] with order:5
jcli : mtinterceptor -l
#Order Type                 Script                                          Filter(s)                                                       
#5     StaticMTInterceptor  <MTIS (pyCode=import json ..)>                  <DA (dst_addr=^33)>                                             
Total MT Interceptors: 1
jcli : mtinterceptor -s 5
StaticMTInterceptor/<MTIS (pyCode=import json ..)>
jcli : mtinterceptor -a
Adding a new MT Interceptor: (ok: save, ko: exit)
> order 7
> type DefaultInterceptor
<class 'jasmin.routing.Interceptors.DefaultInterceptor'> arguments:
script
> order 7
Interceptor order forced to 0 since it is a DefaultInterceptor
> colour red
Unknown Interceptor key: colour
> script python3(/srv/x.py)
> ok
Successfully added MTInterceptor [DefaultInterceptor] with order:0
jcli : mtinterceptor -s 9
Unknown MT Interceptor: 9
jcli : mtinterceptor -r 5
Successfully removed MT Interceptor with order:5
jcli : mtinterceptor -f
Successfully flushed MT Interceptor table (1 flushed entries)""")  # noqa: E501, W291


def test_a_type_chosen_after_order_0_says_whom_it_belongs_to() -> None:
    room = Room([*all_kinds(), KIND])
    room.type("mtinterceptor -a")
    room.type("order 0")
    assert room.type("type StaticMTInterceptor")[-1] == (
        "This interceptor order (0) is reserved for DefaultInterceptor only"
    )
    room.type("ko")


def test_a_command_whose_kind_is_not_registered_does_not_exist() -> None:
    room = Room()
    assert room.type("mtinterceptor -l") == ["Incorrect command: mtinterceptor, type help for a list of commands"]
