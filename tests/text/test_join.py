"""Joining: any order, repeats, neighbours, time and memory that run out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.text.join import Carrier, Fragment, Joined, Joiner, fragment_of
from jasminlike.text.split import Method, split


def part(seq: int, total: int = 3, *, ref: int = 7, key: str = "a", text: bytes | None = None) -> Fragment:
    return Fragment(key, Carrier.UDH, ref, total, seq, b"%d" % seq if text is None else text)


def only(joined: tuple[Joined, ...] | list[Joined]) -> Joined:
    assert len(joined) == 1
    return joined[0]


def test_parts_in_any_order() -> None:
    joiner = Joiner()
    assert joiner.add(part(3), 0).joined == ()
    assert joiner.add(part(1), 1).joined == ()
    assert len(joiner) == 2
    whole = only(joiner.add(part(2), 2).joined)
    assert whole.payload == b"123"
    assert whole.complete
    assert whole.missing == ()
    assert not whole.repeated
    assert len(joiner) == 0
    assert joiner.next_expiry() is None


@given(
    st.lists(st.binary(min_size=161, max_size=900), min_size=1, max_size=6),
    st.sampled_from([Method.UDH, Method.UDH16, Method.SAR]),
    st.integers(0, 2**32),
)
def test_split_then_shuffled_with_repeats_then_joined(payloads: list[bytes], method: Method, seed: int) -> None:
    dice = random.Random(seed)
    arriving = [
        (str(number % 2), sent)
        for number, payload in enumerate(payloads)
        for sent in split(payload, 4, method=method, ref=number)
    ]
    arriving += dice.sample(arriving, len(arriving) // 2)
    dice.shuffle(arriving)
    joiner = Joiner()
    found: list[Joined] = []
    for now, (key, sent) in enumerate(arriving):
        fragment = fragment_of(key, sent.payload, udhi=sent.udhi, sar=sent.sar)
        assert fragment is not None
        found += joiner.add(fragment, now * 0.001).joined
    assert sorted(whole.payload for whole in found if not whole.repeated) == sorted(payloads)
    assert all(rest.repeated for rest in joiner.drain())


def test_neighbours_do_not_mix() -> None:
    joiner = Joiner()
    wide = part(1, 2)._replace(carrier=Carrier.UDH16)
    sar = part(1, 2)._replace(carrier=Carrier.SAR)
    for other in (part(1, 2, key="b"), part(1, 2, ref=8), part(1, 3), wide, sar):
        assert joiner.add(other, 0) == ((), False)
    assert joiner.add(part(1, 2), 0).joined == ()
    assert only(joiner.add(part(2, 2), 0).joined).payload == b"12"
    assert len(joiner) == 5


def test_a_part_that_comes_twice_is_told_and_not_kept() -> None:
    joiner = Joiner()
    joiner.add(part(1), 0)
    assert joiner.add(part(1), 1) == ((), True)
    assert len(joiner) == 1


def test_a_part_that_comes_again_after_the_end_is_known() -> None:
    joiner = Joiner(timeout=10, remember=60)
    for seq in (1, 2, 3):
        joiner.add(part(seq), 0)
    assert joiner.add(part(3), 5).joined == ()
    again = only(joiner.expire(15))
    assert again.repeated
    assert again.missing == (1, 2)


def test_a_whole_message_sent_again_is_known_but_not_for_ever() -> None:
    joiner = Joiner(remember=60)
    ends = [only(joiner.add(part(1, 1), now).joined).repeated for now in (0, 59, 118, 178, 239)]
    assert ends == [False, True, True, False, False]
    assert not any(only(Joiner(remember=0).add(part(1, 1), now).joined).repeated for now in (0, 0))


def test_a_new_text_that_begins_like_the_last_one_is_not_lost() -> None:
    joiner = Joiner()
    for seq in (1, 2):
        joiner.add(part(seq, 2), 0)
    joiner.add(part(1, 2), 1)
    second = only(joiner.add(part(2, 2, text=b"new"), 2).joined)
    assert second.payload == b"1new"
    assert not second.repeated


def test_a_new_text_that_ends_like_the_last_one_is_not_lost() -> None:
    joiner = Joiner()
    for seq in (1, 2):
        joiner.add(part(seq, 2), 0)
    joiner.add(part(1, 2, text=b"new"), 1)
    second = only(joiner.add(part(2, 2), 2).joined)
    assert second.payload == b"new2"
    assert not second.repeated


def test_a_message_sent_again_does_not_keep_its_neighbours_remembered() -> None:
    joiner = Joiner(remember=60)
    for now, key in ((0, "a"), (1, "b"), (50, "a")):
        joiner.add(part(1, 1, key=key), now)
    assert not only(joiner.add(part(1, 1, key="b"), 61).joined).repeated
    assert only(joiner.add(part(1, 1, key="a"), 61).joined).repeated


def test_a_reference_used_again_ends_the_old_message_as_partial() -> None:
    joiner = Joiner()
    joiner.add(part(1, text=b"old"), 0)
    joiner.add(part(2, text=b"older"), 0)
    old = only(joiner.add(part(1, text=b"new"), 1).joined)
    assert (old.payload, old.missing) == (b"oldolder", (3,))
    assert joiner.add(part(2), 1).joined == ()
    assert only(joiner.add(part(3), 1).joined).payload == b"new23"


def test_time_over_gives_what_came_with_the_missing_numbers() -> None:
    joiner = Joiner(timeout=10)
    joiner.add(part(4, 5), 100)
    joiner.add(part(2, 5), 109)
    joiner.add(part(1, key="later"), 105)
    assert joiner.next_expiry() == 110
    assert joiner.expire(109.9) == []
    partial = only(joiner.expire(110))
    assert (partial.payload, partial.missing, partial.complete) == (b"24", (1, 3, 5), False)
    assert joiner.next_expiry() == 115
    assert joiner.expire(110) == []
    assert len(joiner) == 1


def test_full_memory_gives_out_the_oldest() -> None:
    joiner = Joiner(max_fragments=3)
    for number, seq in enumerate((1, 2)):
        joiner.add(part(seq, key="old"), number)
    joiner.add(part(1, key="middle"), 2)
    oldest = only(joiner.add(part(1, key="new"), 3).joined)
    assert (oldest.payload, oldest.missing, oldest.fragments[0].key) == (b"12", (3,), "old")
    assert len(joiner) == 2


def test_memory_is_counted_in_octets_too() -> None:
    joiner = Joiner(max_octets=100)
    assert joiner.add(part(1, key="old", text=b"x" * 60), 0).joined == ()
    assert only(joiner.add(part(1, key="new", text=b"y" * 50), 1).joined).fragments[0].key == "old"
    assert only(joiner.add(part(1, key="huge", text=b"z" * 101), 1).joined[:1]).fragments[0].key == "new"
    assert len(joiner) == 0


def test_the_memory_of_complete_messages_is_bounded() -> None:
    joiner = Joiner(max_fragments=2)
    for ref in (1, 2, 3):
        joiner.add(part(1, 1, ref=ref), 0)
    assert [only(joiner.add(part(1, 1, ref=ref), 0).joined).repeated for ref in (3, 1)] == [True, False]


def test_drain_gives_everything_out() -> None:
    joiner = Joiner()
    joiner.add(part(1, key="a"), 0)
    joiner.add(part(2, key="b"), 0)
    assert [held.payload for held in joiner.drain()] == [b"1", b"2"]
    assert len(joiner) == 0


def test_tokens_and_other_elements_come_back_in_order() -> None:
    joiner = Joiner()
    joiner.add(part(2, 2)._replace(token="row 2"), 0)
    whole = only(joiner.add(part(1, 2)._replace(token="row 1", elements=b"e"), 0).joined)
    assert [(fragment.token, fragment.elements) for fragment in whole.fragments] == [("row 1", b"e"), ("row 2", b"")]


@pytest.mark.parametrize("seq", [0, 4])
def test_an_impossible_part_is_refused(seq: int) -> None:
    with pytest.raises(ValueError, match=f"part {seq} of 3"):
        Joiner().add(part(seq), 0)


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"max_fragments": 0}, {"max_octets": 0}, {"remember": -1}])
def test_limits_must_make_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        Joiner(**wrong)  # type: ignore[arg-type]


def test_a_fragment_from_each_carrier() -> None:
    narrow = fragment_of("k", bytes.fromhex("050003070302") + b"x", udhi=True, token=1)
    assert narrow == Fragment("k", Carrier.UDH, 7, 3, 2, b"x", b"", 1)
    wide = fragment_of("k", bytes.fromhex("06080400070302") + b"x", udhi=True)
    assert wide == Fragment("k", Carrier.UDH16, 7, 3, 2, b"x")
    assert fragment_of("k", b"x", udhi=False, sar=(7, 3, 2)) == Fragment("k", Carrier.SAR, 7, 3, 2, b"x")


def test_sar_beside_a_header_without_a_part_keeps_the_header() -> None:
    ports = bytes.fromhex("05040b8423f0")
    fragment = fragment_of("k", b"\x06" + ports + b"x", udhi=True, sar=(7, 3, 2))
    assert fragment == Fragment("k", Carrier.SAR, 7, 3, 2, b"x", ports)


@pytest.mark.parametrize(
    ("payload", "udhi", "sar"),
    [
        (b"plain", False, None),
        (bytes.fromhex("050003070302") + b"x", False, None),  # looks like a header, but the bit says text
        (bytes.fromhex("050003070304") + b"x", True, None),
        (b"\x7f broken", True, None),
        (b"", True, None),
        (b"x", False, (7, 0, 0)),
        (b"x", False, (7, 3, 4)),
        (b"x", False, (7, 300, 4)),
    ],
)
def test_a_message_of_its_own(payload: bytes, udhi: bool, sar: tuple[int, int, int] | None) -> None:
    assert fragment_of("k", payload, udhi=udhi, sar=sar) is None
