"""SMPP client connectors: settings, starting and stopping, and what their sessions do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jcli.desk import Answer, Desk, say
from jcli.options import Option
from jcli.tables import Column
from jcli.things import Things, Words


def _row(desk: Desk, connector: Any) -> Sequence[str]:
    cid = connector.cid
    return (
        cid,
        "started" if connector.started else "stopped",
        desk.states.session(cid),
        str(desk.states.starts(cid)),
        str(desk.states.stops(cid)),
    )


SMPPCC = Words(
    command="smppccm",
    kind="smppcc",
    about="SMPP connector management",
    thing="connector",
    options=(
        Option("-l", "--list", "", "List SMPP connectors", "list"),
        Option("-a", "--add", "", "Add an SMPP connector", "add"),
        Option("-u", "--update", "CID", "Update an SMPP connector", "update"),
        Option("-r", "--remove", "CID", "Remove an SMPP connector", "remove"),
        Option("-s", "--show", "CID", "Show an SMPP connector", "show"),
        Option("-1", "--start", "CID", "Start an SMPP connector", "start"),
        Option("-0", "--stop", "CID", "Stop an SMPP connector", "stop"),
    ),
    columns=(
        Column("Connector id", 35),
        Column("Service", 7),
        Column("Session", 16),
        Column("Starts", 6),
        Column("Stops", 5),
    ),
    row=_row,
    total="Total connectors: {count}",
    adding="Adding a new connector: (ok: save, ko: exit)",
    added="Successfully added connector [{key}]",
    removed="Successfully removed connector id:{key}",
    unknown_key="Unknown SMPPClientConfig key: {key}",
    updating="Updating connector id [{key}]: (ok: save, ko: exit)",
    updated="Successfully updated connector [{key}]",
    needed="You must set at least connector id (cid) before saving !",
    exists="Failed adding connector, check log for details",
    fixed={"cid": "Connector id can not be modified !"},
)


class Connectors(Things):
    """`smppccm`: whether a connector runs is a setting like the others, so it runs again after a restart."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, SMPPCC)

    async def do_start(self, cid: str, actor: str) -> Answer:
        """Starts a connector that is stopped."""
        return await self._switch(cid, True, actor)

    async def do_stop(self, cid: str, actor: str) -> Answer:
        """Stops a connector that is started."""
        return await self._switch(cid, False, actor)

    async def _switch(self, cid: str, started: bool, actor: str) -> Answer:
        if self.must_get(cid).started == started:
            return say(f"Failed {'starting' if started else 'stopping'} connector, check log for details")
        await self.desk.catalog.update("smppcc", cid, {"started": started}, actor)
        return say(f"Successfully {'started' if started else 'stopped'} connector id:{cid}")

    async def save_changes(self, key: str, values: Mapping[str, Any], actor: str) -> list[str]:
        """Says when the change makes a running connector bind again."""
        old = self.must_get(key)
        lines = await super().save_changes(key, values, actor)
        if old.started and old.session_changed(self.must_get(key)):
            return [f"Restarting connector [{key}] for updates to take effect ...", *lines]
        return lines
