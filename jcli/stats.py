"""`stats`: the counters of the running process, of one thing as a list, of all things as a table."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from jasminlike.accounts.model import User
from jasminlike.interfaces import Bound
from jasminlike.stats import SmppcStats
from jcli.desk import Answer, Desk, say
from jcli.options import Option, OptionError, parse, usage
from jcli.tables import plain_table

OPTIONS = (
    Option("", "--user", "UID", "Show a user's counters", "user"),
    Option("", "--users", "", "Show what all users do", "users"),
    Option("", "--smppc", "CID", "Show an SMPP connector's counters", "smppc"),
    Option("", "--smppcs", "", "Show what all SMPP connectors do", "smppcs"),
    Option("", "--httpapi", "", "Show the HTTP API's counters", "httpapi"),
    Option("", "--smppsapi", "", "Show the SMPP server's counters", "smppsapi"),
    Option("", "--gateway", "", "Show what the gateway as a whole did", "gateway"),
)

_BINDS = ("bind_receiver", "bind_transmitter", "bind_transceiver")


def moment(at: float) -> str:
    """A time in the server's zone, ND when it never came."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if at else "ND"


def cell(name: str, value: float) -> str:
    """A counter as text; those named `…_at` are times."""
    return moment(value) if name.endswith("_at") else str(value)


def _peers(sessions: Sequence[Bound]) -> str:
    return "; ".join(f"{each.peer} ({each.bind} @ {moment(each.since)})" for each in sessions) or "-"


def _counted(sessions: Sequence[Bound]) -> str:
    """How many sessions of each kind, as JSON."""
    counts = dict.fromkeys(_BINDS, 0)
    for each in sessions:
        counts[each.bind] = counts.get(each.bind, 0) + 1
    return json.dumps(counts)


class StatsCommand:
    """The command. Counters start at zero with the process."""

    name = "stats"
    about = "Statistics"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def usage(self) -> list[str]:
        """What `help` shows of it."""
        return [self.about, *usage(self.name, OPTIONS)]

    def complete(self, words: Sequence[str]) -> list[str]:
        """Options, then names."""
        if words and words[-1] in ("--user", "--smppc"):
            return list(self._desk.catalog.all("user" if words[-1] == "--user" else "smppcc"))
        return [] if words else [option.long for option in OPTIONS]

    async def run(self, words: Sequence[str], actor: str) -> Answer:
        """Shows what the first option asks for."""
        try:
            given, _ = parse(OPTIONS, words)
        except OptionError as problem:
            return say(str(problem), *usage(self.name, OPTIONS))
        if not given:
            return say("Missing required option")
        option, argument = given[0]
        stats = self._desk.stats
        whole = {"httpapi": stats.http, "smppsapi": stats.smpps, "gateway": stats.gateway}
        if option.action in whole:
            return say(*_listed(whole[option.action].rows()))
        if option.action in ("users", "smppcs"):
            return self._users() if option.action == "users" else self._connectors()
        return self._user(argument) if option.action == "user" else self._connector(argument)

    def _connector(self, cid: str) -> Answer:
        if self._desk.catalog.get("smppcc", cid) is None:
            return say(f"Unknown connector: {cid}")
        return say(*_listed(self._desk.stats.connector(cid).rows()))

    def _connectors(self) -> Answer:
        cids = list(self._desk.catalog.all("smppcc"))
        titles = ("Connector id", "Connected at", "Bound at", "Disconnected at", "Submits", "Delivers", "QoS errs",
                  "Other errs")  # fmt: skip
        rows = [(cid, *_connector_cells(self._desk.stats.connector(cid))) for cid in cids]
        return say(*plain_table(titles, rows), f"Total connectors: {len(cids)}")

    def _user(self, uid: str) -> Answer:
        user: User | None = self._desk.catalog.get("user", uid)
        if user is None:
            return say(f"Unknown User: {uid}")
        sessions = self._desk.binds.sessions(user.username)
        smpp = [(name, cell(name, value)) for name, value in self._desk.stats.smpps_of(uid).rows()[1:]]
        smpp[2:2] = [("bound_connections_count", _counted(sessions)), ("bound_peer_ips", _peers(sessions))]
        http = [(name, cell(name, value)) for name, value in self._desk.stats.http_of(uid).rows()[1:]]
        rows = [(name, "SMPP Server", value) for name, value in smpp]
        rows += [(name, "HTTP Api", value) for name, value in http]
        return say(*plain_table(("Item", "Type", "Value"), rows))

    def _users(self) -> Answer:
        users = list(self._desk.catalog.all("user").values())
        titles = ("User id", "SMPP Bound connections", "SMPP Peer IPs", "SMPP L.A.", "HTTP requests counter",
                  "HTTP L.A.")  # fmt: skip
        return say(*plain_table(titles, [self._user_cells(user) for user in users]), f"Total users: {len(users)}")

    def _user_cells(self, user: User) -> Sequence[str]:
        sessions = self._desk.binds.sessions(user.username)
        http, smpps = self._desk.stats.http_of(user.uid), self._desk.stats.smpps_of(user.uid)
        return (
            user.uid,
            str(len(sessions)),
            _peers(sessions),
            moment(smpps.last_activity_at),
            str(http.connects_count),
            moment(http.last_activity_at),
        )


def _connector_cells(stats: SmppcStats) -> Sequence[str]:
    return (
        moment(stats.connected_at),
        moment(stats.bound_at),
        moment(stats.disconnected_at),
        f"{stats.submit_sm_request_count}/{stats.submit_sm_count}",
        f"{stats.deliver_sm_count}/{stats.data_sm_count}",
        str(stats.throttling_error_count),
        str(stats.other_submit_error_count),
    )


def _listed(rows: Sequence[tuple[str, float]]) -> list[str]:
    return plain_table(("Item", "Value"), [(name, cell(name, value)) for name, value in rows])
