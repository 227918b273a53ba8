"""`persist` and `load`: everything as it is now kept under a name, and made so again.

Each change is durable anyway; a profile is a copy to return to.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

from jasminlike.errors import GatewayError
from jasminlike.kind import FieldError
from jcli.desk import Answer, Desk, say
from jcli.options import Option, OptionError, parse, usage

MANAGERS = (
    "group",
    "user",
    "mointerceptor",
    "mtinterceptor",
    "morouter",
    "mtrouter",
    "smppcc",
    "filter",
    "httpcc",
)
DEFAULT = "jcli-prod"


class Profiles:
    """One of the two commands; `verb` is what it does, in the words of its answer."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.name = name
        persist = name == "persist"
        self.about = "Keep a copy of the configuration under a name" if persist else "Return to a copy kept before"
        self._options = (Option("-p", "--profile", "PROFILE", "The name of the copy", "profile"),)
        self._act = desk.catalog.save_profile if persist else desk.catalog.load_profile
        self._done = "persisted" if persist else "loaded"
        self._desk = desk
        self._log = Logger()

    def usage(self) -> list[str]:
        """What `help` shows of it."""
        return [self.about, *usage(self.name, self._options)]

    def complete(self, words: Sequence[str]) -> list[str]:
        """The option, then the profiles there are."""
        if words and words[-1] in ("-p", "--profile"):
            return self._desk.catalog.profiles()
        return [] if words else ["--profile"]

    async def run(self, words: Sequence[str], actor: str) -> Answer:
        """Keeps or returns; a line for each part of the configuration, which stand or fall together."""
        try:
            given, _ = parse(self._options, words)
        except OptionError as problem:
            return say(str(problem), *usage(self.name, self._options))
        profile = given[0][1] if given else DEFAULT
        try:
            await self._act(profile, actor)
        except (FieldError, GatewayError) as problem:
            self._log.warn("{verb} {profile}: {why}", verb=self.name, profile=profile, why=str(problem))
            return say(*(f"Failed to {self.name} {each} configuration (profile:{profile})" for each in MANAGERS))
        return say(*(f"{each} configuration {self._done} (profile:{profile})" for each in MANAGERS))
