"""A session without its socket: login, what survives a breakdown, completion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from jasminlike.accounts.passwords import hash_password, verify_password
from jcli.access import Access, hashed_password
from jcli.desk import Answer
from jcli.shell import House, Shell
from tests.fakes.console import Room


class Broken:
    """A command that fails."""

    name = "broken"
    about = "Fails"

    def usage(self) -> list[str]:
        return []

    async def run(self, words: Sequence[str], actor: str) -> Answer:
        raise RuntimeError("the password is s3cret")

    def complete(self, words: Sequence[str]) -> list[str]:
        return []


def test_an_unexpected_error_is_told_without_its_text_and_the_session_lives(room: Room, logged_errors: Any) -> None:
    house = House({"broken": Broken(), **room.house.commands}, None, "1", room.house.sessions)
    shell = Shell(house, "127.0.0.1")
    shell.start()
    said = room.type("broken", shell)
    assert said[0].startswith("Error: ") and "s3cret" not in said[0]
    assert [str(each) for each in logged_errors()] == ["the password is s3cret"]
    assert room.type("group -l", shell) == ["Total Groups: 0"]


def test_an_error_within_a_dialogue_leaves_it_open(room: Room, logged_errors: Any) -> None:
    room.type("group -a")
    room.type("gid g")
    add, room.catalog.add = room.catalog.add, None  # type: ignore[assignment, method-assign]
    assert room.type("ok")[0].startswith("Error: the command failed")
    assert len(logged_errors()) == 1
    room.catalog.add = add  # type: ignore[method-assign]
    assert room.type("ok") == ["Successfully added Group [g]"]


def login(room: Room, shell: Shell, username: str, password: str) -> list[str]:
    assert shell.prompt == "Username: "
    room.type(username, shell)
    assert (shell.prompt, shell.echo) == ("Password: ", False)
    said = room.type(password, shell)
    assert shell.echo
    return said


def test_login(room: Room) -> None:
    shell = Shell(room.house, "10.0.0.1")
    assert shell.start().lines == ("Authentication required.", "")
    assert room.type("", shell) == [] and shell.prompt == "Username: "
    assert login(room, shell, "jcliadmin", "wrong") == ["Incorrect Username/Password."]
    assert login(room, shell, "other", "jclipwd") == ["Incorrect Username/Password."]
    assert login(room, shell, "jcliadmin", "jclipwd")[-1] == "Session ref: 1"
    assert shell.prompt == "jcli : " and shell.logged_in


def test_guessing_is_slowed_by_address(room: Room) -> None:
    shells = [Shell(room.house, host) for host in ("10.0.0.1", "10.0.0.1", "10.0.0.2")]
    for shell in shells:
        shell.start()
    for _ in range(5):
        login(room, shells[0], "jcliadmin", "guess")
    assert login(room, shells[1], "jcliadmin", "jclipwd") == ["Too many failures, try again in 1 seconds."]
    assert login(room, shells[2], "jcliadmin", "jclipwd")[-1] == "Session ref: 1"
    room.clock.advance(1)
    assert login(room, shells[1], "jcliadmin", "jclipwd")[-1] == "Session ref: 2"


def test_a_hashed_password(room: Room) -> None:
    async def verify(stored: str, password: str) -> bool:
        return verify_password(stored, password)

    access = Access("jcliadmin", hashed_password(hash_password("jclipwd"), verify), room.clock.seconds)
    shell = Shell(House({}, access, "1", room.house.sessions), "10.0.0.1")
    shell.start()
    assert login(room, shell, "jcliadmin", "wrong") == ["Incorrect Username/Password."]
    assert login(room, shell, "jcliadmin", "jclipwd")[-1].startswith("Session ref: ")


def test_an_interrupt_starts_the_login_anew(room: Room) -> None:
    shell = Shell(room.house, "10.0.0.1")
    shell.start()
    room.type("someone", shell)
    shell.interrupt()
    assert (shell.prompt, shell.echo) == ("Username: ", True)
    assert shell.complete("gr") == ()


def test_without_access_nobody_is_asked(room: Room) -> None:
    shell = Shell(room.open, "127.0.0.1")
    assert shell.start().lines[0] == "Welcome to jasminlike 1.2.3 console"
    assert shell.prompt == "jcli : "


@pytest.mark.parametrize(
    ("before", "among"),
    [
        ("", {"user", "smppccm", "quit", "help", "persist"}),
        ("gr", {"group"}),
        ("help sm", {"smppccm"}),
        ("group ", {"--list", "--add", "--remove"}),
        ("group -r ", {"partners"}),
        ("user --show ", {"acme"}),
        ("stats ", {"--smppcs"}),
        ("stats --user ", {"acme"}),
        ("persist ", {"--profile"}),
        ("load -p ", {"first"}),
    ],
)
def test_completion_of_commands(room: Room, before: str, among: set[str]) -> None:
    room.setup(
        """
        group -a
        gid partners
        ok
        user -a
        uid acme
        gid partners
        username acmebox
        password x
        ok
        persist -p first
        """
    )
    assert among <= set(room.shell.complete(before))
    assert room.shell.complete("nothing ") == () and list(room.shell.complete("group -a ")) == []


def test_completion_of_dialogues(room: Room) -> None:
    room.type("user -a")
    assert {"uid", "mt_messaging_cred", "smpps_cred", "ok", "ko"} <= set(room.shell.complete("u"))
    assert set(room.shell.complete("smpps_cred ")) == {"authorization", "quota"}
    assert set(room.shell.complete("smpps_cred authorization b")) == {"bind", "ip"}
    assert "balance" in room.shell.complete("mt_messaging_cred quota ")
    room.type("ko")
    room.type("filter -a")
    assert "uid" not in room.shell.complete("")
    room.type("type UserFilter")
    assert "uid" in room.shell.complete("")
