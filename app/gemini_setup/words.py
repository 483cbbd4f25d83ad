"""Every sentence that a person reads, from `resources/<language>/`. Decides nothing; knows no paths but its own files.

In a text, `{name}` is a fact and `[[ ... {name} ... ]]` a part that is left out when one of its facts is not known;
`[[ ... {name} ... || ... ]]` then has the second half instead.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGE: Final = "en"
#: What an action of a cause may do; "open" names a page of `routes.link`.
ACTIONS: Final = frozenset({"open", "again", "edit", "switch", "express", "trap", "admin"})
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.S)
_NAME = re.compile(r"\{([a-z_]+)\}")


def resources() -> Path:
    """The folder `resources/`: in a wheel and a frozen program beside the package's modules, in a checkout at its top."""
    here = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    places = [here / "resources", here.parents[1] / "resources"]
    if frozen:
        places.insert(0, Path(frozen) / "gemini_setup" / "resources")
    for place in places:
        if (place / LANGUAGE / "causes.toml").is_file():
            return place
    raise FileNotFoundError("Gemini Setup's resources are missing: the installation is incomplete.")


@cache
def _table(name: str) -> Mapping[str, Any]:
    with (resources() / LANGUAGE / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put facts into a text. A fact that is not known takes its `[[...]]` part with it."""

    def optional(found: re.Match[str]) -> str:
        part, _, otherwise = found.group(1).partition("||")
        return part if all(facts.get(name) for name in _NAME.findall(part)) else otherwise

    return _NAME.sub(lambda m: str(facts.get(m.group(1), "")), _OPTIONAL.sub(optional, text))


def placeholders(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text))


def text(table: str, key: str, facts: Mapping[str, str] | None = None) -> str:
    """One sentence: `table` is a file's name and its tables, `window.key`; raises KeyError for an unknown one."""
    name, *path = table.split(".")
    value: Any = _table(name)
    for part in (*path, key):
        value = value[part]
    if not isinstance(value, str):
        raise KeyError(f"{table}.{key} is no text")
    return fill(value, facts or {})


def table(name: str) -> Mapping[str, Any]:
    """A whole file or table as it stands, unfilled."""
    first, *path = name.split(".")
    value: Any = _table(first)
    for part in path:
        value = value[part]
    return value  # type: ignore[no-any-return]  # TOML tables are mappings


@dataclass(frozen=True, slots=True)
class Action:
    """One button of a diagnosis: its label, what it does (see ACTIONS) and, for "open", the name of a page."""

    label: str
    does: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class CauseWords:
    """What a person reads of a cause. The first action is the main button; there are at most three."""

    title: str
    what: str
    why: str
    fixes: tuple[str, ...]
    actions: tuple[Action, ...]


def cause(identifier: str, facts: Mapping[str, str] | None = None) -> CauseWords:
    entry = _table("causes")[identifier]
    known = facts or {}
    actions = []
    for label, target in entry.get("actions", []):
        does, _, page = target.partition(":")
        if label := fill(label, known):  # a label that needs a fact is no button without it
            actions.append(Action(label, does, page))
    return CauseWords(
        title=fill(entry["title"], known),
        what=fill(entry["what"], known),
        why=fill(entry["why"], known),
        fixes=tuple(fill(fix, known) for fix in entry["fixes"]),
        actions=tuple(actions),
    )


def admin_message(identifier: str, facts: Mapping[str, str]) -> str:
    """The message to an administrator for a cause, "" where a person can help themselves."""
    template = _table("causes")[identifier].get("admin", "")
    return fill(template, facts).strip()


def friendly(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts as a person says them, beside the facts themselves: names of services, times in words."""
    known = {name: value for name, value in facts.items() if value}
    names = _table("causes")["names"]
    service = known.get("service", "")
    known["api"] = names.get(service.partition(".")[0], service)
    if (project := known.get("project", "")).isdigit():
        known["number"] = project
    if known.get("other") == "vertex":
        known["other_service"] = names["vertex"]
    if known.get("permission", "").startswith("aiplatform."):
        known.setdefault("role", "roles/aiplatform.user")
    if (seconds := known.get("retry", "")).isdigit():
        known["wait"] = duration(int(seconds))
    if (clock := known.get("clock", "")).lstrip("-").isdigit():
        known["clock_by"] = f"{duration(abs(int(clock)))} {names['ahead' if int(clock) > 0 else 'behind']}"
    return {name: value for name, value in known.items() if value}


def duration(seconds: int) -> str:
    """A time in words, rounded to what a person needs: "40 seconds", "3 minutes", "2 hours"."""
    names = _table("causes")["names"]
    for size, one, many in (
        (86400, "day", "days"),
        (3600, "hour", "hours"),
        (60, "minute", "minutes"),
        (1, "second", "seconds"),
    ):
        if seconds >= size - size / 120 or size == 1:  # 3,599 seconds are an hour, not 60 minutes
            count = max(1, round(seconds / size))
            return f"{count} {names[one if count == 1 else many]}"
    return ""


@dataclass(frozen=True, slots=True)
class TrapWords:
    """The Cloud Console trap page for one diagnosis, or before anything was pasted.

    `rows` are the four things that a key needs, each with who does it where; `missing` is the number (from 0) of the
    one that this answer found missing, or None.
    """

    title: str
    sentence: str
    main: Action
    second: Action | None
    rows: tuple[tuple[str, str, str], ...]
    missing: int | None
    aside: str
    myths: str


def trap(identifier: str | None, facts: Mapping[str, str] | None = None) -> TrapWords:
    """`identifier` is the cause that opened the page; None for the click before pasting."""
    known = facts or {}
    page = _table("trap")
    entry = page["causes"].get(identifier or "before") or page["causes"]["otherwise"]

    def action(pair: list[str]) -> Action:
        does, _, target = pair[1].partition(":")
        return Action(fill(pair[0], known), does, target)

    second = entry.get("second")
    return TrapWords(
        title=fill(entry["title"], known),
        sentence=fill(entry["sentence"], known),
        main=action(entry.get("main") or page["main"]),
        second=action(second) if second else None,
        rows=tuple((row["needs"], row["studio"], row["console"]) for row in page["rows"]),
        missing=entry.get("missing"),
        aside=entry.get("aside", ""),
        myths=page["myths"],
    )
