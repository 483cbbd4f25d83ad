"""The work itself: plan, write, prove, follow, take back. One lock for all of it, held by one program at a time.

The order is what makes a killed run harmless: the record (and, in the keyring, what stood in the secret's place) first,
then the place, then the proof. A record whose place is still as it was means that nothing was delivered.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gemini_setup.credentials import Access, Fault, Kept
from gemini_setup.delivery import files
from gemini_setup.delivery.forms import ABSENT, Address, Form, Odd, Put, taken_back
from gemini_setup.delivery.registry import TOOLS
from gemini_setup.delivery.tool import FilePart, KeychainPart, NotForThisTool, Obstacle, Part, Tool, Wish
from gemini_setup.downloads import GitStatus, git_status
from gemini_setup.events import Delivered
from gemini_setup.vault import deliveries as records
from gemini_setup.vault import heads, stash
from gemini_setup.vault.deliveries import Place, Record, State
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.files import NotThere, Unsafe
from gemini_setup.vault.keeping import Vault
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.places import DELIVER_LOCK, folder, private_file_in_use

if TYPE_CHECKING:
    from gemini_setup.delivery.keychain import KeytarStore

PATIENCE: Final = 20.0  # seconds for a tool's own reader


@dataclass(frozen=True, slots=True)
class Note:
    """What the person is told before anything is written: an id of `[notes]` of the words, and facts for it."""

    id: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written. `again`: it was delivered there before and would be written anew."""

    tool: Tool
    profile: str
    wish: Wish
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]
    again: bool

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(map(_name, self.parts))

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


def _lock() -> VaultLock:
    return VaultLock(folder() / DELIVER_LOCK)


def settled() -> None:
    """Wait for what is being written just now. Raises VaultFault where that does not end."""
    with _lock().held():
        pass


def _name(part: Part) -> str:
    if isinstance(part, KeychainPart):
        return f"{part.service}/{part.account}"
    return os.path.abspath(part.path)


# ---------------------------------------------------------------- plan


def plan(
    vault: Vault,
    tool: Tool,
    profile: str,
    wish: Wish | None = None,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Look at everything, write nothing. Raises NotForThisTool, Obstacle, NoSuchProfile, VaultFault."""
    environ = os.environ if environ is None else environ
    return planned(vault.read(profile).access, tool, profile, wish or Wish(), environ)


def planned(access: Access, tool: Tool, profile: str, wish: Wish, environ: Mapping[str, str]) -> Plan:
    """As `plan`, of a credential that has been read already."""
    parts = tool.parts(access, wish, environ)
    record = records.load(tool.id, _name(parts[0]))
    wanted = (profile, wish.variant, private_file_in_use() is not None)
    if record is not None and (record.profile, record.variant, record.private) != wanted:
        raise Obstacle("delivered-already", profile=record.profile, tool=tool.id)
    notes = [note for part in parts for note in _notes(tool, part, again=record is not None)]
    shadows = tool.shadows(parts, environ)
    if shadows:
        notes.append(Note("shadows", {"tool": tool.title, "names": ", ".join(shadows)}))
    return Plan(tool, profile, wish, parts, tuple(notes), record is not None)


def _notes(tool: Tool, part: Part, *, again: bool) -> list[Note]:
    facts = {"tool": tool.title, "place": _name(part)}
    if isinstance(part, KeychainPart):
        with _keychain() as store:
            facts["store"] = store.name
            before = store.read(part.service, part.account)
        notes = [Note("keychain", facts)]
        if before is not None and not again and tool.essence(before) != part.essence:
            notes.append(Note("replaces-entry", facts))
        return notes
    found = files.look(part.path)
    put = _put(part.form, found, part.values)
    notes = [Note("plain-text" if part.secret else "setting", facts)]
    if found.path.is_symlink():
        notes.append(Note("link", {**facts, "real": str(found.real)}))
    if part.secret and found.open_to_others and found.mode is not None:
        notes.append(Note("open-to-others", {**facts, "mode": f"{found.mode:o}"}))
    if part.secret and git_status(part.path) is GitStatus.UNTRACKED:
        notes.append(Note("not-ignored", facts))
    if not again and any(cut.fragment.strip() for layer in put.layers for cut in layer):
        notes.append(Note("replaces", facts))
    return notes


def _put(form: Form, found: files.Found, values: Mapping[Address, Any]) -> Put:
    try:
        return form.put(found.text, values)
    except Odd as odd:
        raise Obstacle("odd", place=str(found.path), should=str(odd)) from None


# ---------------------------------------------------------------- deliver


def deliver(vault: Vault, planned: Plan, environ: Mapping[str, str] | None = None) -> Delivered:
    """Write what was planned and read it back; written anew where it was delivered before.

    Raises Obstacle and VaultFault; then everything is as it was.
    """
    environ = os.environ if environ is None else environ
    with _lock().held():
        record = records.load(planned.tool.id, _name(planned.parts[0]))
        if record is not None:
            record.ended = False  # the person has it delivered anew, from a later profile of that name
        if record is None or not _again(vault, record, planned):
            record = _begin(vault, planned)
            _write_all(vault, record, planned)
        try:
            proof = _prove(planned.tool, planned.parts, environ)
        except Obstacle:
            if not planned.again:
                _take_back(vault, record)
            raise
        record.trouble, record.done = "", True
        _save(record)
        _note(vault, record.profile, f"delivered to {planned.tool.id}")
        return replace(_shown(record), own_reader=proof)


def _again(vault: Vault, record: Record, planned: Plan) -> bool:
    """Write a delivery anew; False where it is to be begun from the start, since it is not what it was."""
    if _untouched(record):
        return False
    try:
        _rewrite(vault, record, planned.tool, planned.parts)
    except Obstacle as obstacle:
        if obstacle.id not in ("gone", "not-ours"):
            raise
        _undo(vault, record, event=None)  # the person asks for it once more: what is still ours goes first
        return False
    return True


def _begin(vault: Vault, planned: Plan) -> Record:
    """The record, on the disk, before anything is touched; and in the keyring what the secrets will replace."""
    places, hidden = [], dict[str, Any]()
    for at, part in enumerate(planned.parts):
        place, secret = _looked(part)
        places.append(place)
        if secret:
            hidden[str(at)] = secret
    number = records.record_id(planned.tool.id, _name(planned.parts[0]))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = Record(number, planned.tool.id, planned.profile, planned.wish.variant, now, places)
    record.private = private_file_in_use() is not None
    if hidden:
        stash.put(vault, planned.profile, number, heads.one_line(hidden))
    _save(record)
    return record


def _looked(part: Part) -> tuple[Place, dict[str, Any]]:
    """A place as it is now, and what of it is a secret."""
    if isinstance(part, KeychainPart):
        with _keychain() as store:
            before = store.read(part.service, part.account)
        place = Place("keychain", _name(part), True, existed=before is not None, stashed=before is not None)
        place.marks = {"": [records.mark(part.essence)]}
        return place, {"text": before} if before is not None else {}
    found = files.look(part.path)
    put = _put(part.form, found, part.values)
    place = Place("file", _name(part), part.secret, existed=found.data is not None)
    place.before = None if found.data is None else files.digest(found.data)
    for address, value in part.values.items():
        name = json.dumps(address)
        place.marks[name] = [records.mark(value)]
        place.depths[name] = part.form.depth(found.text, address)
        place.raws[name] = part.form.raw(found.text, address)
    secret: dict[str, Any] = {}
    fragments = [cut.fragment for layer in put.layers for cut in layer if cut.fragment]
    if part.secret and any(fragment.strip() for fragment in fragments):
        place.stashed = True
        secret = {"fragments": fragments, "raws": place.raws}
        place.raws = dict.fromkeys(place.raws)
    place.states = [_state(place, put)]
    return place, secret


def _state(place: Place, put: Put) -> State:
    layers = [
        [(cut.start, cut.end, None if place.stashed and cut.fragment else cut.fragment) for cut in layer]
        for layer in put.layers
    ]
    return State(files.digest(files.encoded(put.text)), layers)


def _write_all(vault: Vault, record: Record, planned: Plan) -> None:
    try:
        for place, part in zip(record.places, planned.parts, strict=True):
            if isinstance(part, KeychainPart):
                with _keychain() as store:
                    store.write(part.service, part.account, part.text)
            else:
                found = files.look(part.path)
                put = _put(part.form, found, part.values)
                place.folders = files.write(found, files.encoded(put.text))
                _save(record)
    except (Obstacle, VaultFault):
        _take_back(vault, record)
        raise


def _take_back(vault: Vault, record: Record) -> None:
    """After a failure: as it was, and no record of it, as far as that can be had."""
    with contextlib.suppress(Obstacle, VaultFault):
        _undo(vault, record, event=None)


def _prove(tool: Tool, parts: tuple[Part, ...], environ: Mapping[str, str]) -> bool:
    """Read back as the tool reads it; True if the tool itself, where it is here, was asked too. Raises Obstacle."""
    for part in parts:
        if isinstance(part, KeychainPart):
            with _keychain() as store:
                good = tool.essence(store.read(part.service, part.account) or "") == part.essence
        else:
            found = files.look(part.path)
            try:
                good = all(part.form.get(found.text, where) == value for where, value in part.values.items())
            except Odd:
                good = False
        if not good:
            raise Obstacle("not-read-back", place=_name(part))
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
        raise Obstacle("not-read-back", place=_name(parts[0]))
    return True


# ---------------------------------------------------------------- follow a rotation


def follow(
    vault: Vault, profile: str, kept: Kept | None = None, environ: Mapping[str, str] | None = None
) -> tuple[Delivered, ...]:
    """After a rotation: write the new credential into every place of the profile, and read it back.

    Never raises for a place: what did not follow has its `trouble`. Only what is still ours is replaced.
    """
    environ = os.environ if environ is None else environ
    if not records.of(profile):
        return ()
    kept = kept or vault.read(profile)
    done = []
    with _lock().held():
        for record in records.of(profile):
            if _untouched(record):
                _forget(vault, record)  # a killed `deliver` had not come to writing
                continue
            record.trouble = _followed(vault, record, kept, environ)
            with contextlib.suppress(Obstacle):
                _save(record)
            done.append(_shown(record))
        _note(vault, profile)
    return tuple(done)


def _followed(vault: Vault, record: Record, kept: Kept, environ: Mapping[str, str]) -> str:
    """The id of what stood in the way, or ""."""
    tool = TOOLS.get(record.tool)
    if tool is None:
        return "unknown-tool"
    paths = [Path(place.name) for place in record.places if place.kind == "file"]
    wish = Wish(paths[0] if paths else None, record.variant, force=True)
    try:
        parts = tool.parts(kept.access, wish, environ)
        moved = {
            number: Path(place.name) for number, place in enumerate(record.places) if place.kind == "file"
        }
        parts = tuple(
            replace(part, path=moved[number]) if isinstance(part, FilePart) else part
            for number, part in enumerate(parts)
        )
        _rewrite(vault, record, tool, parts)
        _prove(tool, parts, environ)
    except NotForThisTool:
        return "not-for-this-tool"
    except Obstacle as obstacle:
        return obstacle.id
    except VaultFault:
        return "keyring"
    return ""


def _rewrite(vault: Vault, record: Record, tool: Tool, parts: tuple[Part, ...]) -> None:
    """Replace what is ours by what is ours now. Raises Obstacle, VaultFault; each place is then old or new, and whole."""
    hidden = _hidden(vault, record)
    for number, (place, part) in enumerate(zip(record.places, parts, strict=True)):
        if isinstance(part, KeychainPart):
            with _keychain() as store:
                now = store.read(part.service, part.account)
                if now is None:
                    raise Obstacle("gone", place=place.name)
                if not records.is_marked(tool.essence(now), place.marks[""]):
                    raise Obstacle("not-ours", place=place.name)
                if tool.essence(now) == part.essence:
                    continue
                place.marks[""] = [*place.marks[""][-1:], records.mark(part.essence)]
                _save(record)
                store.write(part.service, part.account, part.text)
        else:
            _rewrite_file(record, place, part, hidden.get(str(number), {}))


def _rewrite_file(record: Record, place: Place, part: FilePart, hidden: dict[str, Any]) -> None:
    found = files.look(part.path)
    if found.data is None:
        raise Obstacle("gone", place=place.name)
    now = files.digest(found.data)
    if record.done and now == place.before and all(state.after != now for state in place.states):
        raise Obstacle("gone", place=place.name)  # somebody has brought back what was there before us
    original = _original(place, found, hidden)
    marks = {json.dumps(address): [records.mark(value)] for address, value in part.values.items()}
    if original is not None:
        put = _put(part.form, found if original == found.text else _as(found, original), part.values)
        state = next((one for one in place.states if one.after == now), None)
        place.states = [*([state] if state else []), _state(place, put)]
        text = put.text
    else:
        text = _without_ours(place, part.form, found, hidden, left={*marks})
        text = _put(part.form, _as(found, text), part.values).text
        place.states = []
    old = place.marks
    place.marks = {name: [*old.get(name, [])[-1:], *new] for name, new in marks.items()} | {
        name: one for name, one in old.items() if name not in marks
    }
    _save(record)
    if text != found.text:
        files.write(found, files.encoded(text))
    place.marks = marks
    place.states = place.states[-1:]
    _save(record)


def _as(found: files.Found, text: str) -> files.Found:
    return replace(found, data=files.encoded(text))


def _original(place: Place, found: files.Found, hidden: dict[str, Any]) -> str | None:
    """The text as it was before us, exactly; None where the file was changed by others or the way back is lost."""
    if found.data is None:
        return None
    now = files.digest(found.data)
    if now == place.before:
        return found.text
    state = next((one for one in place.states if one.after == now), None)
    cuts = state.cuts(hidden.get("fragments", [])) if state else None
    if cuts is None:
        return None
    text = taken_back(found.text, cuts)
    wanted = place.before or files.digest(b"")
    return text if files.digest(files.encoded(text)) == wanted else None


def _without_ours(
    place: Place, form: Form, found: files.Found, hidden: dict[str, Any], left: set[str] | None = None
) -> str:
    """The text without our values, known by their marks; those in `left` stay. Raises Obstacle "not-ours"."""
    text, ours = found.text, 0
    raws = hidden.get("raws", place.raws)
    try:
        for name in reversed(place.marks):
            address: Address = tuple(json.loads(name))
            value = form.get(text, address)
            if value is ABSENT or not records.is_marked(value, place.marks[name]):
                continue
            ours += 1
            if left is None or name not in left:
                text = form.take(text, address, raws.get(name), place.depths.get(name, 0))
    except Odd as odd:
        raise Obstacle("odd", place=place.name, should=str(odd)) from None
    if ours < (1 if left is None else len(left & {*place.marks})):
        raise Obstacle("not-ours", place=place.name)
    return text


# ---------------------------------------------------------------- undo and list


def undo(vault: Vault, tool: Tool, file: Path | None = None) -> tuple[Undone, ...]:
    """Take a delivery away. Raises Obstacle: "not-delivered", or "which" where there are several and no `file`."""
    with _lock().held():
        found = [record for record in records.everything() if record.tool == tool.id]
        if file is not None:
            wanted = os.path.abspath(file)
            found = [one for one in found if any(place.name == wanted for place in one.places)]
        if not found:
            raise Obstacle("not-delivered", tool=tool.title)
        if len(found) > 1:
            raise Obstacle("which", tool=tool.id, places=", ".join(one.places[0].name for one in found))
        return _undo(vault, found[0], f"taken from {tool.id}")


def _undo(vault: Vault, record: Record, event: str | None) -> tuple[Undone, ...]:
    tool = TOOLS[record.tool]
    if not record.private and private_file_in_use() and any(place.stashed for place in record.places):
        raise Obstacle("keyring")  # it has what stood there, and is out of use
    hidden = _hidden(vault, record)
    done = []
    for number, place in enumerate(record.places):
        secret = hidden.get(str(number), {})
        undone = _undo_entry if place.kind == "keychain" else _undo_file
        done.append(Undone(place.name, undone(tool, place, secret)))
    _forget(vault, record, event)
    return tuple(done)


def _undo_entry(tool: Tool, place: Place, hidden: dict[str, Any]) -> str:
    service, _, account = place.name.partition("/")
    with _keychain() as store:
        now = store.read(service, account)
        if now is None:
            return "gone" if not place.existed else _brought_back(store, service, account, hidden)
        if now == hidden.get("text"):
            return "restored"
        if not records.is_marked(tool.essence(now), place.marks[""]):
            return "not-ours"
        if place.existed:
            return _brought_back(store, service, account, hidden)
        store.drop(service, account)
        return "restored"


def _brought_back(store: KeytarStore, service: str, account: str, hidden: dict[str, Any]) -> str:
    if "text" not in hidden:
        store.drop(service, account)
        return "taken-out"
    store.write(service, account, hidden["text"])
    return "restored"


def _undo_file(tool: Tool, place: Place, hidden: dict[str, Any]) -> str:
    found = files.look(Path(place.name))
    if found.data is None:
        return "gone" if place.existed else "restored"
    original = _original(place, found, hidden)
    if original is None:
        try:
            text = _without_ours(place, tool.forms(found.path), found, hidden)
        except Obstacle as obstacle:
            if obstacle.id == "not-ours":
                return "not-ours"
            raise
        files.write(found, files.encoded(text))
        return "taken-out"
    if not place.existed:
        files.delete(found, place.folders)
    elif original != found.text:
        files.write(found, files.encoded(original))
    return "restored"


def delivered(profile: str | None = None) -> list[Delivered]:
    """What follows a profile; all that is delivered without one, also from profiles that have been removed.

    Touches no secret and no keyring.
    """
    return [_shown(one) for one in (records.everything() if profile is None else records.of(profile))]


def end(profile: str) -> tuple[Delivered, ...]:
    """A profile is removed: what is delivered of it stays, and follows none of that name that is kept later.

    Returns what has been ended, for `resume` if the profile was not removed after all. Raises VaultFault.
    """
    if not records.of(profile):
        return ()
    with _lock().held():
        found = records.of(profile)
        for record in found:
            _end(record, ended=True)
        return tuple(map(_shown, found))


def resume(ended: tuple[Delivered, ...]) -> None:
    """Raises VaultFault."""
    with _lock().held():
        for one in ended:
            record = records.load(one.tool, one.places[0])
            if record is not None:
                _end(record, ended=False)


def _end(record: Record, *, ended: bool) -> None:
    record.ended = ended
    try:
        records.save(record)
    except (OSError, Unsafe, NotThere) as error:
        raise VaultFault(Fault.DENIED, "", f"no record can be written: {error}", "no-folder") from None


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
    if record.done:
        return False
    for place in record.places:
        try:
            if place.kind == "keychain":
                service, _, account = place.name.partition("/")
                with _keychain() as store:
                    now = store.read(service, account)
                if now is not None and records.is_marked(TOOLS[record.tool].essence(now), place.marks[""]):
                    return False
                continue
            found = files.look(Path(place.name))
        except (Obstacle, VaultFault):
            return False
        digest = None if found.data is None else files.digest(found.data)
        if digest != place.before or any(state.after == digest for state in place.states):
            return False
    return True


def _forget(vault: Vault, record: Record, event: str | None = None) -> None:
    if any(place.stashed for place in record.places):
        stash.drop(vault, record.profile, record.id)
    records.drop(record)
    _note(vault, record.profile, event)


def _save(record: Record) -> None:
    try:
        records.save(record)
    except (OSError, Unsafe) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Obstacle("no-record", why=why or "") from None


def _note(vault: Vault, profile: str, event: str | None = None) -> None:
    """The profile's row says where it is delivered; the records are what counts."""
    rows = [
        {"tool": one.tool, "place": one.places[0], "trouble": one.trouble or None}
        for one in delivered(profile)
    ]
    with contextlib.suppress(VaultFault):
        stash.note(vault, profile, rows, event)


def _shown(record: Record) -> Delivered:
    return Delivered(
        record.tool,
        record.profile,
        tuple(place.name for place in record.places),
        record.at,
        any(place.kind == "file" and place.secret for place in record.places),
        record.trouble,
    )


@contextlib.contextmanager
def _keychain() -> Iterator[KeytarStore]:
    from gemini_setup.delivery.keychain import KeytarStore

    store = KeytarStore()
    try:
        store.open()
        yield store
    finally:
        store.close()
