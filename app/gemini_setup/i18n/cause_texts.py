"""What a person reads of a cause and on the trap page, and facts in words. Decides nothing.

The texts and their form (`{name}`, `[[ ... ]]`) are those of `languages`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gemini_setup.i18n.messages import fill, folder, language, placeholders, table, text, whole

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["fill", "language", "placeholders", "table", "text"]

#: What an action of a cause may do; "open" and "console" name a page of `routes.link`, "wait" a time in seconds.
ACTIONS: Final = frozenset(
    {"open", "console", "again", "wait", "edit", "key", "save", "switch", "elsewhere", "trap", "admin"}
)
#: One main button and two others.
MOST: Final = 3
#: The files of words that a result needs; each takes up to 9 ms to read.
TABLES: Final = ("causes", "contexts", "trap", "faults", "uses")
#: Where Google's day of a quota begins (google-facts §4).
PACIFIC: Final = "America/Los_Angeles"


class Context(StrEnum):
    """What a diagnosis is about (DESIGN §2). The cause is the same; why, fixes and buttons fit the context."""

    ADDING = "adding"  # nothing is saved yet
    SAVED = "saved"  # it was read from the keyring byte for byte, with what the index knows of it
    PASTED = "pasted"  # an error text: there is no credential here


#: What needs a credential at hand: no button of a pasted error.
_WITH_A_CREDENTIAL: Final = frozenset({"again", "wait", "edit", "save", "switch", "elsewhere"})


def resources() -> Path:
    """The folder `resources/`."""
    return Path(folder())


@dataclass(frozen=True, slots=True)
class Action:
    """One button of a diagnosis: its label, what it does (see ACTIONS) and, for "open", the name of a page.

    `console`: the page is one of the Cloud Console, which opens with whichever account is signed in. `wait` is in
    seconds.
    """

    label: str
    does: str
    page: str = ""
    console: bool = False
    wait: int = 0


def _action(label: str, target: str) -> Action:
    does, _, page = target.partition(":")
    if does == "console":
        return Action(label, "open", page, console=True)
    return Action(label, does, wait=int(page)) if does == "wait" else Action(label, does, page)


@dataclass(frozen=True, slots=True)
class CauseWords:
    """What a person reads of a cause. The first action is the main button; there are at most three.

    `asked` says which second questions a check has asked and what came of them; `note` stands beside buttons that open
    the Cloud Console: which project, and whose account. `command` is what to run in a terminal, or "".
    """

    title: str
    what: str
    why: str
    fixes: tuple[str, ...]
    actions: tuple[Action, ...]
    asked: str = ""
    note: str = ""
    command: str = ""


def cause(
    identifier: str, facts: Mapping[str, str] | None = None, context: str = Context.ADDING
) -> CauseWords:
    known = facts or {}
    entry = _entry(identifier, known, context)
    actions = []
    for label, target in entry.get("actions", []):
        if not (label := fill(label, known)):  # a label that needs a fact is no button without it
            continue
        if context == Context.SAVED and target == "edit":
            label = whole("contexts")["labels"]["replace"]
        if context != Context.PASTED or target.partition(":")[0] not in _WITH_A_CREDENTIAL:
            actions.append(_action(label, target))
    asked = whole("causes")["asked"].get(known.get("asked", ""), "")
    return CauseWords(
        title=fill(entry["title"], known),
        what=fill(entry["what"], known),
        why=fill(entry["why"], known),
        fixes=tuple(filter(None, (fill(fix, known) for fix in entry["fixes"]))),
        actions=tuple(actions[:MOST]),
        asked=fill(asked, known),
        note=console_note(known) if any(action.console for action in actions[:MOST]) else "",
        command=fill(entry.get("command", ""), known),
    )


def _entry(identifier: str, facts: Mapping[str, str], context: str) -> Mapping[str, Any]:
    """A cause's texts, the more telling ones over the others: of its service, of the context, and of what is known."""
    told = [facts.get("side", ""), context, facts.get("credential", "")]
    told += [name for name in ("worked", "unproven", "foreign", "shell") if facts.get(name)]
    return _over({**whole("causes")[identifier], **whole("contexts").get(identifier, {})}, told)


def _over(entry: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any]:
    for number, name in enumerate(names, 1):
        if isinstance(above := entry.get(name), Mapping):
            entry = {**entry, **_over(above, names[number:])}
    return entry


def console_note(facts: Mapping[str, str]) -> str:
    """What to know before a page of the Cloud Console opens."""
    return fill(whole("causes")["console"]["note"], facts)


def admin_message(identifier: str, facts: Mapping[str, str], context: str = Context.ADDING) -> str:
    """The message to an administrator for a cause, "" where a person can help themselves."""
    template = _entry(identifier, facts, context).get("admin", "")
    return re.sub(r"\n{3,}", "\n\n", fill(template, facts).strip())  # what is left out leaves no gap


def friendly(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts as a person says them, beside the facts themselves: names of services, times in words."""
    known = {name: value for name, value in facts.items() if value}
    names = whole("causes")["names"]
    service = known.get("service", "")
    known["api"] = names.get(service.partition(".")[0], service)
    if (project := known.get("project", "")).isdigit():
        known["number"] = project
    if service:
        known["listed_as"] = names["listed"].get(service.partition(".")[0], service)
    if service.startswith(("aiplatform.", "generativelanguage.")):
        known["side"] = "vertex" if service.startswith("aiplatform.") else "studio"
    if since := ago(known.pop("worked", None)):
        known["worked"] = known["worked_ago"] = since
    if "offline" in known:
        known["offline"] = names["offline"]
    if (other := known.get("other", "")) in names["services"]:
        known["other_service"] = names["services"][other]
    if known.get("resets") == PACIFIC and (here := midnight_in_california()):
        known["resets_here"] = here
    if known.get("permission", "").startswith("aiplatform."):
        known.setdefault("role", "roles/aiplatform.user")
    if (seconds := known.get("retry", "")).isdigit():
        known["wait"] = duration(int(seconds))
    if (clock := known.get("clock", "")).lstrip("-").isdigit():
        known["clock_by"] = f"{duration(abs(int(clock)))} {names['ahead' if int(clock) > 0 else 'behind']}"
    return {name: value for name, value in known.items() if value}


def basis(said: str) -> str:
    """How the verdict on a tool is known: by a run of it, or from its source."""
    for known, key in (("tried: ", "tried"), ("source of ", "source_of")):
        if said.startswith(known):
            return text("cli.doctor", key, {"what": said.removeprefix(known)})
    return said


def midnight_in_california(now: datetime | None = None) -> str:
    """When Google's day begins again, by this computer's clock ("09:00"); "" where its rules of time are not known."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        there = (now or datetime.now().astimezone()).astimezone(ZoneInfo(PACIFIC))
    except ZoneInfoNotFoundError:
        return ""
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{midnight.astimezone(now.tzinfo if now else None):%H:%M}"


def ago(at: str | None, now: datetime | None = None) -> str:
    """How long since a time of the index, in words; "" where it has none."""
    from datetime import UTC, datetime

    try:
        then = datetime.fromisoformat(at) if at else None
    except ValueError:
        then = None
    if then is None:
        return ""
    then = then if then.tzinfo is not None else then.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    for size, name in ((30 * 86400, "month"), (86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count == 1:
            return text("window.ago", name)
        if count > 1:
            return text("window.ago", f"{name}s", {"count": str(count)})
    return text("window.ago", "now")


def duration(seconds: int) -> str:
    """A time in words, rounded to what a person needs: "40 seconds", "3 minutes", "2 hours"."""
    names = whole("causes")["names"]
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
    one that this answer found missing, or None, and `state` is what is the matter with it; `asked`, whether Google has
    answered at all. `keep` is what to do to keep the key, beside the button `second`; `keep_title` says what it comes to
    where the key itself can't be kept.
    """

    title: str
    sentence: str
    main: Action
    second: Action | None
    rows: tuple[tuple[str, str, str], ...]
    missing: int | None
    aside: str
    myths_title: str
    myths: str
    note: str = ""
    state: str = ""
    asked: bool = True
    keep: str = ""
    keep_title: str = ""


def trap(identifier: str | None, facts: Mapping[str, str] | None = None) -> TrapWords:
    """`identifier` is the cause that opened the page; None for the click before pasting."""
    known = facts or {}
    page = whole("trap")
    entry = page["causes"].get(identifier or "before") or page["causes"]["otherwise"]
    entry = _over(entry, [known.get("side", "")])

    def action(pair: list[str]) -> Action:
        return _action(fill(pair[0], known), pair[1])

    made = action(second) if (second := entry.get("second")) else None
    missing = entry.get("missing")
    return TrapWords(
        title=fill(entry["title"], known),
        sentence=fill(entry["sentence"], known),
        main=action(entry.get("main") or page["main"]),
        second=made,
        rows=tuple((row["needs"], row["studio"], row["console"]) for row in page["rows"]),
        missing=missing,
        aside=entry.get("aside", ""),
        myths_title=page["myths_title"],
        myths=page["myths"],
        note=console_note(known) if made and made.console else "",
        state=page["rows"][missing]["state"] if missing is not None else "",
        asked=identifier is not None,
        keep=fill(entry.get("keep", ""), known),
        keep_title=entry.get("keep_title", ""),
    )
