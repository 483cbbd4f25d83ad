"""A `.env` file's text changed at one assignment: comments, order, other names, quotes and line ends stay. Pure.

Of several assignments of a name the last counts, as for python-dotenv, Node's dotenv, Docker, Go and the shells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gemini_setup.delivery.formats.base import ABSENT, Address, Put, with_lines, without_line
from gemini_setup.usage.variables import lines

_ASSIGNED: Final = re.compile(
    r"""^(?P<lead>[ \t]*(?:export[ \t]+)?)(?P<name>[A-Za-z_][A-Za-z0-9_.]*)(?P<sign>[ \t]*=[ \t]*)
    (?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`|[^\r\n]*)""",
    re.M | re.X | re.S,
)
_BARE: Final = re.compile(r"(?P<value>.*?)(?P<rest>(?:[ \t]+\#.*)?[ \t]*)", re.S)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class _Line:
    start: int  # of the assignment's line
    value: tuple[int, int]
    text: str


@dataclass(frozen=True, slots=True)
class Dotenv:
    def put(self, text: str, values: Mapping[Address, Any]) -> Put:
        edits, added = [], []
        for (name,), value in values.items():
            (written,) = lines("dotenv", {name: value})
            found = self._last(text, name)
            if found is None:
                added.append(written)
            else:
                edits.append((*found.value, written.partition("=")[2]))
        return with_lines(text, edits, added)

    def get(self, text: str, address: Address) -> Any:
        found = self._last(text, address[0])
        return ABSENT if found is None else _unquoted(found.text)

    def raw(self, text: str, address: Address) -> str | None:
        found = self._last(text, address[0])
        return found.text if found else None

    def depth(self, text: str, address: Address) -> int:
        return int(self._last(text, address[0]) is not None)

    def take(self, text: str, address: Address, before: str | None, depth: int) -> str:
        found = self._last(text, address[0])
        if found is None:
            return text
        start, end = found.value
        if before is not None:
            return text[:start] + before + text[end:]
        return without_line(text, found.start, end)

    def _last(self, text: str, name: str) -> _Line | None:
        last, at = None, 0
        while found := _ASSIGNED.search(text, at):
            start, end = found.span("value")
            if text[start : start + 1] not in ('"', "'", "`") or end == start + 1:
                bare = _BARE.fullmatch(found.group("value"))
                end = start + len(bare.group("value")) if bare else end
            if found.group("name") == name:
                last = _Line(found.start(), (start, end), text[start:end])
            at = max(found.end(), found.start() + 1)
        return last


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'`":
        inner = text[1:-1]
        if text[0] == '"':
            return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), inner, flags=re.S)
        return inner
    return text
