"""The directory: nothing missing, nothing untranslated, every code found, bad files refused."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.errors import REASONS
from jasminlike.reasons.directory import LANGUAGES, BadDirectory, Directory, Entry, directory, lookup
from jasminlike.smpp import statuses

STATES = ("DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD", "ENROUTE")
GENERAL = ("0x00000401", "err:9999", "no_such_code")
EVERYTHING = [entry.code for entry in directory().entries()]


def both(entry: Entry) -> str:
    return f"{entry.text} {entry.advice}"


def test_every_command_status_is_there_with_its_number() -> None:
    for name, number in statuses.NUMBERS.items():
        entry = lookup(name)
        assert entry.known, name
        assert (entry.code, entry.number) == (name, number)
        assert lookup(f"0x{number:08X}") == lookup(hex(number)) == lookup(str(number)) == entry
    assert sum(entry.number is not None for entry in directory().entries()) == len(statuses.NUMBERS)


def test_the_statuses_of_smpp_3_4_are_counted() -> None:
    numbers = [entry.number for entry in directory().entries() if entry.number is not None]
    assert sum(number < 0x100 for number in numbers) == 48


@pytest.mark.parametrize("code", [*STATES, *sorted(REASONS)])
def test_every_state_and_every_reason_is_there(code: str) -> None:
    for language in LANGUAGES:
        entry = lookup(code, language)
        assert (entry.code, entry.language, entry.known) == (code, language, True)


@pytest.mark.parametrize("code", sorted(REASONS))
def test_what_may_help_later_is_not_final(code: str) -> None:
    if REASONS[code].temporary:
        assert not lookup(code).final


@pytest.mark.parametrize("code", [*EVERYTHING, *GENERAL])
def test_each_language_speaks_its_own(code: str) -> None:
    english, russian, chinese = (lookup(code, language) for language in LANGUAGES)
    assert not re.search(r"[а-яё\u4e00-\u9fff]", both(english), re.IGNORECASE)
    for entry, own, foreign in ((russian, "а-яё", "\u4e00-\u9fff"), (chinese, "\u4e00-\u9fff", "а-яё")):
        for words in (entry.text, entry.advice):
            assert re.search(f"[{own}]", words, re.IGNORECASE), words
            assert not re.search(f"[{foreign}]", words, re.IGNORECASE), words
    assert (english.group, english.fault, english.final) == (russian.group, russian.fault, russian.final)


@pytest.mark.parametrize("code", [*EVERYTHING, *GENERAL])
def test_the_languages_name_the_same_fields_and_numbers(code: str) -> None:
    def names(entry: Entry) -> set[str]:
        found = set(re.findall(r"[a-z]+_[a-z_]+|0x\d+|\d+|TLV|UCS2|GSM|UTF-8|TON|NPI", both(entry)))
        return {name for name in found if name != entry.code}

    english, russian, chinese = (names(lookup(code, language)) for language in LANGUAGES)
    numbers = {name for name in english if name.isdigit()}
    assert {name for name in russian if name.isdigit()} >= numbers
    assert {name for name in english if "_" in name} == {name for name in russian if "_" in name}
    assert {name for name in english if "_" in name} == {name for name in chinese if "_" in name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_codes_say_the_same(language: str) -> None:
    texts = Counter(entry.text for entry in directory().entries(language))
    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_titles_and_advice_is_sentences(language: str) -> None:
    for entry in directory().entries(language):
        assert not entry.text.endswith((".", "。")), entry.code
        assert entry.advice.endswith((".", "。")), entry.code
        assert entry.advice == entry.advice.strip()
        assert len(entry.text) <= 80


@pytest.mark.parametrize(
    ("code", "canonical"),
    [
        ("err:27", "err:027"),
        ("err:027", "err:027"),
        ("err:1", "err:001"),
        ("0x58", "ESME_RTHROTTLED"),
        ("0X58", "ESME_RTHROTTLED"),
    ],
)
def test_other_ways_to_write_a_code(code: str, canonical: str) -> None:
    assert lookup(code).code == canonical


@pytest.mark.parametrize(
    ("code", "shown", "text"),
    [
        ("0x00000401", "0x00000401", "status of the operator's own"),
        ("1025", "1025", "status of the operator's own"),
        ("ESME_RNEWERR", "ESME_RNEWERR", "status of the operator's own"),
        ("err:A7", "A7", "error code of the operator's own"),
        ("err:", "?", "error code of the operator's own"),
        ("{code}", "{code}", "No description"),
        ("", "?", "No description"),
    ],
)
def test_an_unknown_code_is_kept(code: str, shown: str, text: str) -> None:
    entry = lookup(code)
    assert (entry.code, entry.known, entry.number) == (code, False, None)
    assert text in entry.text
    assert shown in entry.text


@given(st.text(max_size=20), st.text(max_size=6))
def test_lookup_never_raises(code: str, language: str) -> None:
    assert lookup(code, language).language in LANGUAGES


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("ru", "ru"),
        ("ru-RU", "ru"),
        ("zh_CN", "zh"),
        ("ZH-hans", "zh"),
        ("de", "en"),
        ("", "en"),
        ("rus", "en"),
        ("r", "en"),
    ],
)
def test_language_tags(asked: str, given: str) -> None:
    assert lookup("no_route", asked).language == given


GOOD = """
[{code}]
group = "client"
fault = "client"
final = true
en = ["a", "b"]
ru = ["в", "г"]
zh = ["中", "文"]
"""


def folder(path: Path, own: str) -> Path:
    (path / "unknown.toml").write_text("".join(GOOD.format(code=code) for code in ("status", "error", "code")), "utf-8")
    (path / "own.toml").write_text(own, "utf-8")
    return path


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    own = Directory(folder(tmp_path, GOOD.format(code="mine")))
    assert own.lookup("mine", "zh").text == "中"
    assert [entry.code for entry in own.entries()] == ["mine"]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('zh = ["中", "文"]', "", "mine: lacks zh"),
        ('fault = "client"', "", "mine: lacks fault"),
        ("final = true", 'final = true\nextra = "x"', "mine: has an unknown extra"),
        ('group = "client"', 'group = "someone"', "group 'someone'"),
        ('fault = "client"', 'fault = "content"', "fault 'content'"),
        ("final = true", 'final = "yes"', "final must be true or false"),
        ("final = true", 'final = true\nnumber = "5"', "number a whole number"),
        ('ru = ["в", "г"]', 'ru = ["в"]', "ru must be two texts"),
        ('ru = ["в", "г"]', 'ru = ["в", ""]', "ru must be two texts"),
        ("[mine]", "mine = 5\n[rest]", "mine: is not a table"),
        ("[mine]", "[mine", "own.toml: "),
    ],
)
def test_an_incomplete_entry_is_refused_by_name(tmp_path: Path, before: str, after: str, says: str) -> None:
    with pytest.raises(BadDirectory, match=re.escape(says)):
        Directory(folder(tmp_path, GOOD.format(code="mine").replace(before, after)))


def test_a_code_or_a_number_in_two_files_is_refused(tmp_path: Path) -> None:
    folder(tmp_path, GOOD.format(code="mine") + "number = 5\n")
    (tmp_path / "second.toml").write_text(GOOD.format(code="other") + "number = 5\n", "utf-8")
    with pytest.raises(BadDirectory, match="other has the number of mine"):
        Directory(tmp_path)
    (tmp_path / "second.toml").write_text(GOOD.format(code="mine"), "utf-8")
    with pytest.raises(BadDirectory, match="mine stands in the directory twice"):
        Directory(tmp_path)


def test_the_general_entries_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadDirectory, match=r"unknown\.toml"):
        Directory(tmp_path)
    (tmp_path / "unknown.toml").write_text(GOOD.format(code="status") + GOOD.format(code="error"), "utf-8")
    with pytest.raises(BadDirectory, match="no entry code"):
        Directory(tmp_path)
