"""The options of a command: `-r GID`, `--remove=GID`, `-l [GID]`; their parsing, their usage text, their completion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """`argument` is its name as shown: "" for none, in brackets when it may be left out. `action` says what to do."""

    short: str
    long: str
    argument: str
    about: str
    action: str

    @property
    def takes_argument(self) -> bool:
        """Whether an argument must follow."""
        return bool(self.argument) and not self.argument.startswith("[")

    def spelled(self) -> str:
        """Both spellings with the argument, as the usage shows them."""
        if self.argument.startswith("["):
            return f"{self.short} {self.argument}, {self.long} {self.argument}".removeprefix(" ")
        spelled = [f"{self.short} {self.argument}".strip()] if self.short else []
        spelled.append(f"{self.long}={self.argument}" if self.argument else self.long)
        return ", ".join(spelled)


class OptionError(Exception):
    """A line of options that cannot be read; the text is shown, and the usage after it."""


def usage(command: str, options: Sequence[Option]) -> list[str]:
    """What follows the description in `help command`."""
    width = max((len(option.spelled()) for option in options), default=0) + 2
    lines = [f"  {option.spelled().ljust(width)}{option.about}" for option in options]
    return [f"Usage: {command} [options] ", "", "Options:", *lines]


def parse(options: Sequence[Option], words: Sequence[str]) -> tuple[list[tuple[Option, str]], list[str]]:
    """The options that were given, each with its argument ("" = none), and the words that belong to none.

    Raises `OptionError`.
    """
    by_name = {name: option for option in options for name in (option.short, option.long) if name}
    given: list[tuple[Option, str]] = []
    left: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            left.append(word)
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], "", word[2:])
        option = by_name.get(name)
        if option is None:
            raise OptionError(f"no such option: {name}")
        if option.takes_argument and not value and not equals:
            if not rest:
                raise OptionError(f"{name} option requires 1 argument")
            value = rest.pop(0)
        elif option.argument and not value and not equals and rest and not rest[0].startswith("-"):
            value = rest.pop(0)
        elif value and not option.argument:
            raise OptionError(f"{name} option does not take a value")
        given.append((option, value))
    return given, left
