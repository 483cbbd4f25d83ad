"""What the list knows of a profile, as rows of (label, text)."""

from __future__ import annotations

from gemini_setup.gui.presenters import deliveries, profile_row
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import Profile
from gemini_setup.model.reminders import moment

#: What the index writes of an event, or how that begins, and the key of its sentence.
_EVENTS = {
    "kept": "saved",
    "replaced": "replaced",
    "rolled back": "restored",
    "the previous one erased": "erased",
    "the old one is dead": "gone",
    "not removed": "stays",
    "delivered to ": "connected",
    "taken from ": "disconnected",
    "moved to ": "moved",
    "renamed from ": "renamed",
}


def facts(row: Profile) -> list[tuple[str, str]]:
    at = moment(row.kept)
    found = {
        "saved": say("history.since", date=profile_row.date(at), store=row.backend or "") if at else "",
        "checked": profile_row.state(row)[1] if row.checked else "",
        "worked": profile_row.ago(row.last_worked),
        "model": row.model or "",
        "project": row.project or "",
        "tools": profile_row.connected(row),
        "previous": _previous(row),
    }
    return [(say(f"history.fact.{name}"), text) for name, text in found.items() if text]


def _previous(row: Profile) -> str:
    old = row.old
    if old is None:
        return ""
    gone = "gone" if old.useless else "deleted" if old.deleted else "alive"
    return say(f"history.previous.{gone}", hint=old.hint, ago=profile_row.ago(old.deleted or old.replaced))


def events(row: Profile) -> list[tuple[str, str]]:
    """The newest first."""
    return [(_day(at), text) for at, what in reversed(row.events) if (text := _event(what))]


def _day(at: str) -> str:
    found = moment(at)
    return profile_row.date(found) if found is not None else at


def _event(what: str) -> str:
    """ "" for one that a newer version has written."""
    for said, key in _EVENTS.items():
        if what == said or (said.endswith(" ") and what.startswith(said)):
            rest = what[len(said) :]
            known = deliveries.title(rest) if key in ("connected", "disconnected") else rest
            return say(f"history.event.{key}", what=known)
    return ""
