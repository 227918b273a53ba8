"""Groups, HTTP client connectors and filters: what their screens say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jasminlike.accounts.model import Group
from jasminlike.filters.base import Filter
from jcli.desk import Desk
from jcli.options import Option
from jcli.tables import Column
from jcli.things import Words


def _group_row(desk: Desk, group: Group) -> Sequence[str]:
    return (group.gid if group.enabled else f"!{group.gid}",)


GROUP = Words(
    command="group",
    kind="group",
    about="Group management",
    thing="Group",
    options=(
        Option("-l", "--list", "", "List all groups", "list"),
        Option("-a", "--add", "", "Add a group", "add"),
        Option("-e", "--enable", "GID", "Enable a group", "enable"),
        Option("-d", "--disable", "GID", "Disable a group and with it all its users", "disable"),
        Option("-r", "--remove", "GID", "Remove a group and all its users", "remove"),
    ),
    columns=(Column("Group id", 16),),
    row=_group_row,
    total="Total Groups: {count}",
    adding="Adding a new Group: (ok: save, ko: exit)",
    added="Successfully added Group [{key}]",
    removed="Successfully removed Group id:{key}",
    unknown_key="Unknown Group key: {key}",
    needed="You must set Group id (gid) before saving !",
)


def _http_row(desk: Desk, connector: Any) -> Sequence[str]:
    return (connector.cid, connector.type_name, connector.method, connector.url)


def _http_shown(desk: Desk, connector: Any) -> Sequence[str]:
    return (
        f"{connector.type_name}:",
        f"cid = {connector.cid}",
        f"baseurl = {connector.url}",
        f"method = {connector.method}",
    )


HTTPCC = Words(
    command="httpccm",
    kind="httpcc",
    about="HTTP client connector management",
    thing="Httpcc",
    options=(
        Option("-l", "--list", "", "List all HTTP client connectors", "list"),
        Option("-a", "--add", "", "Add an HTTP client connector, or replace one", "add"),
        Option("-r", "--remove", "CID", "Remove an HTTP client connector", "remove"),
        Option("-s", "--show", "CID", "Show an HTTP client connector", "show"),
    ),
    columns=(Column("Httpcc id", 16), Column("Type", 22), Column("Method", 6), Column("URL", 64)),
    row=_http_row,
    total="Total Httpccs: {count}",
    adding="Adding a new Httpcc: (ok: save, ko: exit)",
    added="Successfully added Httpcc [{thing.type_name}] with cid:{key}",
    removed="Successfully removed Httpcc id:{key}",
    unknown_key="Unknown Httpcc key: {key}",
    show=_http_shown,
)


def _filter_row(desk: Desk, each: Filter) -> Sequence[str]:
    return (each.fid, each.type_name, " ".join(each.sides), each.describe())


def _filter_shown(desk: Desk, each: Filter) -> Sequence[str]:
    return each.lines()


FILTER = Words(
    command="filter",
    kind="filter",
    about="Filter management",
    thing="Filter",
    options=(
        Option("-l", "--list", "", "List all filters", "list"),
        Option("-a", "--add", "", "Add a filter, or replace one", "add"),
        Option("-r", "--remove", "FID", "Remove a filter", "remove"),
        Option("-s", "--show", "FID", "Show a filter", "show"),
    ),
    columns=(Column("Filter id", 16), Column("Type", 22), Column("Routes", 6), Column("Description", 32)),
    row=_filter_row,
    total="Total Filters: {count}",
    adding="Adding a new Filter: (ok: save, ko: exit)",
    added="Successfully added Filter [{thing.type_name}] with fid:{key}",
    removed="Successfully removed Filter id:{key}",
    unknown_key="Unknown Filter key: {key}",
    show=_filter_shown,
    typed_error="",
    module="jasmin.routing.Filters",
)
