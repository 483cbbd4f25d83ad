"""What was delivered where, and how to take it back: one small file each, without secrets, in our own folder.

`delivered/<tool>-<hash of the place>.json`, 0600 in a 0700 folder, written before the place itself is touched. What stood
in the place of our secret is a secret, too: it lies in the keyring (`vault.stash`), under the record's id. Of our own
value only a salted hash is kept, to know it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gemini_setup.system import owned_folder
from gemini_setup.system.paths import folder, private_file_in_use

FOLDER: Final = "delivered"
VERSION: Final = 1


def mark(value: Any, salt: str = "") -> str:
    """A value as a salted hash: known again, not told."""
    salt = salt or secrets.token_hex(16)
    text = json.dumps(value, sort_keys=True).encode()
    return f"{salt}:{hmac.new(salt.encode(), text, hashlib.sha256).hexdigest()}"


def is_marked(value: Any, marks: list[str]) -> bool:
    return any(hmac.compare_digest(mark(value, one.partition(":")[0]), one) for one in marks)


@dataclass(frozen=True, slots=True)
class Cut:
    """In the new text, what stands from `start` to `end` was `fragment` before."""

    start: int
    end: int
    fragment: str


@dataclass(slots=True)
class State:
    """The file as we have written it once: its digest, and what to cut to have the original again.

    A fragment is None where it lies in the keyring.
    """

    after: str
    layers: list[list[tuple[int, int, str | None]]]

    def cuts(self, stashed: list[str]) -> list[list[Cut]] | None:
        """None where a fragment is not to be had."""
        left = list(stashed)
        made = []
        for layer in self.layers:
            cuts = []
            for start, end, fragment in layer:
                if fragment is None:
                    if not left:
                        return None
                    fragment = left.pop(0)
                cuts.append(Cut(start, end, fragment))
            made.append(cuts)
        return made


@dataclass(slots=True)
class Place:
    """One place of a delivery. `kind` is "file" or "keychain"; `name` a path, or "service/account".

    `before` is the digest of the file as it was, None for one that was not there; `depths` and `raws` say per address
    what was there of it (a raw of None: nothing, or in the keyring); `marks` are our values, the newest last.
    """

    kind: str
    name: str
    secret: bool
    before: str | None = None
    existed: bool = False
    folders: list[str] = field(default_factory=list)
    depths: dict[str, int] = field(default_factory=dict)
    raws: dict[str, str | None] = field(default_factory=dict)
    stashed: bool = False
    marks: dict[str, list[str]] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    id: str
    tool: str
    profile: str
    variant: str  # the tool whose variables a .env file has, else ""
    at: str
    places: list[Place]
    trouble: str = ""  # an obstacle's id, of the last attempt to follow a rotation
    done: bool = False  # it was written everywhere, and proven
    private: bool = (
        False  # of a profile of the private file, where its secrets lie then, too; else of the keyring
    )
    kept: str = (
        ""  # since when the credential is kept that was written there last, as the head and the list have it
    )
    ended: bool = False  # its profile was removed: it follows no other of that name, and can be taken away

    def as_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "id": self.id,
            "tool": self.tool,
            "profile": self.profile,
            "variant": self.variant,
            "at": self.at,
            "trouble": self.trouble,
            "done": self.done,
            "private": self.private,
            "ended": self.ended,
            "kept": self.kept,
            "places": [
                {
                    "kind": place.kind,
                    "name": place.name,
                    "secret": place.secret,
                    "before": place.before,
                    "existed": place.existed,
                    "folders": place.folders,
                    "depths": place.depths,
                    "raws": place.raws,
                    "stashed": place.stashed,
                    "marks": place.marks,
                    "states": [{"after": one.after, "layers": one.layers} for one in place.states],
                }
                for place in self.places
            ],
        }


def record_id(tool: str, place: str) -> str:
    return hashlib.sha256(f"{tool}\0{place}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


def home() -> Path:
    return folder() / FOLDER


def load(tool: str, place: str) -> Record | None:
    return next((one for one in everything() if one.id == record_id(tool, place)), None)


def everything() -> list[Record]:
    """Every record that can be read, by tool and place. Raises nothing: a folder that is not ours alone holds none.

    One that cannot be read hides no other.
    """
    found = []
    with (
        contextlib.suppress(owned_folder.NotThere, owned_folder.Unsafe, OSError),
        owned_folder.opened(home()) as ours,
    ):
        for name in sorted(ours.names()):
            with contextlib.suppress(owned_folder.Unsafe, OSError):
                record = _record(ours.read(name) or "") if name.endswith(".json") else None
                if record is not None:
                    found.append(record)
    return found


def of(profile: str) -> list[Record]:
    """Those that follow the profile of this name of the store that is in use."""
    private = private_file_in_use() is not None
    return [one for one in everything() if (one.profile, one.private, one.ended) == (profile, private, False)]


def take_over() -> None:
    """What was delivered from the private file is the keyring's now. Raises OSError, files.Unsafe, files.NotThere."""
    for record in everything():
        if record.private:
            record.private = False
            save(record)


def save(record: Record) -> None:
    """Raises OSError, files.Unsafe."""
    home().mkdir(mode=0o700, parents=True, exist_ok=True)
    with owned_folder.opened(home()) as ours:
        ours.write(_name(record), json.dumps(record.as_json()))


def drop(record: Record) -> None:
    with contextlib.suppress(owned_folder.NotThere), owned_folder.opened(home()) as ours:
        ours.drop(_name(record))
    with contextlib.suppress(OSError):
        os.rmdir(home())


def _name(record: Record) -> str:
    return f"{record.tool}-{record.id}.json"


def _record(text: str) -> Record | None:
    """None for what another version, or nobody, has written."""
    try:
        found = json.loads(text)
        if found["version"] != VERSION:
            return None
        places = [
            Place(
                **{name: _checked(one[name], is_one) for name, is_one in _PLAIN.items()},
                states=[
                    State(
                        _checked(state["after"], _is_text),
                        [[(a, b, c) for a, b, c in _checked(layer, _is_layer)] for layer in state["layers"]],
                    )
                    for state in one["states"]
                ],
            )
            for one in _checked(found["places"], bool)
        ]
        record = Record(
            **{name: _checked(found[name], is_one) for name, is_one in _FACTS.items()}, places=places
        )
        since = found.get("kept", "")
        record.kept = since if isinstance(since, str) else ""
        record.private, record.ended = found.get("private") is True, found.get("ended") is True
        return record
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


_Check = Callable[[Any], bool]


def _checked(value: Any, is_one: _Check) -> Any:
    if not is_one(value):
        raise TypeError
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_layer(value: Any) -> bool:
    return all(_is_number(start) and _is_number(end) and _is_text_or_none(part) for start, end, part in value)


def _list_of(is_one: _Check) -> _Check:
    return lambda value: isinstance(value, list) and all(map(is_one, value))


def _table_of(is_one: _Check) -> _Check:
    return lambda value: isinstance(value, dict) and all(map(is_one, value.values()))


_PLAIN: Final[dict[str, _Check]] = {
    "kind": _is_text,
    "name": _is_text,
    "secret": _is_flag,
    "before": _is_text_or_none,
    "existed": _is_flag,
    "folders": _list_of(_is_text),
    "depths": _table_of(_is_number),
    "raws": _table_of(_is_text_or_none),
    "stashed": _is_flag,
    "marks": _table_of(_list_of(_is_text)),
}
_FACTS: Final[dict[str, _Check]] = {
    **dict.fromkeys(("id", "tool", "profile", "variant", "at", "trouble"), _is_text),
    "done": _is_flag,
}
