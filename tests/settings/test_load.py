"""A run's settings come from four places in a fixed order, and a wrong one stops the start by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from jasminlike.errors import SettingError
from jasminlike.settings.load import load
from jasminlike.settings.schema import Settings


def write(folder: Path, text: str) -> Path:
    path = folder / "jasminlike.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path | None = None, environ: dict[str, str] | None = None, *overrides: str) -> SettingError:
    with pytest.raises(SettingError) as caught:
        load(path, environ, overrides)
    return caught.value


def test_without_anything_the_defaults_hold() -> None:
    assert load() == Settings()


def test_later_sources_win(tmp_path: Path) -> None:
    path = write(tmp_path, "[http]\nport = 1\nmax_body = 2048\nidle_timeout = 5\n[jcli]\nport = 9\n")
    environ = {"JASMINLIKE_HTTP_PORT": "2", "JASMINLIKE_HTTP_MAX_BODY": "4096", "PATH": "/bin"}
    settings = load(path, environ, ["http.port=3", "http.port=4"])
    assert settings.http.port == 4
    assert settings.http.max_body == 4096
    assert settings.http.idle_timeout == 5.0
    assert settings.jcli.port == 9
    assert settings.smpps == Settings().smpps


def test_an_override_may_contain_equals_signs() -> None:
    assert load(overrides=["jcli.password=a=b"]).jcli.password == "a=b"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    problem = refused(tmp_path / "missing.toml")
    assert "missing.toml" in problem.path
    assert "No such file" in problem.text


@pytest.mark.parametrize("octets", [b"[http\n", b"http.port = \n", b"\xff\xfe", b"[http]\nport=1\nport=2\n"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(octets)
    assert "broken.toml" in refused(path).path


def test_a_wrong_value_is_refused_with_path_wish_value_and_line(tmp_path: Path) -> None:
    problem = refused(write(tmp_path, '# a comment\n\n[http]\nbind = "127.0.0.1"\nport = "x"\n'))
    assert problem.path == "http.port"
    assert "must be a whole number from 0 to 65535, not 'x'" in problem.text
    assert "jasminlike.toml, line 5" in problem.text
    assert str(problem) == f"http.port: {problem.text}"


def test_an_unknown_setting_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    problem = refused(write(tmp_path, "[smpps]\nenquirelinktimersec = 3\n"))
    assert problem.path == "smpps.enquirelinktimersec"
    assert "did you mean enquireLinkTimerSecs?" in problem.text
    assert "line 2" in problem.text


def test_a_setting_in_the_wrong_section_is_refused(tmp_path: Path) -> None:
    problem = refused(write(tmp_path, "[jcli]\nlong_content_split = 'udh'\n"))
    assert problem.path == "jcli.long_content_split"
    assert "did you mean http.long_content_split?" in problem.text


def test_an_unknown_section_is_refused_even_when_empty(tmp_path: Path) -> None:
    problem = refused(write(tmp_path, "[smps]\n"))
    assert problem.path == "smps"
    assert "did you mean smpps?" in problem.text
    assert "line 1" in problem.text


def test_nothing_is_suggested_when_nothing_is_near() -> None:
    assert "did you mean" not in refused(None, None, "zzz.qqq=1").text


def test_a_section_must_be_a_table(tmp_path: Path) -> None:
    problem = refused(write(tmp_path, "http = 3\n"))
    assert problem.path == "http"
    assert "[http]" in problem.text


@pytest.mark.parametrize(
    ("variable", "meant"),
    [("JASMINLIKE_HTTP_PROT", "JASMINLIKE_HTTP_PORT"), ("JASMINLIKE_JCLI_PASSWORT", "JASMINLIKE_JCLI_PASSWORD")],
)
def test_a_misspelt_variable_is_refused_without_its_value(variable: str, meant: str) -> None:
    problem = refused(None, {variable: "hush-hush"})
    assert problem.path == variable
    assert meant in problem.text
    assert "hush-hush" not in str(problem)


def test_the_variable_that_names_the_file_is_no_setting() -> None:
    assert load(environ={"JASMINLIKE_SETTINGS": "/nowhere"}) == Settings()


def test_a_variable_that_names_no_section_is_somebody_elses():
    assert load(environ={"JASMINLIKE_BIN": "/usr/bin/jasmind", "JASMINLIKE_OPTS": ""}) == Settings()


def test_a_wrong_variable_is_named_as_the_source() -> None:
    problem = refused(None, {"JASMINLIKE_HTTP_PORT": "x"})
    assert problem.path == "http.port"
    assert "environment variable JASMINLIKE_HTTP_PORT" in problem.text


@pytest.mark.parametrize(
    ("override", "path", "part"),
    [
        ("http.port", "http.port", "section.key=value"),
        ("http", "http", "section.key"),
        ("", "", "section.key"),
        ("=3", "", "section.key"),
        ("http.port=x", "http.port", "(--set)"),
        ("htp.port=1", "htp", "did you mean http?"),
    ],
)
def test_a_wrong_override_is_refused(override: str, path: str, part: str) -> None:
    problem = refused(None, None, override)
    assert problem.path == path
    assert part in problem.text


def test_a_console_without_login_does_not_leave_the_machine() -> None:
    for local in ("127.0.0.1", "127.1.2.3", "::1", "localhost"):
        assert load(overrides=["jcli.authentication=no", f"jcli.bind={local}"]).jcli.authentication is False
    for open_to_others in ("0.0.0.0", "10.1.2.3", "::", "gateway.example.org"):
        problem = refused(None, None, "jcli.authentication=no", f"jcli.bind={open_to_others}")
        assert problem.path == "jcli.authentication"
    assert load(overrides=["jcli.authentication=no", "jcli.bind=0.0.0.0", "jcli.enabled=no"]).jcli.bind == "0.0.0.0"
    assert load(overrides=["jcli.bind=0.0.0.0"]).jcli.bind == "0.0.0.0"


def test_a_password_and_a_hash_contradict_each_other() -> None:
    assert refused(None, None, "jcli.password=a", "jcli.password_hash=$argon2id$x").path == "jcli.password_hash"
    assert load(overrides=["jcli.password_hash=$argon2id$x"]).jcli.password == ""


def test_two_doors_cannot_share_a_port() -> None:
    problem = refused(None, None, "http.port=2775")
    assert problem.path == "smpps.port"
    assert "http.port" in problem.text
    assert refused(None, None, "http.port=2775", "http.bind=0.0.0.0").path == "smpps.port"
    assert load(overrides=["http.port=2775", "http.bind=127.0.0.2"]).http.port == 2775
    assert load(overrides=["http.port=2775", "smpps.enabled=no"]).http.port == 2775
    assert load(overrides=["http.port=0", "smpps.port=0", "jcli.port=0"]).http.port == 0
