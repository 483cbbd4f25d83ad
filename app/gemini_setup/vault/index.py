"""The index: what may be shown about each profile, in one small file without secrets (DESIGN §4).

`profiles.json`: `{"version":1,"open":[names],"profiles":[row…]}`. A row is `Profile.as_json()`; members that this
version does not know are kept. `open` names the profiles with a write under way, `moving` is one that is getting another
name: by both the next start finds what a killed run left behind. `made` lists what this program made at Google
(`Made.as_json()`). Losing the file loses no credential.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from gemini_setup.model.credentials import Kind, Profile, ReplacedCredential, Service, is_profile_name
from gemini_setup.model.made import OPEN, Made, Stage, made_of
from gemini_setup.model.outcomes import Outcome
from gemini_setup.system import atomic_file
from gemini_setup.system.paths import read_ours

VERSION = 1
EVENTS = 20  # dated events kept per profile
_OLD_TEXTS = ("hint", "project", "kept", "replaced", "deleted", "model", "refused")

log = logging.getLogger(__name__)
_warned: set[tuple[Path, str]] = set()

Row = dict[str, Any]


class Move(NamedTuple):
    """A profile that is getting another name (`relocation`); what was saved as `new` is to be saved as `apart`.

    `step` counts what has been done: 1 once that is set apart, 2 once everything is saved as `new`.
    """

    old: str
    new: str
    apart: str
    step: int


class Index:
    """Rows by profile. `path` None keeps them in memory. Changes are for the holder of the vault's lock.

    A file that cannot be written never undoes what was saved: it is logged, once.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._memory: Row = _empty()

    def profiles(self) -> list[Profile]:
        """All rows, also those of a removal that has not come to its end; `default` first, then by name."""
        document = self._load()
        made = [one for one in map(made_of, _made(document)) if one is not None and one.is_credential]
        rows = [profile for profile in map(_profile, document["profiles"]) if profile is not None]
        found = [_with_made(profile, made) for profile in rows]
        return sorted(found, key=lambda profile: (profile.name != "default", profile.name))

    def profile(self, name: str) -> Profile | None:
        return next((profile for profile in self.profiles() if profile.name == name), None)

    def unfinished(self) -> tuple[list[str], list[str]]:
        """The profiles that a killed run was writing, and those that it was removing."""
        document = self._load()
        removing = [str(row["profile"]) for row in document["profiles"] if row.get("removing")]
        return [name for name in document["open"] if name not in removing], removing

    def is_removing(self, name: str) -> bool:
        return name in self.unfinished()[1]

    def moving(self) -> Move | None:
        """The profile that is getting another name, or was when a run was killed."""
        found = self._load().get("moving")
        if not isinstance(found, dict):
            return None
        old, new, apart, step = (found.get(name) for name in Move._fields)
        names = [name for name in (old, new, apart or old) if isinstance(name, str) and is_profile_name(name)]
        if len(names) < 3 or step not in (0, 1, 2):
            return None
        return Move(names[0], names[1], names[2] if apart else "", step)

    def note_move(self, move: Move | None) -> None:
        def change(document: Row) -> None:
            document["moving"] = move._asdict() if move is not None else None

        self._change(change)

    def begin(self, name: str) -> None:
        def change(document: Row) -> None:
            if name not in document["open"]:
                document["open"].append(name)

        self._change(change)

    def finish(self, name: str) -> None:
        self._change(lambda document: _close(document, name))

    def keep(self, profile: Profile, event: str | None, at: str, *, done: bool = True) -> None:
        """Write a profile's row, one event added to those it has; `done` ends what `begin` began."""

        def change(document: Row) -> None:
            row = _row(document, profile.name)
            events = row.get("events") if row else None
            old = events if isinstance(events, list) else []
            added = [{"at": at, "what": event}] if event else []
            new = {**(row or {}), **profile.as_json(), "events": [*old, *added][-EVENTS:]}
            if row and isinstance(row.get("delivered"), list):
                new["delivered"] = row["delivered"]  # only `deliver` changes it
            if row is None:
                document["profiles"].append(new)
            else:
                document["profiles"][document["profiles"].index(row)] = new
            if done:
                _close(document, profile.name)

        self._change(change)

    def deliver(self, name: str, delivered: list[Row], event: str | None, at: str) -> None:
        """Write where a profile is delivered: rows of tool, place and trouble. Nothing happens without a row of it."""

        def change(document: Row) -> None:
            row = _row(document, name)
            if row is None:
                return
            row["delivered"] = delivered
            if event:
                events = row.get("events")
                old = events if isinstance(events, list) else []
                row["events"] = [*old, {"at": at, "what": event}][-EVENTS:]

        if _row(self._load(), name) is not None:
            self._change(change)

    def take_over(self, other: Index, name: str, new_name: str, backend: str, event: str, at: str) -> None:
        """Write another index's row of the profile `name` here, as it stands, for a credential that was moved here."""
        row = _row(other._load(), name)
        if row is None or _profile(row) is None:
            return
        events = row.get("events")
        added = [*(events if isinstance(events, list) else []), {"at": at, "what": event}][-EVENTS:]
        new = {**row, "profile": new_name, "backend": backend, "events": added}

        def change(document: Row) -> None:
            document["profiles"] = [one for one in document["profiles"] if one["profile"] != new_name] + [new]
            if theirs:  # what was made for it at Google
                rest = [made for made in _made(document) if made not in theirs]
                document["made"] = [*rest, *({**made, "profile": new_name} for made in theirs)]

        theirs = [made for made in _made(other._load()) if made_of(made) is not None]
        theirs = [made for made in theirs if made["profile"] == name]
        self._change(change)

    def made(self) -> list[Made]:
        """What this program made at Google, the oldest first."""
        return [made for made in map(made_of, _made(self._load())) if made is not None]

    def note_made(self, made: Made, over: Made | None = None) -> bool:
        """Write an object over what is known of it, or `over` another one. False where it could not be written down.

        Nothing is made at Google that was not noted first, so this one failure is told.
        """

        def change(document: Row) -> None:
            gone = {one.place for one in (made, over) if one is not None}
            rows = [row for row in _made(document) if (old := made_of(row)) is None or old.place not in gone]
            document["made"] = [*rows, made.as_json()]

        self._change(change)
        return made in self.made()

    def drop_made(self, made: Made) -> None:
        def change(document: Row) -> None:
            document["made"] = [
                row for row in _made(document) if (old := made_of(row)) is None or old.place != made.place
            ]

        if any(one.place == made.place for one in self.made()):
            self._change(change)

    def mark_removing(self, name: str, profile: Profile | None) -> None:
        """`profile` is what may be shown of it, where the list did not know it; None where nobody can tell."""

        def change(document: Row) -> None:
            row = _row(document, name)
            if row is None:
                row = profile.as_json() if profile is not None else {"profile": name}
                document["profiles"].append(row)
            row["removing"] = True

        if not self.is_removing(name):
            self._change(change)

    def unmark_removing(self, name: str) -> None:
        def change(document: Row) -> None:
            row = _row(document, name)
            if row is not None:
                row["removing"] = False

        self._change(change)

    def drop(self, name: str) -> None:
        def change(document: Row) -> None:
            document["profiles"] = [row for row in document["profiles"] if row.get("profile") != name]
            document["made"] = [_without_use(row, name) for row in _made(document)]
            _close(document, name)

        self._change(change)

    # -- the file --------------------------------------------------------------------------------------------

    def _change(self, change: Callable[[Row], None]) -> None:
        document = self._load(move_broken=True)
        change(document)
        if self._path is None:
            return
        try:
            _write(self._path, json.dumps(document, indent=1, ensure_ascii=True) + "\n")
        except OSError as error:
            _warn(self._path, f"the list of profiles cannot be written: {error.strerror}")

    def _load(self, *, move_broken: bool = False) -> Row:
        if self._path is None:
            return self._memory
        try:
            text = read_ours(self._path)
        except FileNotFoundError:
            return _empty()
        except (OSError, UnicodeDecodeError):
            text = ""
        document = _document(text)
        if document is None:
            _warn(self._path, "the list of profiles cannot be read and is begun again")
            if move_broken:
                with contextlib.suppress(OSError):
                    os.replace(self._path, self._path.with_suffix(".broken"))
            return _empty()
        return document


def _warn(path: Path, what: str) -> None:
    """Once per process: every look at a broken file would say it again."""
    if (path, what) not in _warned:
        _warned.add((path, what))
        log.warning("%s", what)


def _empty() -> Row:
    return {"version": VERSION, "open": [], "profiles": []}


def _document(text: str) -> Row | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("profiles"), list):
        return None
    document["profiles"] = [
        # Names go into other programs' command lines (the uninstaller's): one that we never gave is no row of ours.
        row
        for row in document["profiles"]
        if isinstance(row, dict) and isinstance(row.get("profile"), str) and is_profile_name(row["profile"])
    ]
    begun = document.get("open")
    document["open"] = [name for name in begun if isinstance(name, str)] if isinstance(begun, list) else []
    return document


def _with_made(profile: Profile, made: list[Made]) -> Profile:
    """With what the list knows of its credentials at Google."""
    ours = next((one for one in reversed(made) if one.is_of(profile.name, profile.kind, profile.hint)), None)
    old = profile.old
    going = old is not None and any(
        one.stage is Stage.RETIRING and one.is_of(profile.name, old.kind, old.hint) for one in made
    )
    if ours is None and not going:
        return profile
    expires = (ours.expires or None) if ours is not None else None
    return replace(profile, ours=ours is not None, expires=expires, retiring=going)


def _made(document: Row) -> list[Any]:
    found = document.get("made")
    return found if isinstance(found, list) else []


def _without_use(row: Any, name: str) -> Any:
    """Of a credential that was on its way to a profile that is gone: nobody uses it."""
    made = made_of(row)
    if made is None or made.profile != name or not made.is_credential or made.stage not in OPEN:
        return row
    return made.at(Stage.MADE).as_json()


def _row(document: Row, name: str) -> Row | None:
    return next((row for row in document["profiles"] if row["profile"] == name), None)


def _close(document: Row, name: str) -> None:
    document["open"] = [other for other in document["open"] if other != name]


def _profile(row: Row) -> Profile | None:
    """A row as a value; None if it was written by another version and says nothing we can show."""

    def text(name: str) -> str | None:
        value = row.get(name)
        return value if isinstance(value, str) else None

    outcome = text("outcome")
    events = row.get("events")
    try:
        return Profile(
            name=row["profile"],
            kind=Kind(text("kind") or ""),
            service=Service(text("service") or ""),
            hint=text("hint") or "",
            project=text("project"),
            location=text("location"),
            model=text("model"),
            kept=text("kept"),
            checked=text("checked"),
            outcome=Outcome(outcome) if outcome in set(Outcome) else None,
            cause=text("cause"),
            backend=text("backend"),
            events=tuple(
                (str(event["at"]), str(event["what"]))
                for event in (events if isinstance(events, list) else [])
                if isinstance(event, dict) and "at" in event and "what" in event
            ),
            standard=row.get("standard") is True,
            old=_old(row.get("old")),
            delivered=_delivered(row.get("delivered")),
            removing=row.get("removing") is True,
            worked=text("worked"),
        )
    except ValueError:
        return None


def _delivered(found: object) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (str(one["tool"]), str(one["place"]), str(one.get("trouble") or ""))
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict) and "tool" in one and "place" in one
    )


def _old(found: object) -> ReplacedCredential | None:
    if not isinstance(found, dict):
        return None
    texts = {name: value for name in _OLD_TEXTS if isinstance(value := found.get(name), str)}
    service = found.get("service")
    known = Service(service) if service in set(Service) else None
    try:
        return ReplacedCredential(
            service=known, kind=Kind(str(found.get("kind"))), dead=found.get("dead") is True, **texts
        )
    except ValueError:
        return None


def _write(path: Path, text: str) -> None:
    """0600 in a 0700 folder. The lock's holder is the only writer. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with atomic_file.opened(path.parent) as folder:
        atomic_file.write(folder, path.name, text.encode("ascii"))
