"""Where in a TOML file a setting stands, so that an error can name the line.

`tomllib` keeps no line numbers. This reads just enough of the file to find headers and keys; it is used for error texts
only, and says the file alone when it is not sure.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*\[\s*([A-Za-z0-9_-]+)\s*(?:\.[^\]]*)?\]\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*["']?([A-Za-z0-9_-]+)["']?\s*(?:\.\s*["']?([A-Za-z0-9_-]+)["']?)?[^=]*=""")


class Lines:
    """The lines of one settings file."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._at: dict[tuple[str, str], int] = {}
        section = ""
        for number, line in enumerate(text.splitlines(), 1):
            header = _HEADER.match(line)
            if header:
                section = header[1]
                self._at.setdefault((section, ""), number)
                continue
            key = _KEY.match(line)
            if not key or line.lstrip().startswith("#"):
                continue
            if section:
                self._at.setdefault((section, key[1]), number)
            else:
                self._at.setdefault((key[1], ""), number)
                if key[2]:
                    self._at.setdefault((key[1], key[2]), number)

    def of(self, section: str, key: str = "") -> str:
        """ "etc/jasminlike.toml, line 12", or the name of the file alone."""
        number = self._at.get((section, key))
        return self._name if number is None else f"{self._name}, line {number}"
