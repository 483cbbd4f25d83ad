"""A TOML text changed at one value of a table: comments, order and line ends stay. Pure.

Only tables with a header of their own (`[env]`) are changed, and values that stand on one line; what is written in
another way is left alone. Each change is read again by the parser before it counts.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gemini_setup.delivery.formats.base import ABSENT, Address, Edit, FormatError, Put, applied, newline

_HEADER = re.compile(r"^[ \t]*\[{1,2}[^\r\n]*", re.M)


@dataclass(frozen=True, slots=True)
class Toml:
    """Addresses are (table, key), both bare words; the values are texts."""

    def put(self, text: str, values: Mapping[Address, Any]) -> Put:
        layers = []
        for address, value in values.items():
            text, cuts = applied(text, [self._edit(text, address, value)])
            layers.append(cuts)
            if self.get(text, address) != value:
                raise FormatError("should_toml_plain")
        return Put(text, tuple(layers))

    def get(self, text: str, address: Address) -> Any:
        value: Any = _loaded(text)
        for key in address:
            if not isinstance(value, dict) or key not in value:
                return ABSENT
            value = value[key]
        return value

    def raw(self, text: str, address: Address) -> str | None:
        found = _value(text, address)
        return None if found is None else text[found[0] : found[1]]

    def depth(self, text: str, address: Address) -> int:
        if _value(text, address) is not None:
            return 2
        return int(_table(text, address[0]) is not None)

    def take(self, text: str, address: Address, before: str | None, depth: int) -> str:
        found = _value(text, address)
        if found is None:
            return text
        start, end = found
        if before is not None:
            return text[:start] + before + text[end:]
        line = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", end)
        rest = "" if line_end < 0 else text[line_end + 1 :]
        head = text[:line]
        if depth == 0:  # the table was made for our value
            table = _table(head + rest, address[0])
            if table is not None and not (head + rest)[table[0] : table[1]].strip():
                head = re.sub(rf"(\r?\n)?^[ \t]*\[{address[0]}\][^\n]*\n\Z", "", head, flags=re.M)
        return head + rest

    def _edit(self, text: str, address: Address, value: Any) -> Edit:
        table, key = address
        written, line = json.dumps(value, ensure_ascii=False), newline(text)
        found = _value(text, address)
        if found is not None:
            return (*found, written)
        if self.get(text, address) is not ABSENT:
            raise FormatError("should_toml_plain")
        there = _table(text, table)
        if there is not None:
            return (there[0], there[0], f"{key} = {written}{line}")
        if table in _loaded(text):
            raise FormatError("should_toml_plain")
        lead = (line if not text.endswith("\n") else "") + line if text else ""
        return (len(text), len(text), f"{lead}[{table}]{line}{key} = {written}{line}")


def _loaded(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise FormatError("should_toml") from None


def _table(text: str, name: str) -> tuple[int, int] | None:
    """From behind a table's header line to the next header. Raises FormatError."""
    _loaded(text)
    for header in _HEADER.finditer(text):
        if re.match(rf"[ \t]*\[[ \t]*{re.escape(name)}[ \t]*\]", header.group()):
            start = text.find("\n", header.end())
            if start < 0:
                raise FormatError("should_toml_plain")
            following = _HEADER.search(text, start + 1)
            return start + 1, following.start() if following else len(text)
    return None


def _value(text: str, address: Address) -> tuple[int, int] | None:
    """Where a value stands that is written on one line."""
    table = _table(text, address[0])
    if table is None:
        return None
    pattern = (
        rf"""^[ \t]*{re.escape(address[1])}[ \t]*=[ \t]*("(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'|[^\s"'#\[{{]+)"""
    )
    found = re.compile(pattern, re.M).search(text, *table)
    return found.span(1) if found else None
