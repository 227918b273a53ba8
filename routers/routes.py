"""Routes: who is served, at what rate, and which connectors are tried in which order.

A type of route is one small class: whether it names one connector or several, and the `ways` it may send a message.
One of the ways is drawn for each message; within a way the connectors are tried in order. Both sides share the types:
MT routes lead to connectors (`smppc`), MO routes to clients' URLs (`http`) and to SMPP accounts (`smpps`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from jasminlike.filters.base import MO, MT, Side

MILLION = 1_000_000


class Target(NamedTuple):
    """A destination as operators write it: `smppc(telco_a)`, `http(crm)`, `smpps(acmebox)`."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}({self.id})"


TARGET_KINDS: dict[Side, tuple[str, ...]] = {MT: ("smppc",), MO: ("smpps", "http")}
"""Where routes of a side may lead."""

Ways = tuple[tuple[Target, ...], ...]


@dataclass(frozen=True, slots=True)
class Route(ABC):
    """An entry of a routing table. `filters` are names (fid), `rate` is the price of a part in millionths."""

    side: Side
    order: int
    targets: tuple[Target, ...]
    filters: tuple[str, ...] = ()
    rate: int = 0

    stem: ClassVar[str]
    several: ClassVar[bool] = False
    alike: ClassVar[bool] = False
    """All its destinations must be of one kind."""
    only_bound: ClassVar[bool] = False
    """Connectors that are not bound at the moment are passed over."""

    @classmethod
    def name_for(cls, side: Side) -> str:
        """The type as operators write it."""
        return f"{cls.stem}{side}Route"

    @property
    def type_name(self) -> str:
        """The type as operators write it."""
        return self.name_for(self.side)

    @property
    def key(self) -> str:
        """What identifies it in the catalogue."""
        return str(self.order)

    @abstractmethod
    def ways(self) -> Ways:
        """The ways a message may go, each as likely as the others."""

    def summary(self) -> str:
        """What the console shows of one route; the rate with two decimals."""
        rated = f"rated {self.rate / MILLION:.2f}" if self.rate else "NOT RATED"
        if not self.several:
            return f"{self.type_name} to {self.targets[0]} {rated}"
        listed = "".join(f"\n\t- {target}" for target in self.targets)
        return f"{self.type_name} to {len(self.targets)} connectors:{listed} \n{rated}"


@dataclass(frozen=True, slots=True)
class StaticRoute(Route):
    """One destination."""

    stem: ClassVar[str] = "Static"

    def ways(self) -> Ways:
        return (self.targets,)


@dataclass(frozen=True, slots=True)
class DefaultRoute(StaticRoute):
    """One destination for what no other route takes: no filters, order 0."""

    @classmethod
    def name_for(cls, side: Side) -> str:
        return "DefaultRoute"


@dataclass(frozen=True, slots=True)
class RandomRoundrobinRoute(Route):
    """Any of several destinations, drawn anew for each message. The others are no fallbacks: they may be unwanted for
    this message's account of costs, and a failover route says it when they are wanted."""

    stem: ClassVar[str] = "RandomRoundrobin"
    several: ClassVar[bool] = True

    def ways(self) -> Ways:
        return tuple((target,) for target in self.targets)


@dataclass(frozen=True, slots=True)
class FailoverRoute(Route):
    """The first that is up, in the order given; the rest remain for when it fails."""

    stem: ClassVar[str] = "Failover"
    several: ClassVar[bool] = True
    alike: ClassVar[bool] = True
    only_bound: ClassVar[bool] = True

    def ways(self) -> Ways:
        return (self.targets,)


ROUTE_TYPES: tuple[type[Route], ...] = (DefaultRoute, StaticRoute, RandomRoundrobinRoute, FailoverRoute)
"""Every type of route, in the order in which operators read them."""
