"""Which language is spoken, and its tables: `resources/<language>/*.toml`. Light, as `--help` and every mistake load it.

A language is a folder with a `language.toml` (see `Language`) and the same files as `en`, or some of them; what it
lacks is shown in English. How to add one: docs/languages.md.

In a text, `{name}` is a fact and `[[ ... {name} ... ]]` a part that is left out when one of its facts is not known;
`[[ ... {name} ... || ... ]]` then has the second half instead.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import zip_longest
from typing import Any, Final, NamedTuple

#: The language that every text is written in first.
SOURCE: Final = "en"
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.S)
_NAME = re.compile(r"\{([a-z_]+)\}")
_HEAD = re.compile(r"^\[([\w-]+)(?:\.[\w.-]+)?\]$", re.M)


@cache
def folder() -> str:
    """The folder `resources/`: in a wheel and a frozen program beside the package's modules, in a checkout at its top."""
    here = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    frozen = getattr(sys, "_MEIPASS", None)
    places = [os.path.join(here, "resources"), os.path.join(here, "..", "..", "resources")]
    if frozen:
        places.insert(0, os.path.join(frozen, "gemini_setup", "resources"))
    for place in places:
        if os.path.isfile(os.path.join(place, SOURCE, "causes.toml")):
            return os.path.normpath(place)
    raise FileNotFoundError("Gemini Setup's resources are missing: the installation is incomplete.")


class Language(NamedTuple):
    """A language that there are words in.

    `code` is its folder's name, `name` what its speakers call it. A `draft` has not been read by a native speaker; of
    a `part` only some pages are there, so that it is offered but never chosen for the system's language. `comma` stands
    between the items of a list, `decimal` before the fraction of a number.
    """

    code: str
    name: str
    draft: bool = False
    part: bool = False
    right_to_left: bool = False
    comma: str = ", "
    decimal: str = "."


def languages() -> tuple[Language, ...]:
    """What there is, the source first, the others by their names."""
    found = [_read(name) for name in os.listdir(folder())]
    return tuple(sorted(filter(None, found), key=lambda one: (one.code != SOURCE, one.name)))


@cache
def _read(code: str) -> Language | None:
    try:
        table = _load(code, "language")
    except OSError:
        return None
    return Language(
        code,
        str(table["name"]),
        draft=table.get("draft") is True,
        part=table.get("part") is True,
        right_to_left=table.get("right_to_left") is True,
        comma=str(table.get("comma", ", ")),
        decimal=str(table.get("decimal", ".")),
    )


def _load(code: str, name: str) -> dict[str, Any]:
    with open(os.path.join(folder(), code, f"{name}.toml"), "rb") as file:
        return tomllib.load(file)


_current: Language | None = None


def language() -> Language:
    """The one in use: what was chosen, else the system's where there is it, else English."""
    return _current or use(None)


def use(code: str | None) -> Language:
    """Speak that language from now on; None: the person's choice, or the system's. Unknown ones are English."""
    global _current
    wanted, parts_too = [code or ""], True
    if code is None:
        from gemini_setup.settings import is_chosen, wanted_languages

        wanted, parts_too = wanted_languages(), is_chosen()
    for tag in [*wanted, SOURCE]:
        found = _nearest(tag)
        if found is not None and (parts_too or not found.part):
            _current = found
            return found
    raise FileNotFoundError("Gemini Setup's words are missing: the installation is incomplete.")


def _nearest(tag: str) -> Language | None:
    """`de-AT` is `de` where there is no Austrian, and `DE` is `de` also where files have no case."""
    known = re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", tag)
    first, *rest = tag.split("-") if known else [""]
    parts = [first.lower(), *(one.title() if len(one) == 4 else one.upper() for one in rest)] if known else []
    for length in range(len(parts), 0, -1):
        if found := _read("-".join(parts[:length])):
            return found
    return None


def section(name: str, first: str) -> Any:
    """One table of a file, by the first part of its name, or None. Only its own lines are read as TOML: all of the
    window's words take four milliseconds, and its first page needs a tenth of them.
    """
    return _section(language().code, name, first)


@cache
def _section(code: str, name: str, first: str) -> Any:
    own = _lines(SOURCE, name).get(first)
    if own is None:  # the file has no such table, or is broken: reading all of it tells
        return _merged(code, name).get(first)
    value = tomllib.loads(own)[first]
    above = _lines(code, name).get(first) if code != SOURCE else None
    return value if above is None else _over(value, tomllib.loads(above)[first])


@cache
def _lines(code: str, name: str) -> Mapping[str, str]:
    """The text of a file by its tables; a test holds that no line of a long text looks like the head of one."""
    try:
        with open(os.path.join(folder(), code, f"{name}.toml"), encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        if code == SOURCE:
            raise
        return {}
    heads = list(_HEAD.finditer(text))
    found: dict[str, str] = {}
    for head, after in zip_longest(heads, heads[1:]):
        part = text[head.start() : after.start() if after is not None else len(text)]
        found[head[1]] = found.get(head[1], "") + part
    return found


def whole(name: str) -> Mapping[str, Any]:
    """A file in the language in use, unfilled."""
    return _merged(language().code, name)


@cache
def _merged(code: str, name: str) -> Mapping[str, Any]:
    """A file in that language, with the source's texts where it has none."""
    source = _load(SOURCE, name)
    if code == SOURCE:
        return source
    try:
        merged: Mapping[str, Any] = _over(source, _load(code, name))
    except FileNotFoundError:
        return source
    return merged


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {key: _over(value, above[key]) if key in above else value for key, value in below.items()}
    return above if isinstance(above, type(below)) else below


def joined(items: Iterable[str]) -> str:
    """A list in one line."""
    return language().comma.join(items)


def number(value: float) -> str:
    """With one digit of a fraction."""
    return f"{value:.1f}".replace(".", language().decimal)


#: Marks that hold a path or a command together in a sentence from right to left: for the window, which honours them.
MARKS: Final = dict.fromkeys(range(0x2066, 0x206A))
_marked = False


def show_marks() -> None:
    """Leave the marks in: the window calls it; a terminal or a copied command would carry them as rubbish."""
    global _marked
    _marked = True


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put facts into a text. A fact that is not known takes its `[[...]]` part with it."""

    def optional(found: re.Match[str]) -> str:
        part, _, otherwise = found.group(1).partition("||")
        return part if all(facts.get(name) for name in _NAME.findall(part)) else otherwise

    if not _marked and language().right_to_left:
        text = text.translate(MARKS)
    return _NAME.sub(lambda m: str(facts.get(m.group(1), "")), _OPTIONAL.sub(optional, text))


def placeholders(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text))


def text(table: str, key: str, facts: Mapping[str, str] | None = None) -> str:
    """One sentence: `table` is a file's name and its tables, `window.key`; raises KeyError for an unknown one."""
    name, *path = table.split(".")
    value: Any = whole(name)
    for part in (*path, key):
        value = value[part]
    if not isinstance(value, str):
        raise KeyError(f"{table}.{key} is no text")
    return fill(value, facts or {})


def table(name: str) -> Mapping[str, Any]:
    """A whole file or table as it stands, unfilled."""
    first, *path = name.split(".")
    value: Any = whole(first)
    for part in path:
        value = value[part]
    return value  # type: ignore[no-any-return]  # TOML tables are mappings
