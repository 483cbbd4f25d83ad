"""How a file's text takes a value: changed at one place only, everything else byte for byte as it was.

A form works on text that keeps every byte (UTF-8 with surrogate escapes, no newline translated). What it changes it says
as cuts, so that the change can be taken back exactly; where the file was changed by others meanwhile, `take` removes our
value by its meaning. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from gemini_setup.delivery.records import Cut
from gemini_setup.i18n.errors import Worded

Address = tuple[str, ...]  # the keys that lead to a JSON value; (name,) in a .env file; () for a whole file
ABSENT: Final = object()  # what `get` says where there is nothing: None is a value of JSON


class FormatError(Worded):
    """The text is not what this form reads; it says what it should be and never what stands there."""


@dataclass(frozen=True, slots=True)
class Put:
    """A text with values put into it. `layers` of cuts are taken back from the last to the first."""

    text: str
    layers: tuple[tuple[Cut, ...], ...]


Edit = tuple[int, int, str]


def applied(text: str, edits: Sequence[Edit]) -> tuple[str, tuple[Cut, ...]]:
    """`edits` (start, end, new) of the old text, which do not overlap."""
    made, cuts, last, shift = list[str](), list[Cut](), 0, 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        made += [text[last:start], new]
        cuts.append(Cut(start + shift, start + shift + len(new), text[start:end]))
        shift += len(new) - (end - start)
        last = end
    made.append(text[last:])
    return "".join(made), tuple(cuts)


def taken_back(text: str, layers: Sequence[Sequence[Cut]]) -> str:
    """The text before `layers` were laid over it."""
    for cuts in reversed(layers):
        for cut in sorted(cuts, key=lambda cut: cut.start, reverse=True):
            text = text[: cut.start] + cut.fragment + text[cut.end :]
    return text


class Form(Protocol):
    """One way of writing values into a text. Every method raises Odd for a text that is none of its kind."""

    def put(self, text: str, values: Mapping[Address, Any]) -> Put: ...

    def get(self, text: str, address: Address) -> Any:
        """The value there, or ABSENT."""

    def raw(self, text: str, address: Address) -> str | None:
        """The value as it is written there, None if there is none."""

    def depth(self, text: str, address: Address) -> int:
        """How many keys of the address lead to something that is there."""

    def take(self, text: str, address: Address, before: str | None, depth: int) -> str:
        """Without our value: `before` is written in its place, else it goes, and what was made for it below `depth`."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that is nothing but the value."""

    def put(self, text: str, values: Mapping[Address, Any]) -> Put:
        (new,) = values.values()
        return Put(new, ((Cut(0, len(new), text),),))

    def get(self, text: str, address: Address) -> Any:
        return text or ABSENT

    def raw(self, text: str, address: Address) -> str | None:
        return text or None

    def depth(self, text: str, address: Address) -> int:
        return 0

    def take(self, text: str, address: Address, before: str | None, depth: int) -> str:
        return before or ""


def newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def with_lines(text: str, edits: Sequence[Edit], added: Sequence[str]) -> Put:
    """The edits made, and the added lines put at the end. A text with a zero byte is none that a person writes."""
    if "\0" in text:
        raise FormatError("should_text")
    end = newline(text)
    lead = end if text and not text.endswith("\n") else ""
    more = [(len(text), len(text), lead + "".join(line + end for line in added))] if added else []
    new, cuts = applied(text, [*edits, *more])
    return Put(new, (cuts,))


def without_line(text: str, start: int, end: int) -> str:
    """The line that begins at `start` gone, its line end with it; `end` is anywhere in it."""
    line_end = text.find("\n", end)
    return text[:start] + ("" if line_end < 0 else text[line_end + 1 :])
