"""Ids grow with time and have one canonical form."""

from __future__ import annotations

import uuid

import pytest

from jasminlike.message.ids import new_id, to_bytes, to_text


def test_they_are_uuids_of_version_7_with_their_time():
    made = uuid.UUID(new_id(1_800_000_000.123))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == 1_800_000_000_123
    assert str(made) == new_id(1.0) or len(str(made)) == 36


def test_they_are_unique_and_grow_with_time():
    assert len({new_id(5.0) for _ in range(1000)}) == 1000
    assert new_id(5.0) < new_id(5.001) < new_id()


def test_there_and_back():
    for moment in (0.0, 5.0, 2.0**40):
        made = new_id(moment)
        assert to_text(to_bytes(made)) == made
        assert uuid.UUID(made).bytes == to_bytes(made)


@pytest.mark.parametrize(
    "text", ["", "x" * 36, "1" * 32, "0-0-0-0-" + "0" * 28, "zzzzzzzz-0000-7000-8000-000000000000", "-" * 4 + " " * 32]
)
def test_what_is_no_id(text):
    with pytest.raises(ValueError, match=r"a message id|non-hexadecimal"):
        to_bytes(text)
