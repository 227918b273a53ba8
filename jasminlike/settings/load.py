"""From a file, the environment and the command line to checked `Settings`.

Later sources win: defaults, then the TOML file, then `JASMINLIKE_<SECTION>_<KEY>` variables, then `--set` overrides.
Whatever is unknown or unusable is refused at once with a `SettingError` that names the setting by its dotted path, says
what would do and where the value came from. The value of a secret is never repeated.
"""

from __future__ import annotations

import difflib
import ipaddress
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jasminlike.errors import SettingError
from jasminlike.settings.declared import ENVIRONMENT_PREFIX, Setting, Unusable, declared, sections
from jasminlike.settings.schema import Settings
from jasminlike.settings.sources import Lines

FILE_VARIABLE = ENVIRONMENT_PREFIX + "SETTINGS"
"""The environment variable that names the settings file when the command line does not."""


def load(
    path: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Sequence[str] = (),
) -> Settings:
    """The settings of a run. `path` is a TOML file (None: no file), `overrides` are texts `section.key=value`.

    Raises `SettingError` for the first thing that is wrong.
    """
    values: dict[str, Any] = {}
    if path is not None:
        values |= _from_file(Path(path))
    values |= _from_environment(environ or {})
    values |= _from_overrides(overrides)
    settings = _build(values)
    check_together(settings)
    return settings


def check_together(settings: Settings) -> None:
    """Refuses settings that are fine one by one and wrong together."""
    jcli = settings.jcli
    if jcli.enabled and not jcli.authentication and not _is_local(jcli.bind):
        raise SettingError("jcli.authentication", "must be true when jcli.bind is an address others can reach")
    if jcli.password and jcli.password_hash:
        raise SettingError("jcli.password_hash", "must be empty when jcli.password is given; one of the two will do")
    _check_ports(settings)


def _check_ports(settings: Settings) -> None:
    taken: dict[int, str] = {}
    for name in ("http", "smpps", "jcli"):
        section = getattr(settings, name)
        if not section.enabled or not section.port:
            continue
        if section.port in taken and _may_clash(section.bind, getattr(settings, taken[section.port]).bind):
            raise SettingError(f"{name}.port", f"is {section.port}, which {taken[section.port]}.port has already")
        taken[section.port] = name


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _may_clash(one: str, other: str) -> bool:
    return one == other or not {one, other}.isdisjoint({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


def _build(values: Mapping[str, Any]) -> Settings:
    made = {
        name: section(
            **{path.partition(".")[2]: value for path, value in values.items() if path.startswith(name + ".")}
        )
        for name, section in sections().items()
    }
    return Settings(**made)  # type: ignore[arg-type]  # each section was made by its own class


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        raise SettingError(str(path), f"the settings file cannot be read: {reason}") from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingError(str(path), f"the settings file is not TOML: {problem}") from None
    lines = Lines(str(path), text)
    values: dict[str, Any] = {}
    for section, table in tables.items():
        _known_section(section, lines.of(section))
        if not isinstance(table, dict):
            raise SettingError(
                section, f"must be a table: write [{section}] on a line of its own ({lines.of(section)})"
            )
        for key, value in table.items():
            source = lines.of(section, key)
            setting = _known(f"{section}.{key}", source)
            values[setting.path] = _converted(setting, value, source, is_text=False)
    return values


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    by_variable = {setting.variable: setting for setting in declared().values()}
    values: dict[str, Any] = {}
    for variable in sorted(environ):
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == FILE_VARIABLE:
            continue
        setting = by_variable.get(variable)
        if setting is None and not _names_section(variable):
            continue  # a variable of somebody's script that happens to begin with our name
        if setting is None:
            raise SettingError(variable, "no setting has this environment variable" + _meant(variable, by_variable))
        values[setting.path] = _converted(setting, environ[variable], f"environment variable {variable}", is_text=True)
    return values


def _names_section(variable: str) -> bool:
    rest = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
    return any(rest.startswith(section + "_") for section in sections())


def _from_overrides(overrides: Iterable[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for override in overrides:
        path, equals, text = override.partition("=")
        setting = _known(path.strip(), "--set")
        if not equals:
            raise SettingError(setting.path, f"--set takes section.key=value; {setting.path} must be {setting.wanted}")
        values[setting.path] = _converted(setting, text, "--set", is_text=True)
    return values


def _converted(setting: Setting, value: Any, source: str, *, is_text: bool) -> Any:
    try:
        return setting.convert(value, is_text=is_text)
    except Unusable as problem:
        raise SettingError(setting.path, f"{problem} ({source})") from None


def _known_section(section: str, source: str) -> None:
    if section not in sections():
        raise SettingError(section, f"there is no such section{_meant(section, sections())} ({source})")


def _known(path: str, source: str) -> Setting:
    setting = declared().get(path)
    if setting is not None:
        return setting
    section, dot, key = path.partition(".")
    if not dot:
        raise SettingError(path, f"a setting is named section.key{_meant(path, declared())} ({source})")
    _known_section(section, source)
    names = [each.name for each in declared().values() if each.section == section]
    meant = _meant(key, names) or _meant(path, declared())
    raise SettingError(path, f"there is no such setting{meant} ({source})")


def _meant(given: str, known: Iterable[str]) -> str:
    by_fold = {name.lower(): name for name in known}
    near = difflib.get_close_matches(given.lower(), by_fold, n=1, cutoff=0.6)
    return f"; did you mean {by_fold[near[0]]}?" if near else ""
