"""One session of the console without its socket: login, prompt, commands, and what is said when something breaks.

A line goes in, an answer comes out; which prompt follows and whether typing is echoed can be read after each line. An
unexpected error ends a command, never the session.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twisted.logger import Logger

from jasminlike.errors import GatewayError
from jcli.access import Access
from jcli.desk import Answer, Command, Dialogue, say

PROMPT = "jcli : "
DIALOGUE_PROMPT = "> "
USERNAME_PROMPT = "Username: "
PASSWORD_PROMPT = "Password: "  # noqa: S105 - what is asked, not what is answered

_CONTROLS = {
    "quit": "Disconnect from console",
    "help": 'List available commands with "help" or detailed help with "help cmd".',
}


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions share. Without `access` the console asks nobody who he is."""

    commands: Mapping[str, Command]
    access: Access | None
    version: str
    sessions: itertools.count[int]


class Shell:
    """A session from `peer`, an address."""

    def __init__(self, house: House, peer: str) -> None:
        self.prompt = ""
        self.echo = True
        self._house = house
        self._peer = peer
        self._username = ""
        self._actor = ""
        self._dialogue: Dialogue | None = None
        self._log = Logger()

    @property
    def logged_in(self) -> bool:
        """Whether it is known who types."""
        return bool(self._actor)

    def start(self) -> Answer:
        """What is said before the first prompt."""
        if self._house.access is None:
            return self._welcome("jcli")
        self.prompt = USERNAME_PROMPT
        return say("Authentication required.", "")

    async def enter(self, line: str) -> Answer:
        """Takes a line. Never raises."""
        try:
            if "\ufffd" in line:
                return say("Error: the line is not valid UTF-8, nothing was done")
            answer = await self._enter(line)
        except GatewayError as problem:
            self._log.warn("{who}: {why} {detail}", who=self._actor, why=problem.public, detail=problem.detail)
            return say(f"Error: {problem.public}")
        except Exception:
            # The text of an unknown exception may hold a secret; it goes to the log alone.
            self._log.failure("a command of {who} failed", who=self._actor or self._peer)
            return say("Error: the command failed, see the log of the gateway")
        return answer

    def interrupt(self) -> None:
        """Ctrl-C: leaves a dialogue, or starts the login anew."""
        self._username = ""
        self.echo = True
        self._lead(None)

    def complete(self, before: str) -> Sequence[str]:
        """What the last word before the cursor may become."""
        if not self._actor:
            return ()
        words = before.split(" ")[:-1]
        if self._dialogue is not None:
            return self._matching_keys(before)
        if not words:
            return [*self._house.commands, *_CONTROLS]
        if words[0] == "help":
            return [*self._house.commands, *_CONTROLS] if len(words) == 1 else ()
        command = self._house.commands.get(words[0])
        return command.complete(words[1:]) if command is not None else ()

    def _matching_keys(self, before: str) -> Sequence[str]:
        """Keys may be of several words; only the word at the cursor is completed."""
        assert self._dialogue is not None
        place = before.count(" ")
        head = before.rpartition(" ")[0]
        fitting = [key.split(" ") for key in self._dialogue.choices() if key.startswith(f"{head} " if place else "")]
        return [words[place] for words in fitting if len(words) > place]

    async def _enter(self, line: str) -> Answer:
        if not self._actor:
            return await self._login(line)
        if self._dialogue is not None:
            return self._follow(await self._dialogue.enter(line))
        words = line.split()
        if not words:
            return say()
        return self._follow(await self._command(words))

    def _follow(self, answer: Answer) -> Answer:
        self._lead(answer.dialogue)
        return answer

    def _lead(self, dialogue: Dialogue | None) -> None:
        """Sets the dialogue that is open, and the prompt that belongs to it."""
        self._dialogue = dialogue
        if self._actor:
            self.prompt = DIALOGUE_PROMPT if dialogue is not None else PROMPT
        else:
            self.prompt = USERNAME_PROMPT

    async def _login(self, line: str) -> Answer:
        access = self._house.access
        assert access is not None
        if self.prompt == USERNAME_PROMPT:
            if line:
                self._username, self.prompt, self.echo = line, PASSWORD_PROMPT, False
            return say()
        self.prompt, self.echo = USERNAME_PROMPT, True
        wait = access.wait(self._peer)
        if wait:
            return Answer((f"Too many failures, try again in {wait:.0f} seconds.",), close=True)
        if await access.admit(self._username, line, self._peer):
            return self._welcome(self._username)
        self._log.warn("a login to the console from {peer} failed", peer=self._peer)
        return say("Incorrect Username/Password.")

    def _welcome(self, username: str) -> Answer:
        self._actor = f"jcli:{username}@{self._peer}"
        self.prompt = PROMPT
        return say(
            f"Welcome to jasminlike {self._house.version} console",
            "Type help or ? to list commands.",
            "",
            f"Session ref: {next(self._house.sessions)}",
        )

    async def _command(self, words: Sequence[str]) -> Answer:
        name = words[0]
        if name == "quit":
            return Answer(close=True)
        if name in ("help", "?"):
            return say(*self._help(words[1:]))
        command = self._house.commands.get(name)
        if command is None:
            return say(f"Incorrect command: {name}, type help for a list of commands")
        return await command.run(words[1:], self._actor)

    def _help(self, words: Sequence[str]) -> list[str]:
        if not words:
            about = {name: command.about for name, command in self._house.commands.items()}
            return [*_block("Available commands:", about), "", *_block("Control commands:", _CONTROLS)]
        if words[0] in _CONTROLS:
            return [_CONTROLS[words[0]]]
        command = self._house.commands.get(words[0])
        return [f"*** No help on {words[0]}"] if command is None else command.usage()


def _block(title: str, about: Mapping[str, str]) -> list[str]:
    return [title, "=" * len(title), *(f"{name.ljust(20)}{text}" for name, text in about.items())]
