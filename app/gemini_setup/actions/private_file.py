"""Saving credentials as plain text, which is a person's own second choice, and moving them into the keyring later."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gemini_setup.model.credentials import Access, StoredCredential
from gemini_setup.model.outcomes import Fault
from gemini_setup.system import paths
from gemini_setup.system.paths import folder, private_file_in_use
from gemini_setup.vault import relocation
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.factory import deliver_lock, keyring_store, private_store, vault_lock
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.vault import Vault

if TYPE_CHECKING:
    from gemini_setup.vault.backends.plaintext import PrivateStore


def choose_private_file() -> Path:
    """Keep credentials as plain text from now on, because the person said so; the folder they are in.

    What the keyring keeps stays there, out of use until `move_to_keyring`. Raises VaultFault.
    """
    from gemini_setup.vault.backends import plaintext

    place = folder() / paths.PRIVATE
    with vault_lock().held():
        if private_file_in_use() is None:
            _clear_moved()
        plaintext.make(place)
    return place


def take_back_choice() -> None:
    """Blocking, after a first saving as plain text: where nothing was saved, nothing was chosen. Raises nothing."""
    from gemini_setup.system import owned_folder

    place = folder() / paths.PRIVATE
    with contextlib.suppress(
        Exception
    ):  # it stays chosen, as the person said; the next saving says what is wrong
        if not os.path.lexists(place):
            return
        with vault_lock().held():
            store = private_store(place)
            if not store.found() and not store.stashed():
                owned_folder.delete(place)


def in_keyring() -> tuple[bool, tuple[str, ...]]:
    """What plain text would take out of use: does the keyring open unasked, and which profiles does it hold?

    The list is believed also while no keyring is reached. Reads no secret, asks nobody, raises nothing.
    """
    listed = {row.name for row in Index(folder() / paths.INDEX).profiles()}
    try:
        keyring = keyring_store()
    except VaultFault:
        return False, tuple(sorted(listed))
    try:
        return keyring.is_open(), tuple(sorted(listed | keyring.found()))
    finally:
        keyring.close()


class Moved(NamedTuple):
    """What `move_to_keyring` did: the profiles that are in the keyring now, and where it put credentials that the keyring
    already held under one of their names: {profile: the name that they have now}.
    """

    profiles: tuple[str, ...]
    apart: dict[str, str]


def move_to_keyring() -> Moved:
    """Copy all that the private file holds into the keyring, read it back, then delete the file.

    With each profile what stood in other tools' places before it was delivered there, for taking it back later.

    Killed at any point, it loses nothing: the file is in use until all of it is in the keyring, its end is one
    renaming, and the next start deletes what that leaves. Raises VaultFault, and then the file is still in use.
    """
    place = private_file_in_use()
    if place is None:
        return Moved((), {})
    keyring = keyring_store()
    try:
        with deliver_lock().held(), vault_lock().held():
            file = private_store(place)
            source = Vault(file, Index(folder() / paths.PRIVATE_INDEX), VaultLock(None))
            target = Vault(keyring, Index(folder() / paths.INDEX), VaultLock(None))
            source.recover()
            target.recover()
            names = sorted(name for name in source.found() if _read(source, name) is not None)
            apart = dict[str, str]()
            for name in names:
                other = _copy(source, target, name)
                if other is not None:
                    apart[name] = other
            _bring_made(source, target)
            stashed = file.stashed()
            for name, entry in stashed:
                keyring.put(entry, name, _text(file, entry, name))
            if keyring.late and (names or stashed):
                keyring.close()
                time.sleep(relocation.SETTLING)
            for name in names:
                _compare(source, target, name)
            for name, entry in stashed:
                if keyring.get(entry, name) != _text(file, entry, name):
                    raise _not_there(target)
            _end(place)
            _clear_moved()
            return Moved(tuple(names), apart)
    finally:
        keyring.close()


def _copy(source: Vault, target: Vault, name: str) -> str | None:
    """Both credentials of a profile; the new name of what the keyring kept under its name, None if nothing."""
    kept, before = source.read(name), source.previous(name)
    ours = [one.access for one in (before, kept) if one is not None]
    put_apart = None
    there = _read(target, name)
    if there is not None and not _among(there.access, ours):
        put_apart = _put_apart(target, name, there)
    if there is None or before is not None or not same_access(there.access, kept.access):
        relocation.place(target, name, kept, before)  # else it is there, perhaps with one before it
    target.take_over(source, name)
    return put_apart


def _bring_made(source: Vault, target: Vault) -> None:
    """What was made at Google, and what waits to be used, also of profiles that hold nothing yet."""
    known = {made.place for made in target.made()}
    for made in source.made():
        if made.place not in known:
            target.note_made(made)
        waiting = source.pending(made.profile)
        if waiting is not None:
            target.pend(made.profile, waiting)


def _put_apart(target: Vault, name: str, there: StoredCredential) -> str:
    from gemini_setup import delivery

    old = target.previous(name)
    number = 2
    while True:
        free = f"{name[:28]}-{number}"
        taken = _read(target, free)
        if taken is None or _among(taken.access, [one.access for one in (old, there) if one is not None]):
            break  # by a killed run of this very moving
        number += 1
    relocation.place(target, free, there, old)
    target.take_over(target, name, free)
    delivery.rename(target, name, free, private=False)
    return free


def _compare(source: Vault, target: Vault, name: str) -> None:
    """Is everything that the file holds in the keyring? Raises VaultFault if it is not."""
    for look in (_read, Vault.previous):
        one = look(source, name)
        if one is None:
            continue
        other = look(target, name)
        if other is None or not same_access(one.access, other.access):
            raise _not_there(target)


def _not_there(target: Vault) -> VaultFault:
    return VaultFault(Fault.GONE, target.store_name, "what was moved was not there when it was read back")


def _text(file: PrivateStore, entry: str, name: str) -> str:
    text = file.get(entry, name)
    if not text:
        raise VaultFault(Fault.GONE, file.name, "what a delivery has put there is gone")
    return text


def _read(vault: Vault, name: str) -> StoredCredential | None:
    try:
        return vault.read(name)
    except NoSuchProfile:
        return None


def _among(access: Access, others: list[Access]) -> bool:
    return any(same_access(access, other) for other in others)


def _end(place: Path) -> None:
    """The one step after which the keyring is in use."""
    from gemini_setup.system import atomic_file, owned_folder
    from gemini_setup.vault.backends import plaintext

    try:
        owned_folder.delete(folder() / paths.MOVED)
        os.rename(place, folder() / paths.MOVED)
        atomic_file.settle(folder())
    except Exception as error:  # noqa: BLE001 - as above
        raise plaintext.fault_of(error) from None


def _clear_moved() -> None:
    """Delete what is left of a private file that has been moved. The lock is held. Raises VaultFault."""
    from gemini_setup.system import owned_folder
    from gemini_setup.vault.backends import plaintext

    try:
        if private_file_in_use() is None:
            from gemini_setup.delivery import records as records

            records.take_over()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(folder() / paths.PRIVATE_INDEX)
        owned_folder.delete(folder() / paths.MOVED)
    except Exception as error:  # noqa: BLE001 - the store's own words for whatever it is
        raise plaintext.fault_of(error) from None


def finish_move() -> None:
    """Blocking, at the start of a program: delete what a killed `move_to_keyring` left. Raises VaultFault.

    Touches no keyring, and nothing at all unless there is something left.
    """
    if os.path.lexists(folder() / paths.MOVED):
        with deliver_lock().held(), vault_lock().held():
            _clear_moved()
