"""One place of a delivery: what stands there, our value put into it and replaced, and the way back, byte for byte.

A place is a file or an entry of a keychain. What is not ours is left alone. Blocking.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gemini_setup.delivery import file_edit
from gemini_setup.delivery import records as records
from gemini_setup.delivery.formats.base import ABSENT, Address, Form, FormatError, Put, taken_back
from gemini_setup.delivery.records import Place, Record, State
from gemini_setup.delivery.tools.base import DeliveryError, FilePart, KeychainPart, Part, Tool
from gemini_setup.system.owned_folder import Unsafe

if TYPE_CHECKING:
    from gemini_setup.delivery.tools.keytar import KeytarStore


def name_of(part: Part) -> str:
    if isinstance(part, KeychainPart):
        return f"{part.service}/{part.account}"
    return os.path.abspath(part.path)


@contextlib.contextmanager
def keychain() -> Iterator[KeytarStore]:
    from gemini_setup.delivery.tools.keytar import KeytarStore

    store = KeytarStore()
    try:
        store.open()
        yield store
    finally:
        store.close()


def save(record: Record) -> None:
    try:
        records.save(record)
    except (OSError, Unsafe) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise DeliveryError("no-record", why=why or "") from None


def put_into(form: Form, found: file_edit.Found, values: Mapping[Address, Any]) -> Put:
    try:
        return form.put(found.text, values)
    except FormatError as odd:
        raise DeliveryError("odd", place=str(found.path), should=str(odd)) from None


def looked(part: Part) -> tuple[Place, dict[str, Any]]:
    """A place as it is now, and what of it is a secret."""
    if isinstance(part, KeychainPart):
        with keychain() as store:
            before = store.read(part.service, part.account)
        place = Place("keychain", name_of(part), True, existed=before is not None, stashed=before is not None)
        place.marks = {"": [records.mark(part.essence)]}
        return place, {"text": before} if before is not None else {}
    found = file_edit.look(part.path)
    put = put_into(part.form, found, part.values)
    place = Place("file", name_of(part), part.secret, existed=found.data is not None)
    place.before = None if found.data is None else file_edit.digest(found.data)
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
    return State(file_edit.digest(file_edit.encoded(put.text)), layers)


def rewrite(record: Record, tool: Tool, parts: tuple[Part, ...], hidden: dict[str, Any]) -> None:
    """Replace what is ours by what is ours now. Raises DeliveryError, VaultFault; each place is old or new then.

    `hidden` is what stood in the places of our secrets, by the place's number.
    """
    for number, (place, part) in enumerate(zip(record.places, parts, strict=True)):
        if isinstance(part, KeychainPart):
            with keychain() as store:
                now = store.read(part.service, part.account)
                if now is None:
                    raise DeliveryError("gone", place=place.name)
                if not records.is_marked(tool.essence(now), place.marks[""]):
                    raise DeliveryError("not-ours", place=place.name)
                if tool.essence(now) == part.essence:
                    continue
                place.marks[""] = [*place.marks[""][-1:], records.mark(part.essence)]
                save(record)
                store.write(part.service, part.account, part.text)
        else:
            _rewrite_file(record, place, part, hidden.get(str(number), {}))


def _rewrite_file(record: Record, place: Place, part: FilePart, hidden: dict[str, Any]) -> None:
    found = file_edit.look(part.path)
    if found.data is None:
        raise DeliveryError("gone", place=place.name)
    now = file_edit.digest(found.data)
    if record.done and now == place.before and all(state.after != now for state in place.states):
        raise DeliveryError("gone", place=place.name)  # somebody has brought back what was there before us
    original = _original(place, found, hidden)
    marks = {json.dumps(address): [records.mark(value)] for address, value in part.values.items()}
    if original is not None:
        put = put_into(part.form, found if original == found.text else _as(found, original), part.values)
        state = next((one for one in place.states if one.after == now), None)
        place.states = [*([state] if state else []), _state(place, put)]
        text = put.text
    else:
        text = _without_ours(place, part.form, found, hidden, left={*marks})
        text = put_into(part.form, _as(found, text), part.values).text
        place.states = []
    old = place.marks
    place.marks = {name: [*old.get(name, [])[-1:], *new] for name, new in marks.items()} | {
        name: one for name, one in old.items() if name not in marks
    }
    save(record)
    if text != found.text:
        file_edit.write(found, file_edit.encoded(text))
    place.marks = marks
    place.states = place.states[-1:]
    save(record)


def _as(found: file_edit.Found, text: str) -> file_edit.Found:
    return replace(found, data=file_edit.encoded(text))


def _original(place: Place, found: file_edit.Found, hidden: dict[str, Any]) -> str | None:
    """The text as it was before us, exactly; None where the file was changed by others or the way back is lost."""
    if found.data is None:
        return None
    now = file_edit.digest(found.data)
    if now == place.before:
        return found.text
    state = next((one for one in place.states if one.after == now), None)
    cuts = state.cuts(hidden.get("fragments", [])) if state else None
    if cuts is None:
        return None
    text = taken_back(found.text, cuts)
    wanted = place.before or file_edit.digest(b"")
    return text if file_edit.digest(file_edit.encoded(text)) == wanted else None


def _without_ours(
    place: Place, form: Form, found: file_edit.Found, hidden: dict[str, Any], left: set[str] | None = None
) -> str:
    """The text without our values, known by their marks; those in `left` stay. Raises DeliveryError "not-ours"."""
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
    except FormatError as odd:
        raise DeliveryError("odd", place=place.name, should=str(odd)) from None
    if ours < (1 if left is None else len(left & {*place.marks})):
        raise DeliveryError("not-ours", place=place.name)
    return text


def undo_entry(tool: Tool, place: Place, hidden: dict[str, Any]) -> str:
    service, _, account = place.name.partition("/")
    with keychain() as store:
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


def undo_file(tool: Tool, place: Place, hidden: dict[str, Any]) -> str:
    found = file_edit.look(Path(place.name))
    if found.data is None:
        return "gone" if place.existed else "restored"
    original = _original(place, found, hidden)
    if original is None:
        try:
            text = _without_ours(place, tool.forms(found.path), found, hidden)
        except DeliveryError as obstacle:
            if obstacle.id == "not-ours":
                return "not-ours"
            raise
        file_edit.write(found, file_edit.encoded(text))
        return "taken-out"
    if not place.existed:
        file_edit.delete(found, place.folders)
    elif original != found.text:
        file_edit.write(found, file_edit.encoded(original))
    return "restored"
