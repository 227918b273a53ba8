"""Hashes of passwords."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.python.threadpool import ThreadPool

from jasminlike.accounts.passwords import DUMMY, Passwords, hash_password, is_hash, needs_rehash, verify_password


def test_a_hash_verifies_its_password_alone() -> None:
    stored = hash_password("s3cret")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(stored, "s3cret")
    assert not verify_password(stored, "S3cret")
    assert hash_password("s3cret") != stored, "every hash has its own salt"
    assert not needs_rehash(stored)


def test_an_imported_md5_verifies_and_asks_to_be_replaced() -> None:
    stored = hashlib.md5(b"s3cret").hexdigest().upper()
    assert is_hash(stored)
    assert verify_password(stored, "s3cret")
    assert not verify_password(stored, "other")
    assert needs_rehash(stored)


def test_what_is_no_hash_matches_nothing() -> None:
    for stored in ("", "s3cret", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$!!!$!!!"):
        assert not verify_password(stored, stored)
    assert not is_hash("$argon2id$v=19") and not is_hash("0" * 31)
    assert needs_rehash("$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")


def test_the_dummy_costs_as_much_as_a_real_hash() -> None:
    assert not needs_rehash(DUMMY)
    assert not verify_password(DUMMY, "")


@pytest_twisted.ensureDeferred
async def test_threads_hash_and_verify() -> None:
    pool: Any = ThreadPool(0, 2)
    pool.start()
    try:
        passwords = Passwords(reactor, pool)
        stored = await passwords.seal("s3cret")
        assert await passwords.verify(stored, "s3cret") is True
        assert await passwords.verify(stored, "other") is False
        assert await passwords.seal(stored) == stored, "a hash is not hashed again"
    finally:
        pool.stop()
