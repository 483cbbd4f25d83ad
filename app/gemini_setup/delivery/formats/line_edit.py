"""A text of lines changed at one line: comments, order and line ends stay. For lines that call us. Pure.

The value of an address is the whole line. Of several lines that set the name the last counts, as for every shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gemini_setup.delivery.formats.base import ABSENT, Address, Put, with_lines, without_line


@dataclass(frozen=True, slots=True)
class Lines:
    """`pattern` is a regular expression for a line that sets a name, with NAME in the name's place."""

    pattern: str

    def put(self, text: str, values: Mapping[Address, Any]) -> Put:
        edits, added = [], []
        for (name,), line in values.items():
            found = self._last(text, name)
            if found is None:
                added.append(line)
            else:
                edits.append((*found, line))
        return with_lines(text, edits, added)

    def get(self, text: str, address: Address) -> Any:
        found = self._last(text, address[0])
        return ABSENT if found is None else text[found[0] : found[1]]

    def raw(self, text: str, address: Address) -> str | None:
        found = self._last(text, address[0])
        return None if found is None else text[found[0] : found[1]]

    def depth(self, text: str, address: Address) -> int:
        return int(self._last(text, address[0]) is not None)

    def take(self, text: str, address: Address, before: str | None, depth: int) -> str:
        found = self._last(text, address[0])
        if found is None:
            return text
        start, end = found
        if before is not None:
            return text[:start] + before + text[end:]
        return without_line(text, start, end)

    def _last(self, text: str, name: str) -> tuple[int, int] | None:
        pattern = rf"^(?:{self.pattern.replace('NAME', re.escape(name))})[^\r\n]*"
        spans = [found.span() for found in re.finditer(pattern, text, re.M)]
        return spans[-1] if spans else None
