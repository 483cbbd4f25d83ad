"""A profile under another name: both its credentials, its row, and its history.

What is to be done is written into the list first. Then everything is copied and read back, and only then do the entries
of the old name go. A killed run is finished by the next start (`finish`), unless the profiles were changed meanwhile:
then both stay as they are. Nothing is written over that is not saved under another name by then.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from gemini_setup.model.outcomes import Fault
from gemini_setup.vault import heads, removal
from gemini_setup.vault.codec import head_of, same_access
from gemini_setup.vault.entries import Entries, Slot
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Move

if TYPE_CHECKING:
    from gemini_setup.model.credentials import StoredCredential

#: Seconds after which KWallet and KeePassXC have written to the disk what they acknowledged.
SETTLING: Final = 8.0

Both = tuple["StoredCredential", "StoredCredential | None"]


class Owner(removal.Owner, Protocol):
    """The vault, as far as this needs it."""

    @property
    def store_name(self) -> str: ...
    def _named(self, profile: str) -> Entries: ...
    def close(self) -> None: ...


def _nobody(_old: str, _new: str) -> None:
    """Nothing but the vault knows of the profile."""


def rename(
    vault: Owner,
    old: str,
    new: str,
    apart: str = "",
    follow: Callable[[str, str], None] = _nobody,
) -> str:
    """Save `old` as `new`. What was saved as `new` is saved as `apart` first, where that is given.

    `follow` is called with (from, to) for each of the two, before the entries of the name that ends are deleted: what
    else knows the profile by its name. Returns "" once it is done; "taken" where a name is in use, and "unfinished"
    where something is under way with one of the profiles: then nothing is changed. Raises NoSuchProfile, VaultFault.
    """
    with vault._lock.held():
        wanted = Move(old, new, apart if _is_taken(vault, new) else "", 0)
        left = vault._index.moving()
        if left is not None and _carry(vault, left, follow) and left[:3] == wanted[:3]:
            return ""  # what was tried again is done
        kept, _ = _both(vault, old)
        if old in (new, apart) or _is_taken(vault, wanted.apart or new):
            return "taken"
        if any(_is_unfinished(vault, name) for name in (old, new)):
            return "unfinished"
        if vault._index.profile(old) is None:
            vault._index.keep(vault._rows.of(kept, old), None, vault._time())
        _note(vault, wanted)
        return "" if _carry(vault, wanted, follow) else "taken"


def finish(vault: Owner, follow: Callable[[str, str], None]) -> None:
    """At a start: carry out what a killed `rename` has left. Raises VaultFault."""
    with vault._lock.held():
        left = vault._index.moving()
        if left is not None:
            _carry(vault, left, follow)


def place(vault: Owner, name: str, kept: StoredCredential, before: StoredCredential | None) -> None:
    """Have `name` hold this credential and the one before it, each since when it was saved. The lock is held.

    Readers go from what was in use to `kept` in one step. Nothing is written where both are in place already.
    """
    entries = vault._named(name)
    current, previous = vault._heal(entries)
    if not _same(_pair(current, previous), (kept, before)):
        newest = max(current.generation, previous.generation)
        newest += (
            current.text is not None and current.head is None
        )  # it may be of the next one, unreadable for now
        head = head_of(kept.access, newest + 2, kept.created)
        earlier = entries.write_parts(head_of(before.access, newest + 1, before.created)) if before else ""
        text = entries.write_parts(head)
        entries.delete(heads.TOKEN)
        entries.put(heads.CURRENT, text)
        if earlier:
            entries.put(heads.PREVIOUS, earlier)
        else:
            entries.delete(heads.PREVIOUS)
        entries.write_key(Slot(text, head, kept, head.body))
        _drop(vault, entries, newest + 2, current, previous)
    row = vault._index.profile(name)
    if row is None or not vault._rows.shows(row, kept):
        old = vault._rows.replaced(before, name) if before is not None else None
        vault._index.keep(replace(vault._rows.of(kept, name), old=old), None, vault._time())


def _drop(vault: Owner, entries: Entries, newest: int, *slots: Slot) -> None:
    """The parts that were named before; later, where the store may yet undo what it just did."""
    if vault._store.late:
        vault._waiting.setdefault(entries.name, set()).update(slot.generation for slot in slots)
        return
    for slot in slots:
        entries.drop_parts(slot.generation, slot.head.parts if slot.head else 0)
    entries.sweep(newest, {newest, newest - 1}, *slots)
    vault._index.finish(entries.name)


# ---------------------------------------------------------------- the steps


def _carry(vault: Owner, move: Move, follow: Callable[[str, str], None]) -> bool:
    """Go on from the step that was noted; False where the profiles are not as they were, which ends it."""
    try:
        done = _steps(vault, move, follow)
    except NoSuchProfile:
        done = False
    _note(vault, None)
    return done


def _steps(vault: Owner, move: Move, follow: Callable[[str, str], None]) -> bool:
    if move.step == 0:
        if move.apart and not _copy(vault, move.new, move.apart, follow):
            return False
        move = move._replace(step=1)
        _note(vault, move)
    if move.step == 1:
        if not _copy(vault, move.old, move.new, follow, move.apart):
            return False
        if vault._store.late:
            vault.close()
            time.sleep(SETTLING)
        move = move._replace(step=2)
        _note(vault, move)
    entries = vault._entries(move.old)
    if entries.whole() is not None:
        kept, before = _both(vault, move.old)
        now = _both(vault, move.new)
        if not _same((kept, before), now) and not _same((kept, None), (now[0], before)):
            return False
    removal.erase(vault, entries)
    return True


def _copy(vault: Owner, name: str, new: str, follow: Callable[[str, str], None], spare: str = "") -> bool:
    """All of `name` under `new` as well. False where `new` holds what neither `name` nor `spare` does."""
    kept, before = _both(vault, name)
    there = vault._entries(new).whole()
    others = [kept, vault._entries(spare).whole() if spare else None]
    if there is not None and not any(one and same_access(there.access, one.access) for one in others):
        return False
    place(vault, new, kept, before)
    if not _same(_both(vault, new), (kept, before)):
        raise VaultFault(Fault.GONE, vault.store_name, "what was copied was not there when it was read back")
    vault._index.take_over(vault._index, name, new, vault.store_name, f"renamed from {name}", vault._time())
    follow(name, new)
    return True


def _note(vault: Owner, move: Move | None) -> None:
    """Without the note a killed run would leave the profile under both names. Raises VaultFault."""
    vault._index.note_move(move)
    if vault._index.moving() != move:
        raise VaultFault(Fault.DENIED, "", "the list of profiles cannot be written", "no-folder")


def _both(vault: Owner, name: str) -> Both:
    """What is in use and what was before it. Raises NoSuchProfile and, for what is not whole, VaultFault."""
    entries = vault._entries(name)
    current, previous = vault._heal(entries)
    if current.text is None:
        raise NoSuchProfile(name)
    kept, before = _pair(current, previous)
    if kept is None:
        raise entries.damaged()
    return kept, before


def _pair(current: Slot, previous: Slot) -> tuple[StoredCredential | None, StoredCredential | None]:
    return current.kept, previous.kept if previous.generation != current.generation else None


def _same(
    one: tuple[StoredCredential | None, StoredCredential | None],
    other: tuple[StoredCredential | None, StoredCredential | None],
) -> bool:
    return all(
        (a is None) == (b is None) and (a is None or b is None or same_access(a.access, b.access))
        for a, b in zip(one, other, strict=True)
    )


def _is_taken(vault: Owner, name: str) -> bool:
    there = (vault._store.get(entry, name) for entry in (heads.CURRENT, heads.PREVIOUS))
    return vault._index.profile(name) is not None or any(text is not None for text in there)


def _is_unfinished(vault: Owner, name: str) -> bool:
    """It is being removed, or a credential for it is being created at Google."""
    return vault._index.is_removing(name) or vault._store.get(heads.PENDING, name) is not None
