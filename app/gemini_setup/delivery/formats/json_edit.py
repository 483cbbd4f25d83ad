"""JSON text changed at one value: comments, order, indentation, unknown members and line ends stay. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gemini_setup.delivery.formats.base import ABSENT, Address, Edit, FormatError, Put, applied, newline

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT: Final = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\r\n]*|/\*.*?\*/', re.S)
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SCALAR: Final = re.compile(r"[^\s,\]}]+")
_DEEPEST: Final = 100


@dataclass(slots=True)
class _Node:
    """A value from `start` to `end`. `members` of an object: key, where the key begins, value; None for others."""

    start: int
    end: int = 0
    members: list[tuple[str, int, _Node]] | None = None

    def member(self, key: str) -> tuple[int, _Node] | None:
        """Of several members of one name the last counts, as for every parser that these files are read by."""
        found = [(at, node) for name, at, node in self.members or [] if name == key]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Json:
    """`comments`: the tool takes // and /* */ comments out before it reads."""

    comments: bool = False
    unit: str = field(default="  ", kw_only=True)  # of indentation, where the file shows none

    def put(self, text: str, values: Mapping[Address, Any]) -> Put:
        layers = []
        for address, value in values.items():
            text, cuts = applied(text, self._edits(text, address, value))
            layers.append(cuts)
        return Put(text, tuple(layers))

    def get(self, text: str, address: Address) -> Any:
        if not text.strip():
            return ABSENT
        value: Any = self._loaded(text)
        for key in address:
            if not isinstance(value, dict) or key not in value:
                return ABSENT
            value = value[key]
        return value

    def raw(self, text: str, address: Address) -> str | None:
        found = self._path(text, address)
        if found is None or len(found) <= len(address):
            return None
        return text[found[-1].start : found[-1].end]

    def depth(self, text: str, address: Address) -> int:
        found = self._path(text, address)
        return len(found) - 1 if found else 0

    def take(self, text: str, address: Address, before: str | None, depth: int) -> str:
        path = self._path(text, address)
        if path is None or len(path) <= len(address):
            return text
        if before is not None:
            return text[: path[-1].start] + before + text[path[-1].end :]
        last = len(address)
        while last - 1 > depth and len(path[last - 1].members or []) == 1:
            last -= 1  # the object was made for our value, and nothing else has come into it
        start, end = _without(self._blank(text), path[last - 1], address[last - 1])
        return text[:start] + text[end:]

    # -- the parts --------------------------------------------------------------------------------------------

    def _edits(self, text: str, address: Address, value: Any) -> list[Edit]:
        if not text.strip():
            return [(0, len(text), self._nested(address, value, "", "\n") + "\n")]
        path = self._path(text, address)
        assert path is not None
        if len(path) > len(address):
            return [(path[-1].start, path[-1].end, json.dumps(value))]
        parent, key = path[-1], address[len(path) - 1]
        if parent.members is None:
            raise FormatError("should_object_there")
        blank, line = self._blank(text), newline(text)
        step = self._step(text, path[0], blank)
        close = parent.end - 1
        if not parent.members:
            deeper = step * len(path)
            new = f"{json.dumps(key)}: {self._nested(address[len(path) :], value, deeper, line, step)}"
            tail = line + step * (len(path) - 1) if "\n" not in text[parent.start : close] else ""
            return [(parent.start + 1, parent.start + 1, f"{line}{deeper}{new}{tail}")]
        _, at, last = parent.members[-1]
        before = blank[:at]
        between = before[len(before.rstrip()) :]
        rows = "\n" in between
        deeper = between.rpartition("\n")[2] if rows else step * len(path)
        new = f"{json.dumps(key)}: {self._nested(address[len(path) :], value, deeper, line, step)}"
        end = len(text[:close].rstrip())
        rows = rows or "//" in text[last.end : end]
        lead = line + deeper if rows else " "
        if end == last.end:
            return [(end, end, f",{lead}{new}")]
        return [(last.end, last.end, ","), (end, end, f"{lead}{new}")]

    def _nested(self, rest: Address, value: Any, indent: str, line: str, step: str | None = None) -> str:
        if not rest:
            return json.dumps(value)
        step = self.unit if step is None else step
        inner = self._nested(rest[1:], value, indent + step, line, step)
        return f"{{{line}{indent}{step}{json.dumps(rest[0])}: {inner}{line}{indent}}}"

    def _step(self, text: str, top: _Node, blank: str) -> str:
        for _, at, _ in top.members or []:
            before = blank[:at]
            between = before[len(before.rstrip()) :]
            if "\n" in between:
                return between.rpartition("\n")[2] or self.unit
        return self.unit

    def _blank(self, text: str) -> str:
        """The text with spaces for every comment, each character at its place."""
        if not self.comments:
            return text
        return _COMMENT.sub(lambda m: m.group(1) or re.sub(r"[^\r\n]", " ", m.group()), text)

    def _loaded(self, text: str) -> Any:
        try:
            value = json.loads(self._blank(text))
        except (ValueError, RecursionError):
            raise FormatError("should_json_read") from None
        if not isinstance(value, dict):
            raise FormatError("should_json_object")
        return value

    def _path(self, text: str, address: Address) -> list[_Node] | None:
        """The objects along the address, as far as they are there, and the value if it is; None for an empty text."""
        if not text.strip():
            return None
        self._loaded(text)
        node = _value(self._blank(text), 0, 0)
        path = [node]
        for key in address:
            found = node.member(key)
            if found is None:
                break
            node = found[1]
            path.append(node)
        return path


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> _Node:
    """The value at `at` of a text that is known to be JSON."""
    if depth > _DEEPEST:
        raise FormatError("should_json_flatter")
    at = _space(text, at)
    node = _Node(at)
    if text[at] == "{":
        node.members = []
        at = _space(text, at + 1)
        while text[at] != "}":
            key = _STRING.match(text, at)
            assert key is not None, "the text is JSON"
            inner = _value(text, _space(text, key.end()) + 1, depth + 1)
            node.members.append((json.loads(key.group()), key.start(), inner))
            at = _space(text, inner.end)
            if text[at] == ",":
                at = _space(text, at + 1)
        node.end = at + 1
    elif text[at] == "[":
        at = _space(text, at + 1)
        while text[at] != "]":
            at = _space(text, _value(text, at, depth + 1).end)
            if text[at] == ",":
                at = _space(text, at + 1)
        node.end = at + 1
    else:
        found = (_STRING if text[at] == '"' else _SCALAR).match(text, at)
        assert found is not None, "the text is JSON"
        node.end = found.end()
    return node


def _without(blank: str, parent: _Node, key: str) -> tuple[int, int]:
    """From where to where to cut, so that an object is without a member and still an object."""
    members = parent.members or []
    index = max(number for number, (name, _, _) in enumerate(members) if name == key)
    _, at, node = members[index]
    if index > 0:
        return members[index - 1][2].end, node.end
    if len(members) > 1:
        return at, members[1][1]
    return parent.start + 1, parent.end - 1
