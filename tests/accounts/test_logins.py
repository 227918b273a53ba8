"""Logins: one slow hash, then a cache that never outlives what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from jasminlike.accounts.kinds import GROUP, user_kind
from jasminlike.accounts.logins import Logins
from jasminlike.accounts.model import User
from jasminlike.accounts.passwords import DUMMY
from jasminlike.catalog.service import Catalog
from jasminlike.errors import AUTH_FAILED, QUEUE_FULL, USER_DISABLED, GatewayError, Reason
from tests.fakes.catalogue_store import MemoryCatalogueStore


class Hashes:
    """Hashes are `h:` and the password; verifications wait for `answer()` when held."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.held: list[Callable[[], None]] | None = None

    def verify(self, stored: str, password: str) -> Deferred[bool]:
        self.asked.append((stored, password))
        waiting: Deferred[bool] = Deferred()

        def answer() -> None:
            waiting.callback(stored in (hash_of(password), hashlib.md5(password.encode()).hexdigest()))

        if self.held is None:
            answer()
        else:
            self.held.append(answer)
        return waiting

    def hash(self, password: str) -> Deferred[str]:
        hashed: Deferred[str] = Deferred()
        hashed.callback(hash_of(password))
        return hashed

    def answer(self) -> None:
        assert self.held
        self.held.pop(0)()


def hash_of(password: str) -> str:
    return "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$" + hashlib.sha1(password.encode()).hexdigest()


async def _seal(text: str) -> str:
    return text


class Room:
    def __init__(self) -> None:
        self.clock = Clock()
        self.hashes = Hashes()
        self.store = MemoryCatalogueStore()
        self.catalog = Catalog(self.store, [GROUP, user_kind(_seal)])
        self.change(self.catalog.add("group", {"gid": "g"}, "t"))
        self.add("acme", "acmebox", "right")
        self.logins = Logins(self.catalog, self.hashes, self.clock.seconds, queue=3)

    def change(self, coroutine: Any) -> None:
        done: list[Any] = []
        Deferred.fromCoroutine(coroutine).addBoth(done.append)
        assert done and not isinstance(done[0], Failure), done

    def add(self, uid: str, username: str, password: str, hashed: str = "") -> None:
        values = {"uid": uid, "gid": "g", "username": username, "password": hashed or hash_of(password)}
        self.change(self.catalog.add("user", values, "t", replace=True))

    def update(self, **changes: Any) -> None:
        self.change(self.catalog.update("user", "acme", changes, "t"))

    def ask(self, username: str, password: str, peer: str = "") -> list[Any]:
        answers: list[Any] = []
        self.logins.check(username, password, peer).addBoth(answers.append)
        return answers

    def login(self, username: str = "acmebox", password: str = "right", peer: str = "") -> User | Reason:
        answers = self.ask(username, password, peer)
        assert answers, "no answer yet"
        if isinstance(answers[0], Failure):
            assert isinstance(answers[0].value, GatewayError), answers[0]
            return answers[0].value.reason
        assert isinstance(answers[0], User)
        return answers[0]


@pytest.fixture
def room() -> Room:
    return Room()


def test_the_second_login_costs_no_hash(room: Room) -> None:
    user = room.login()
    assert isinstance(user, User) and user.uid == "acme"
    assert room.logins.cached("acmebox", "right") is user
    assert room.login() is user
    assert len(room.hashes.asked) == 1


def test_the_cache_tells_passwords_and_names_apart(room: Room) -> None:
    room.login()
    assert room.logins.cached("acmebox", "wrong") is None
    assert room.logins.cached("acmebo", "xright") is None
    assert room.logins.cached("acmeboxr", "ight") is None
    assert room.login("acmebox", "wrong") is AUTH_FAILED
    assert room.logins.cached("acmebox", "\ud800") is None


def test_an_unknown_name_costs_a_hash_too(room: Room) -> None:
    assert room.login("nobody", "right") is AUTH_FAILED
    assert room.hashes.asked == [(DUMMY, "right")]


def test_an_entry_lives_five_minutes_after_its_last_use(room: Room) -> None:
    room.login()
    room.clock.advance(299)
    assert room.logins.cached("acmebox", "right") is not None
    room.clock.advance(299)
    assert room.logins.cached("acmebox", "right") is not None
    room.clock.advance(301)
    assert room.logins.cached("acmebox", "right") is None


def test_disabling_takes_effect_at_once_and_is_told_only_to_who_knows_the_password(room: Room) -> None:
    room.login()
    room.update(enabled=False)
    assert room.logins.cached("acmebox", "right") is None
    assert room.login() is USER_DISABLED
    assert room.login(password="wrong") is AUTH_FAILED
    room.update(enabled=True)
    assert isinstance(room.login(), User)


def test_a_disabled_or_removed_group_takes_its_users_along(room: Room) -> None:
    room.login()
    room.change(room.catalog.update("group", "g", {"enabled": False}, "t"))
    assert room.logins.cached("acmebox", "right") is None
    assert room.login() is USER_DISABLED
    room.change(room.catalog.update("group", "g", {"enabled": True}, "t"))
    room.login()
    room.change(room.catalog.remove("group", "g", "t"))
    assert room.logins.cached("acmebox", "right") is None
    assert room.login() is AUTH_FAILED


def test_another_group_s_change_leaves_the_cache_alone(room: Room) -> None:
    room.change(room.catalog.add("group", {"gid": "h"}, "t"))
    room.login()
    room.change(room.catalog.update("group", "h", {"enabled": False}, "t"))
    assert room.logins.cached("acmebox", "right") is not None


def test_a_new_password_ends_the_old_one(room: Room) -> None:
    room.login()
    room.update(password=hash_of("new"))
    assert room.logins.cached("acmebox", "right") is None
    assert room.login() is AUTH_FAILED
    assert isinstance(room.login(password="new"), User)


def test_new_credentials_are_seen_without_a_new_hash(room: Room) -> None:
    room.login()
    room.update(**{"mt_messaging_cred quota http_throughput": 7.0})
    user = room.logins.cached("acmebox", "right")
    assert user is not None and user.mt_quota.http_throughput == 7.0
    assert len(room.hashes.asked) == 1


def test_equal_questions_share_one_hash(room: Room) -> None:
    room.hashes.held = []
    answers = [room.ask("acmebox", "right"), room.ask("acmebox", "right")]
    assert len(room.hashes.asked) == 1
    room.hashes.answer()
    assert all(isinstance(each[0], User) for each in answers)


def test_at_most_two_hashes_at_once_and_a_bounded_line(room: Room) -> None:
    room.hashes.held = []
    waiting = [room.ask(f"n{n}", "p") for n in range(3)]
    assert len(room.hashes.asked) == 2
    assert room.login("n4", "p") is QUEUE_FULL
    room.hashes.answer()
    assert len(room.hashes.asked) == 3
    room.hashes.answer()
    room.hashes.answer()
    assert all(each[0].value.reason is AUTH_FAILED for each in waiting)
    room.hashes.held = None
    assert isinstance(room.login(), User)


def test_a_password_that_changes_while_its_hash_is_computed_is_asked_again(room: Room) -> None:
    room.hashes.held = []
    answers = room.ask("acmebox", "right")
    room.update(password=hash_of("new"))
    room.hashes.answer()
    assert answers == []
    room.hashes.answer()
    assert answers[0].value.reason is AUTH_FAILED
    assert room.logins.cached("acmebox", "right") is None


def test_an_account_disabled_while_its_hash_is_computed_is_refused(room: Room) -> None:
    room.hashes.held = []
    answers = room.ask("acmebox", "right")
    room.update(enabled=False)
    room.hashes.answer()
    assert answers[0].value.reason is USER_DISABLED
    assert room.logins.cached("acmebox", "right") is None


def test_guessing_is_slowed_by_account_and_address(room: Room) -> None:
    for _ in range(5):
        assert room.login(password="guess", peer="10.0.0.9") is AUTH_FAILED
    hashes = len(room.hashes.asked)
    assert room.login(password="right", peer="10.0.0.9") is AUTH_FAILED
    assert len(room.hashes.asked) == hashes, "not even heard"
    assert isinstance(room.login(peer="10.0.0.1"), User), "the client's own address is not punished"
    room.clock.advance(2)
    room.logins.cached("acmebox", "right")
    room.update(password=hash_of("other"))
    assert isinstance(room.login(password="other", peer="10.0.0.9"), User)


def test_an_address_that_tries_many_names_is_slowed(room: Room) -> None:
    for n in range(20):
        assert room.login(f"name{n}", "guess", peer="10.0.0.9") is AUTH_FAILED
    hashes = len(room.hashes.asked)
    assert room.login("acmebox", "right", peer="10.0.0.9") is AUTH_FAILED
    assert len(room.hashes.asked) == hashes


def test_clients_in_the_cache_are_not_slowed(room: Room) -> None:
    room.login(peer="10.0.0.9")
    for _ in range(60):
        room.login(password="guess", peer="10.0.0.9")
    assert isinstance(room.login(peer="10.0.0.9"), User)


def test_an_imported_hash_is_replaced_by_the_first_login(room: Room) -> None:
    room.add("acme", "acmebox", "", hashlib.md5(b"right").hexdigest())
    user = room.login()
    assert isinstance(user, User) and user.password == hash_of("right")
    assert room.catalog.get("user", "acme").password == hash_of("right")
    assert room.logins.cached("acmebox", "right") is user


def test_an_imported_hash_that_cannot_be_replaced_still_lets_in(room: Room, logged_errors: Any) -> None:
    room.add("acme", "acmebox", "", hashlib.md5(b"right").hexdigest())
    room.store.problem = OSError("disk full")
    assert isinstance(room.login(), User)
    assert len(logged_errors()) == 1


def test_the_cache_is_bounded_and_drops_the_longest_unused() -> None:
    room = Room()
    room.logins = Logins(room.catalog, room.hashes, room.clock.seconds, size=2)
    for name in ("a", "b", "c"):
        room.add(name, name, "p")
    room.login("a", "p")
    room.login("b", "p")
    room.logins.cached("a", "p")
    room.login("c", "p")
    assert [room.logins.cached(name, "p") is not None for name in "abc"] == [True, False, True]


def test_a_verifier_that_fails_is_told_as_an_error_and_not_as_a_wrong_password(room: Room, logged_errors: Any) -> None:
    def broken(stored: str, password: str) -> Deferred[bool]:
        raise OSError("no threads")

    room.hashes.verify = broken  # type: ignore[method-assign]
    answers = room.ask("acmebox", "right")
    assert isinstance(answers[0].value, OSError)
    assert [type(each) for each in logged_errors()] == [OSError]
