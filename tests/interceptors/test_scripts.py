"""Scripts are read and compiled when they are named, and again when their file changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from interceptors.scripts import Library, Script, parse_script
from jasminlike.kind import FieldError
from tests.interceptors.conftest import Logged


def refusal(text: str) -> str:
    with pytest.raises(FieldError) as refused:
        parse_script(text)
    return str(refused.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vip.py"
    path.write_text("routable.addTag('vip')\n")
    return path


@pytest.mark.parametrize(("word", "trusted"), [("python3", False), ("trusted", True)])
def test_a_script_is_read_when_it_is_named(file: Path, word: str, trusted: bool) -> None:
    values = parse_script(f"{word}({file})")
    assert values == {"path": str(file), "code": "routable.addTag('vip')\n", "trusted": trusted}
    assert str(Script(**values)) == f"{word}({file})"


@pytest.mark.parametrize("text", ["/srv/vip.py", "python3", "python3()", "python2(/srv/vip.py)", "python3 /srv/vip.py"])
def test_other_forms_are_refused(text: str) -> None:
    assert refusal(text) == "Invalid syntax for script, must be python3(/path/to/script)."


def test_a_file_that_is_not_there() -> None:
    assert refusal("python3(/nowhere/vip.py)").startswith("[IO]: ")
    assert refusal("python3(vip.py)") == "[IO]: vip.py: the path must begin with /"
    assert refusal("python3(https://example.com/vip.py)").startswith("[URL]: ")


def test_a_syntax_error_names_its_line(file: Path) -> None:
    file.write_text("a = 1\nif a\n  pass\n")
    assert refusal(f"python3({file})") == f"[Syntax]: expected ':' ({file}, line 2)"
    file.write_text("a = 'x\0'")
    assert refusal(f"python3({file})").startswith("[Syntax]: ")
    file.write_bytes(b"a = '\xff'")
    assert refusal(f"python3({file})").startswith("[IO]: ")


def test_a_changed_file_is_read_anew_within_a_second(file: Path, logged: Logged) -> None:
    library, script = Library(logged), Script(**parse_script(f"python3({file})"))
    first = library.current(script, 100.0)
    assert library.current(script, 100.5) is first
    file.write_text("routable.addTag('gold')\n")
    assert library.current(script, 100.9) is first, "not looked at yet"
    changed = library.current(script, 101.1)
    assert changed.code == "routable.addTag('gold')\n"
    assert changed.key != first.key
    assert logged.types() == ["reloaded"]


def test_a_file_of_the_same_time_and_size_is_not_read_again(file: Path, logged: Logged) -> None:
    library, script = Library(logged), Script(**parse_script(f"python3({file})"))
    first = library.current(script, 100.0)
    found = file.stat()
    file.write_text("routable.addTag('fip')\n")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert library.current(script, 200.0) is first


@pytest.mark.parametrize("spoil", [lambda file: file.unlink(), lambda file: file.write_text("if:\n")])
def test_the_last_good_text_stays_when_the_file_is_gone_or_broken(file: Path, logged: Logged, spoil) -> None:  # type: ignore[no-untyped-def]
    library, script = Library(logged), Script(**parse_script(f"python3({file})"))
    first = library.current(script, 100.0)
    spoil(file)
    assert library.current(script, 102.0) is first
    assert library.current(script, 104.0) is first
    assert logged.types() == ["unreadable"], "said once"
    file.write_text("routable.addTag('back')\n")
    assert library.current(script, 106.0).code == "routable.addTag('back')\n"


def test_a_text_that_is_kept_is_enough(logged: Logged) -> None:
    assert Library(logged).current(Script("/nowhere/x.py", "a = 1"), 1.0).code == "a = 1"


def test_a_kept_text_that_no_longer_compiles_is_an_error(logged: Logged) -> None:
    with pytest.raises(FieldError):
        Library(logged).current(Script("/nowhere/x.py", "print 'old'"), 1.0)
