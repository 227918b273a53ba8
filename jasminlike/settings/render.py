"""The declarations written out for people: the sample file and the reference of the manual.

Both are pure functions of `schema`; `make docs` writes them, and a test fails while a written copy is stale.
"""

from __future__ import annotations

import textwrap
from typing import Any

from jasminlike.settings.declared import Limits, Setting, declared, sections
from jasminlike.settings.load import FILE_VARIABLE
from jasminlike.settings.schema import Settings

_WIDTH = 118


def sample() -> str:
    """The text of `etc/jasminlike.toml`: every setting, commented out, with its sentence and default."""
    lines = [
        "# Settings of the gateway. Every line that is commented out shows a default; remove the # to change it.",
        "# Environment variables JASMINLIKE_<SECTION>_<KEY> and `--set section.key=value` override this file.",
    ]
    for name, section in sections().items():
        lines += ["", f"# {_first_sentence(section)}", f"[{name}]"]
        for setting in _of(name):
            lines += ["", *_comment(setting), f"#{setting.name} = {_toml(setting.default)}"]
    return "\n".join(lines) + "\n"


def reference() -> str:
    """The text of `docs/reference/settings.md`."""
    lines = [
        "# Settings",
        "",
        "Rendered from `jasminlike/settings/schema.py` by `make docs`; change it there.",
        "",
        "One TOML file holds the settings (`jasmind run --config FILE`, or the environment variable",
        f"`{FILE_VARIABLE}`). A variable of the environment overrides the file, `--set section.key=value`",
        "overrides both. Times are seconds unless the name says otherwise.",
        "",
        "A setting that is unknown or unusable is refused at start, by its name; `jasmind check-config` only checks.",
    ]
    for name, section in sections().items():
        lines += ["", f"## [{name}]", "", _first_sentence(section), ""]
        lines += ["| setting | takes | default | what it is for |", "|---|---|---|---|"]
        for setting in _of(name):
            row = (f"`{setting.name}`", setting.wanted, f"`{_toml(setting.default)}`", setting.about)
            lines.append("| " + " | ".join(_cell(cell) for cell in row) + " |")
    return "\n".join(lines) + "\n"


def differences(settings: Settings) -> list[str]:
    """One line for each setting that is not at its default, as `--set` would take it; secrets are masked."""
    lines = []
    for setting in declared().values():
        value = getattr(getattr(settings, setting.section), setting.name)
        if value != setting.default:
            lines.append(f"{setting.path}={'**' if setting.secret else _plain(value)}")
    return lines


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _toml(value)


def _of(section: str) -> list[Setting]:
    return [setting for setting in declared().values() if setting.section == section]


def _first_sentence(section: type) -> str:
    return (section.__doc__ or "").strip().splitlines()[0]


def _comment(setting: Setting) -> list[str]:
    about = setting.about
    if _worth_saying(setting):
        about += f" Takes {setting.wanted}."
    return textwrap.wrap(about, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _worth_saying(setting: Setting) -> bool:
    """Whether the default alone does not show what a setting takes."""
    if setting.plain is bool or setting.plain is str:
        return False
    return setting.limits != Limits(ge=0)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
