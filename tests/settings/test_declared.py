"""Every setting is declared with all that people need to know about it."""

from __future__ import annotations

import pytest

from jasminlike.settings.declared import Unusable, declared, sections


@pytest.mark.parametrize("path", list(declared()))
def test_a_setting_has_one_sentence_and_a_default_it_takes_itself(path: str) -> None:
    setting = declared()[path]
    assert setting.about.endswith(".")
    assert setting.about[0].isupper()
    assert "\n" not in setting.about
    assert setting.convert(setting.default, is_text=False) == setting.default


@pytest.mark.parametrize("name", list(sections()))
def test_a_section_says_what_it_is_for(name: str) -> None:
    assert (sections()[name].__doc__ or "").splitlines()[0].endswith(".")


def test_what_looks_like_a_secret_is_declared_one() -> None:
    named = {path for path in declared() if "password" in path or "token" in path or "secret" in path}
    assert named == {path for path, setting in declared().items() if setting.secret}
    assert named


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("http.port", "a whole number from 0 to 65535"),
        ("http.request_timeout", "a number of at least 0"),
        ("callbacks.http_timeout", "a number over 0"),
        ("http.long_content_split", "one of udh, sar"),
        ("http.enabled", "true or false"),
        ("smpps.id", "a text of 1 to 15 characters"),
        ("data.folder", "a text that is not empty"),
        ("log.folder", "a text"),
    ],
)
def test_what_would_do_is_said_in_words(path: str, wanted: str) -> None:
    assert declared()[path].wanted == wanted


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("http.port", "8080", 8080),
        ("http.port", " 8080 ", 8080),
        ("http.request_timeout", "2.5", 2.5),
        ("http.request_timeout", "2", 2.0),
        ("http.enabled", "Yes", True),
        ("http.enabled", "off", False),
        ("http.enabled", "1", True),
        ("jcli.password", " 007 ", " 007 "),
        ("http.long_content_split", "sar", "sar"),
    ],
)
def test_texts_become_values_of_the_declared_type(path: str, text: str, value: object) -> None:
    result = declared()[path].convert(text, is_text=True)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("http.port", "99999"),
        ("http.port", "-1"),
        ("http.port", "80.5"),
        ("http.port", ""),
        ("http.port", "eighty"),
        ("http.enabled", "maybe"),
        ("http.request_timeout", "nan"),
        ("http.request_timeout", "inf"),
        ("callbacks.http_timeout", "0"),
        ("http.long_content_split", "UDH"),
        ("smpps.id", ""),
        ("smpps.id", "x" * 16),
        ("http.bind", "127.0.0.1\n"),
    ],
)
def test_an_unusable_text_is_refused(path: str, value: str) -> None:
    with pytest.raises(Unusable, match="must be"):
        declared()[path].convert(value, is_text=True)


@pytest.mark.parametrize(
    ("path", "value"), [("http.port", "80"), ("http.enabled", 1), ("http.port", 80.0), ("data.folder", 3)]
)
def test_a_file_has_types_of_its_own(path: str, value: object) -> None:
    with pytest.raises(Unusable):
        declared()[path].convert(value, is_text=False)


def test_a_secret_is_not_repeated_in_the_refusal() -> None:
    setting = declared()["jcli.password"]
    with pytest.raises(Unusable) as refusal:
        setting.convert("hush\x07hush", is_text=True)
    assert "hush" not in str(refusal.value)
    with pytest.raises(Unusable) as refusal:
        setting.convert(31337, is_text=False)
    assert "31337" not in str(refusal.value)


def test_a_long_value_is_cut_in_the_refusal() -> None:
    with pytest.raises(Unusable) as refusal:
        declared()["http.port"].convert("9" * 5000, is_text=True)
    assert len(str(refusal.value)) < 200
