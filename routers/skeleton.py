"""A finished route to start a new one from: any connector first, the others as fallbacks in a circle.

Recipe: copy this class into `routes.py`, give it a `stem` and its `ways`, and name it in `ROUTE_TYPES`. Its type is
then `<stem>MTRoute` and `<stem>MORoute` at the console.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from routers.routes import Route, Ways


@dataclass(frozen=True, slots=True)
class CircleRoute(Route):
    """Starts anywhere in the circle of its destinations and goes round once."""

    stem: ClassVar[str] = "Circle"
    several: ClassVar[bool] = True

    def ways(self) -> Ways:
        return tuple(self.targets[place:] + self.targets[:place] for place in range(len(self.targets)))
