"""The work itself: plan, write, prove, follow, take back. One lock for all of it, held by one program at a time.

The order is what makes a killed run harmless: the record (and, in the keyring, what stood in the secret's place) first,
then the place, then the proof. A record whose place is still as it was means that nothing was delivered.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from gemini_setup.delivery import file_edit, stash
from gemini_setup.delivery import records as records
from gemini_setup.delivery.destinations.directory import DESTINATIONS
from gemini_setup.delivery.dispatch import sent_again
from gemini_setup.delivery.formats.base import FormatError
from gemini_setup.delivery.records import Record
from gemini_setup.delivery.status import delivered, lock, shown, sweep
from gemini_setup.delivery.targets import (
    keychain,
    looked,
    name_of,
    put_into,
    rewrite,
    save,
    undo_entry,
    undo_file,
)
from gemini_setup.delivery.tools import helper
from gemini_setup.delivery.tools.base import (
    DeliveryError,
    DeliveryOptions,
    FilePart,
    KeychainPart,
    NotForThisTool,
    Part,
    Tool,
)
from gemini_setup.delivery.tools.registry import TOOLS, named
from gemini_setup.model.credentials import StoredCredential
from gemini_setup.model.events import Delivered
from gemini_setup.system.git import GitStatus, git_status
from gemini_setup.system.owned_folder import Unsafe
from gemini_setup.system.paths import private_file_in_use
from gemini_setup.vault import heads
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault

PATIENCE: Final = 20.0  # seconds for a tool's own reader


@dataclass(frozen=True, slots=True)
class Note:
    """What the person is told before anything is written: an id of `[notes]` of the words, and facts for it."""

    id: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written. `again`: it was delivered there before and would be written again.

    `git` is what git knows of the file that gets the secret.
    """

    tool: Tool
    profile: str
    wish: DeliveryOptions
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]
    again: bool
    kept: str  # since when the credential is kept
    git: GitStatus = GitStatus.NONE

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(map(name_of, self.parts))

    @property
    def plain_text(self) -> bool:
        return any(isinstance(part, FilePart) and part.secret for part in self.parts)


@dataclass(frozen=True, slots=True)
class Undone:
    """A place afterwards. `how`: "restored" as it was, "taken-out" (only our part, the file has changed meanwhile),
    "not-ours" (another value stands there, left alone) or "gone".
    """

    place: str
    how: str


def settled() -> None:
    """Wait for what is being written just now. Raises VaultFault where that does not end."""
    with lock().held():
        pass


# ---------------------------------------------------------------- plan


def plan(
    vault: Vault,
    tool: Tool,
    profile: str,
    wish: DeliveryOptions | None = None,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Look at everything, write nothing. Raises NotForThisTool, DeliveryError, NoSuchProfile, VaultFault."""
    environ = os.environ if environ is None else environ
    return planned(vault.read(profile), tool, profile, wish or DeliveryOptions(), environ)


def planned(
    kept: StoredCredential, tool: Tool, profile: str, wish: DeliveryOptions, environ: Mapping[str, str]
) -> Plan:
    """As `plan`, of a credential that has been read already."""
    parts = tool.parts(kept.access, replace(wish, profile=profile), environ)
    record = records.load(tool.id, name_of(parts[0]))
    wanted = (profile, wish.variant, private_file_in_use() is not None)
    if record is not None and (record.profile, record.variant, record.private) != wanted:
        raise DeliveryError("delivered-already", profile=record.profile, command=named(shown(record)))
    git = [_guarded(part, wish) for part in parts]
    notes = [
        note
        for part, status in zip(parts, git, strict=True)
        for note in _notes(tool, part, status, again=record is not None)
    ]
    shadows = tool.shadows(parts, environ)
    if shadows:
        notes.append(Note("shadows", {"tool": tool.title, "names": ", ".join(shadows)}))
    known = next((status for status in git if status is not GitStatus.NONE), GitStatus.NONE)
    return Plan(tool, profile, wish, parts, tuple(notes), record is not None, kept.created, known)


def _guarded(part: Part, wish: DeliveryOptions) -> GitStatus:
    """Raises DeliveryError where a secret would get into a repository, and where nobody can tell that it would not."""
    if isinstance(part, KeychainPart) or not part.secret:
        return GitStatus.NONE
    status = git_status(part.path)
    if not wish.force and status is GitStatus.TRACKED:
        raise DeliveryError("tracked", place=str(part.path))
    if not wish.force and status is GitStatus.UNKNOWN:
        raise DeliveryError("git-silent", place=str(part.path))
    return status


def _notes(tool: Tool, part: Part, git: GitStatus, *, again: bool) -> list[Note]:
    facts = {"tool": tool.title, "place": name_of(part)}
    if isinstance(part, KeychainPart):
        with keychain() as store:
            facts["store"] = store.name
            before = store.read(part.service, part.account)
        notes = [Note("keychain", facts)]
        if before is not None and not again and tool.essence(before) != part.essence:
            notes.append(Note("replaces-entry", facts))
        return notes
    found = file_edit.look(part.path)
    put = put_into(part.form, found, part.values)
    notes = [Note("plain-text" if part.secret else "helper" if tool.helper else "setting", facts)]
    if found.path.is_symlink():
        notes.append(Note("link", {**facts, "real": str(found.real)}))
    if part.secret and found.open_to_others and found.mode is not None:
        notes.append(Note("open-to-others", {**facts, "mode": f"{found.mode:o}"}))
    if git is GitStatus.UNTRACKED:
        notes.append(Note("not-ignored", facts))
    if not again and any(cut.fragment.strip() for layer in put.layers for cut in layer):
        notes.append(Note("replaces", facts))
    return notes


# ---------------------------------------------------------------- deliver


def deliver(vault: Vault, planned: Plan, environ: Mapping[str, str] | None = None) -> Delivered:
    """Write what was planned and read it back; written again where it was delivered before.

    Raises DeliveryError and VaultFault; then everything is as it was.
    """
    environ = os.environ if environ is None else environ
    with lock().held():
        record = records.load(planned.tool.id, name_of(planned.parts[0]))
        if record is not None:
            record.ended = False  # the person has it delivered again, from a later profile of that name
        if record is None or not _again(vault, record, planned):
            record = _begin(vault, planned)
            _write_all(vault, record, planned)
        try:
            proof = _prove(planned.tool, planned.parts, planned.profile, environ)
        except DeliveryError:
            if not planned.again:
                _take_back(vault, record)
            raise
        record.trouble, record.done, record.kept = "", True, planned.kept
        save(record)
        _give_up_earlier(vault, record, planned.tool)
        _note(vault, record.profile, f"delivered to {planned.tool.id}")
        return replace(shown(record), own_reader=proof)


def _give_up_earlier(vault: Vault, record: Record, tool: Tool) -> None:
    """Where an earlier version of ours wrote the key itself for this tool, what was there before comes back."""
    for one in records.everything():
        earlier = one.tool == tool.id and one.id != record.id
        if earlier and tool.replaces(one.places[0].name) and one.profile == record.profile:
            with contextlib.suppress(DeliveryError, VaultFault):
                _undo(vault, one, event=None)


def _again(vault: Vault, record: Record, planned: Plan) -> bool:
    """Write a delivery again; False where it is to be begun from the start, since it is not what it was."""
    if _untouched(record):
        return False
    try:
        rewrite(record, planned.tool, planned.parts, _hidden(vault, record))
    except DeliveryError as obstacle:
        if obstacle.id not in ("gone", "not-ours"):
            raise
        _undo(vault, record, event=None)  # the person asks for it once more: what is still ours goes first
        return False
    return True


def _begin(vault: Vault, planned: Plan) -> Record:
    """The record, on the disk, before anything is touched; and in the keyring what the secrets will replace."""
    places, hidden = [], dict[str, Any]()
    for at, part in enumerate(planned.parts):
        place, secret = looked(part)
        places.append(place)
        if secret:
            hidden[str(at)] = secret
    number = records.record_id(planned.tool.id, name_of(planned.parts[0]))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = Record(number, planned.tool.id, planned.profile, planned.wish.variant, now, places)
    record.private = private_file_in_use() is not None
    if hidden:
        stash.put(vault, planned.profile, number, heads.one_line(hidden))
    save(record)
    return record


def _write_all(vault: Vault, record: Record, planned: Plan) -> None:
    try:
        for place, part in zip(record.places, planned.parts, strict=True):
            if isinstance(part, KeychainPart):
                with keychain() as store:
                    store.write(part.service, part.account, part.text)
            else:
                found = file_edit.look(part.path)
                put = put_into(part.form, found, part.values)
                place.folders = file_edit.write(found, file_edit.encoded(put.text))
                save(record)
    except (DeliveryError, VaultFault):
        _take_back(vault, record)
        raise


def _take_back(vault: Vault, record: Record) -> None:
    """After a failure: as it was, and no record of it, as far as that can be had."""
    with contextlib.suppress(DeliveryError, VaultFault):
        _undo(vault, record, event=None)


def _prove(tool: Tool, parts: tuple[Part, ...], profile: str, environ: Mapping[str, str]) -> bool:
    """Read back as the tool reads it; True if the tool itself, where it is here, was asked too. Raises DeliveryError."""
    if tool.helper:
        _prove_helper(profile, environ)
    for part in parts:
        if isinstance(part, KeychainPart):
            with keychain() as store:
                good = tool.essence(store.read(part.service, part.account) or "") == part.essence
        else:
            found = file_edit.look(part.path)
            try:
                good = all(part.form.get(found.text, where) == value for where, value in part.values.items())
            except FormatError:
                good = False
        if not good:
            raise DeliveryError("not-read-back", place=name_of(part))
    reader = tool.own_reader(environ)
    if reader is None:
        return False
    (wanted,) = [value for part in parts if isinstance(part, FilePart) for value in part.values.values()]
    try:
        done = subprocess.run(
            reader, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    if done.returncode != 0:
        return False  # a tool that is broken here says nothing about the file
    if done.stdout.decode("utf-8", "replace").strip() != wanted:
        raise DeliveryError("not-read-back", place=name_of(parts[0]))
    return True


def _prove_helper(profile: str, environ: Mapping[str, str]) -> None:
    """Our own command, started as a tool starts it, must answer with one line and nothing else. Raises DeliveryError."""
    try:
        done = subprocess.run(
            helper.command(profile),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise DeliveryError("helper-silent") from None
    if done.returncode != 0 or done.stderr or done.stdout.count(b"\n") != 1:
        raise DeliveryError("helper-silent")


# ---------------------------------------------------------------- follow a rotation


def follow(
    vault: Vault, profile: str, kept: StoredCredential | None = None, environ: Mapping[str, str] | None = None
) -> tuple[Delivered, ...]:
    """After a rotation: write the new credential into every place of the profile, and read it back.

    Never raises for a place: what did not follow has its `trouble`. Only what is still ours is replaced.
    """
    environ = os.environ if environ is None else environ
    if not records.of(profile):
        return ()
    kept = kept or vault.read(profile)
    done = []
    with lock().held():
        for record in records.of(profile):
            if _untouched(record):
                _forget(vault, record)  # a killed `deliver` had not come to writing
                continue
            record.trouble = _followed(vault, record, kept, environ)
            if not record.trouble:
                record.kept = kept.created
            with contextlib.suppress(DeliveryError):
                save(record)
            done.append(shown(record))
        _note(vault, profile)
    return tuple(done)


def _followed(vault: Vault, record: Record, kept: StoredCredential, environ: Mapping[str, str]) -> str:
    """The id of what stood in the way, or ""."""
    if record.tool in DESTINATIONS:
        return sent_again(record, kept, environ)
    tool = TOOLS.get(record.tool)
    if tool is None:
        return "unknown-tool"
    paths = [Path(place.name) for place in record.places if place.kind == "file"]
    wish = DeliveryOptions(paths[0] if paths else None, record.variant, force=True, profile=record.profile)
    try:
        parts = tool.parts(kept.access, wish, environ)
        moved = {
            number: Path(place.name) for number, place in enumerate(record.places) if place.kind == "file"
        }
        parts = tuple(
            replace(part, path=moved[number]) if isinstance(part, FilePart) else part
            for number, part in enumerate(parts)
        )
        rewrite(record, tool, parts, _hidden(vault, record))
        _prove(tool, parts, record.profile, environ)
    except NotForThisTool:
        return "not-for-this-tool"
    except DeliveryError as obstacle:
        return obstacle.id
    except VaultFault:
        return "keyring"
    return ""


# ---------------------------------------------------------------- undo and list


def undo(vault: Vault, tool: Tool, file: Path | None = None) -> tuple[Undone, ...]:
    """Take a delivery away. Raises DeliveryError: "not-delivered", or "which" where there are several and no `file`."""
    with lock().held():
        found = [record for record in records.everything() if record.tool == tool.id]
        if file is not None:
            wanted = os.path.abspath(file)
            found = [one for one in found if any(place.name == wanted for place in one.places)]
        if not found:
            raise DeliveryError("not-delivered", tool=tool.title)
        if len(found) > 1:
            raise DeliveryError("which", tool=tool.id, places=", ".join(one.places[0].name for one in found))
        return _undo(vault, found[0], f"taken from {tool.id}")


def _undo(vault: Vault, record: Record, event: str | None) -> tuple[Undone, ...]:
    sweep(record)
    tool = TOOLS[record.tool]
    if not record.private and private_file_in_use() and any(place.stashed for place in record.places):
        raise DeliveryError("keyring")  # it has what stood there, and is out of use
    hidden = _hidden(vault, record)
    done = []
    for number, place in enumerate(record.places):
        secret = hidden.get(str(number), {})
        undone = undo_entry if place.kind == "keychain" else undo_file
        done.append(Undone(place.name, undone(tool, place, secret)))
    _forget(vault, record, event)
    return tuple(done)


# ---------------------------------------------------------------- the parts


def _hidden(vault: Vault, record: Record) -> dict[str, Any]:
    """What stood in the place of our secrets; empty where nothing did, or where the keyring has lost it."""
    if not any(place.stashed for place in record.places):
        return {}
    try:
        found = json.loads(stash.get(vault, record.profile, record.id) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _untouched(record: Record) -> bool:
    """Was it killed before it came to writing? Every place is then still as it was."""
    if record.done or record.tool in DESTINATIONS:
        return False
    for place in record.places:
        try:
            if place.kind == "keychain":
                service, _, account = place.name.partition("/")
                with keychain() as store:
                    now = store.read(service, account)
                if now is not None and records.is_marked(TOOLS[record.tool].essence(now), place.marks[""]):
                    return False
                continue
            found = file_edit.look(Path(place.name))
        except (DeliveryError, VaultFault):
            return False
        digest = None if found.data is None else file_edit.digest(found.data)
        if digest != place.before or any(state.after == digest for state in place.states):
            return False
    return True


def _forget(vault: Vault, record: Record, event: str | None = None) -> None:
    if any(place.stashed for place in record.places):
        stash.drop(vault, record.profile, record.id)
    sweep(record)
    try:
        records.drop(record)
    except (OSError, Unsafe) as error:
        raise DeliveryError("no-record", why=getattr(error, "strerror", None) or str(error)) from None
    _note(vault, record.profile, event)


def _note(vault: Vault, profile: str, event: str | None = None) -> None:
    """The profile's row says where it is delivered; the records are what counts."""
    rows = [
        {"tool": one.tool, "place": one.places[0], "trouble": one.trouble or None}
        for one in delivered(profile)
    ]
    with contextlib.suppress(VaultFault):
        stash.note(vault, profile, rows, event)
