"""Receipts: a corpus of forms, the doubtful ones, and our own form there and back."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.smpp.receipt_text import ReceiptFields, format_receipt, parse

CORPUS = tomllib.loads(Path(__file__).with_name("receipts.toml").read_text("utf-8"))["receipt"]


def octets(entry: dict[str, Any]) -> bytes:
    if "hex" in entry:
        return bytes.fromhex(entry["hex"])
    if "utf16" in entry:
        return str(entry["utf16"]).encode("utf-16-be")
    return str(entry["text"]).encode()


def tlvs(entry: dict[str, Any]) -> dict[str, Any]:
    given = {
        name: bytes.fromhex(entry[name]) for name in ("receipted_message_id", "network_error_code") if name in entry
    }
    return given | {name: entry[name] for name in ("message_state",) if name in entry}


def test_the_corpus_is_large_and_its_names_are_unique() -> None:
    assert len(CORPUS) >= 60
    assert len({entry["name"] for entry in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("entry", CORPUS, ids=lambda entry: entry["name"])
def test_corpus(entry: dict[str, Any]) -> None:
    found = parse(octets(entry), entry.get("data_coding", 0), entry.get("esm_class", 4), **tlvs(entry))
    assert found is not None
    assert {name: value for name, value in dataclasses.asdict(found).items() if value is not None} == entry["want"]


@pytest.mark.parametrize("entry", [entry for entry in CORPUS if "id" in entry["want"] and "state" in entry["want"]])
def test_strict_needs_the_bits_or_the_tlvs(entry: dict[str, Any]) -> None:
    arguments = tlvs(entry)
    marked = parse(octets(entry), esm_class=entry.get("esm_class", 4) or 4, strict=True, **arguments)
    assert marked is not None
    assert marked.id == entry["want"]["id"]
    unmarked = parse(octets(entry), esm_class=0, strict=True, **arguments)
    assert (unmarked is not None) == bool(arguments.get("receipted_message_id", b"").strip(b"\0"))


@pytest.mark.parametrize(
    "text",
    [
        b"id:77 sub:001 dlvrd:001 submit date:2402291201 done date:2402291202 stat:DELIVRD err:000 text:x",
        b"id:77 stat:delivered",
        b" ID: 77 submit date:2402291201 stat:UNDELIV err:027",
        "id:77 stat:DELIVRD".encode("utf-16-be"),
    ],
)
def test_forgotten_bits_are_guessed_unless_strict(text: bytes) -> None:
    found = parse(text, esm_class=0)
    assert found is not None
    assert found.id == "77"
    assert parse(text, esm_class=0, strict=True) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"Hello, how are you?",
        b"my id: 77 stat: DELIVRD",
        b"stat:DELIVRD id:77",
        b"id:77",
        b"id: stat:DELIVRD",
        b"id:77 stat:great",
        b"id:77 text:stat:DELIVRD",
        b"idea: 77 stat:DELIVRD",
        b"\x04\x1f\x04\x40\x04\x38",
    ],
)
def test_a_subscribers_words_are_no_receipt(text: bytes) -> None:
    assert parse(text, esm_class=0) is None


@pytest.mark.parametrize("esm_class", [0x00, 0x03, 0x08, 0x10, 0x18, 0x40])
def test_other_kinds_of_esm_class_are_not_receipts_by_themselves(esm_class: int) -> None:
    assert parse(b"\x00hello", esm_class=esm_class) is None


@pytest.mark.parametrize("esm_class", [0x04, 0x05, 0x07, 0x20, 0x24, 0x84])
def test_the_bits_of_a_receipt(esm_class: int) -> None:
    assert parse(b"hello", esm_class=esm_class) == ReceiptFields()


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (0, "ENROUTE"),
        (1, "ENROUTE"),
        (2, "DELIVRD"),
        (3, "EXPIRED"),
        (4, "DELETED"),
        (5, "UNDELIV"),
        (6, "ACCEPTD"),
        (7, "UNKNOWN"),
        (8, "REJECTD"),
        (9, "UNDELIV"),
        (10, "UNKNOWN"),
        (255, "UNKNOWN"),
    ],
)
def test_every_message_state(number: int, state: str) -> None:
    found = parse(b"", receipted_message_id=b"1\0", message_state=number)
    assert found is not None
    assert found.state == state


@pytest.mark.parametrize(
    ("code", "err"), [("03001b", "027"), ("030000", "000"), ("01ffff", "65535"), ("09012c", "300")]
)
def test_network_error_code_without_text(code: str, err: str) -> None:
    found = parse(b"id:1", network_error_code=bytes.fromhex(code))
    assert found is not None
    assert (found.err, found.network_type) == (err, bytes.fromhex(code)[0])


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"id:", b" stat:", b"text:", b"9" * 50, b"\0", b"sub", b" "])).map(b"".join),
    st.integers(0, 255),
    st.integers(0, 255),
    st.none() | st.binary(max_size=5),
    st.none() | st.integers(0, 255),
    st.none() | st.binary(max_size=5),
)
def test_any_octets_are_read_without_an_exception(
    text: bytes, data_coding: int, esm_class: int, message_id: bytes | None, state: int | None, error: bytes | None
) -> None:
    found = parse(
        text,
        data_coding,
        esm_class,
        receipted_message_id=message_id,
        message_state=state,
        network_error_code=error,
    )
    assert found is not None or not esm_class & 0x24


def test_a_number_of_thousands_of_digits_is_only_an_odd_word() -> None:
    found = parse(b"id:1 stat:" + b"9" * 10_000)
    assert found is not None
    assert found.state == "UNKNOWN"


def test_the_exact_text_that_smpp_clients_get() -> None:
    receipt = format_receipt(
        "62d2a5f6-1812-4d0c-8c38-691c638d757c",
        submit_date=1_709_208_065,
        done_date=1_709_208_125.9,
        stat="DELIVRD",
        err="000",
    )
    assert receipt == (
        b"id:62d2a5f6-1812-4d0c-8c38-691c638d757c submit date:2402291201 done date:2402291202 stat:DELIVRD err:000"
    )


def test_all_fields_in_the_usual_order() -> None:
    receipt = format_receipt(
        "77", sub=1, dlvrd=0, submit_date=0, done_date=60, stat="UNDELIV", err="7", text="Grüße", utc_offset=3600
    )
    assert receipt == (
        b"id:77 sub:001 dlvrd:000 submit date:7001010100 done date:7001010101 stat:UNDELIV err:007 text:Gr??e"
    )
    assert format_receipt("77") == b"id:77"


@given(
    st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True),
    st.sampled_from(["DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD", "ENROUTE"]),
    st.none() | st.integers(0, 999),
    st.none() | st.integers(946_684_800, 4_102_444_799),
    st.none() | st.from_regex(r"[A-Za-z0-9]{1,5}", fullmatch=True),
    st.none() | st.from_regex(r"[ -~]{0,20}", fullmatch=True),
)
def test_what_is_written_is_read(
    message_id: str, stat: str, sub: int | None, when: int | None, err: str | None, text: str | None
) -> None:
    found = parse(format_receipt(message_id, sub=sub, submit_date=when, stat=stat, err=err, text=text))
    assert found is not None
    assert (found.id, found.state, found.stat, found.text) == (message_id, stat, stat, text)
    assert found.sub == (None if sub is None else f"{sub:03d}")
    assert (found.submit_date is None) == (when is None)
    assert found.err == (None if err is None else err.zfill(3))


@pytest.mark.parametrize("wrong", [{"message_id": "a b"}, {"message_id": ""}, {"stat": "X\n"}, {"err": "0 text:"}])
def test_a_value_that_would_make_another_field_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="cannot stand in a receipt"):
        format_receipt(**({"message_id": "77"} | wrong))  # type: ignore[arg-type]
