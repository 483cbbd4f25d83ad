"""A credential that is being made at Google and is not in use yet: the entry `pending`, its head and its parts.

It is whole before Google knows of it, survives every rotation of its profile, and goes once it is the one in use or
was undone. Readers never see it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

from gemini_setup.vault import heads
from gemini_setup.vault.codec import head_of, kept_of
from gemini_setup.vault.entries import READS, Entries

if TYPE_CHECKING:
    from gemini_setup.model.credentials import Access
    from gemini_setup.vault.lock import VaultLock


_BESIDE = 100  # where the parts of every second writing begin, and the number of its head


class Owner(Protocol):
    """The vault, as far as this needs it."""

    _lock: VaultLock

    def _named(self, profile: str) -> Entries: ...
    def _time(self) -> str: ...


def put(vault: Owner, profile: str, access: Access) -> None:
    """Over another one of the same profile. Raises VaultFault."""
    entries = vault._named(profile)
    with vault._lock.held():
        write(entries, access, vault._time())


def write(entries: Entries, access: Access, at: str) -> None:
    """The lock is held. What was there is whole until the new one is."""
    head = head_of(access, 1, at)
    text, parts, start = heads.compose(head), list[str](), 0
    if head.body is not None and not entries.store.fits(heads.PENDING, entries.name, text):
        split, parts = heads.in_parts(head)
        text = heads.compose(split)
    old = _head(entries)
    # Parts that the old head names are not written over: the new ones lie beside them, and the head's number says where.
    if parts:
        split.generation = _BESIDE if old is not None and old.parts and old.generation == 1 else 1
        text, start = heads.compose(split), _start(split)
    for number, part in enumerate(parts):
        entries.store.put(heads.pending_part(start + number), entries.name, part)
    entries.store.put(heads.PENDING, entries.name, text)
    if old is not None and old.parts:
        _drop_parts(entries, _start(old), old.parts)


def _start(head: heads.Head) -> int:
    """The number of its first part."""
    return _BESIDE if head.generation == _BESIDE else 0


def get(vault: Owner, profile: str) -> Access | None:
    """What waits, None where nothing does or it is not whole. Raises VaultFault."""
    return read(vault._named(profile))


def read(entries: Entries) -> Access | None:
    for _ in range(READS):
        text = entries.store.get(heads.PENDING, entries.name)
        if text is None:
            return None
        with contextlib.suppress(heads.Damaged, heads.UnknownSchema):
            head = heads.parse(text)
            start = _start(head)
            parts = [
                entries.store.get(heads.pending_part(start + number), entries.name)
                for number in range(head.parts)
            ]
            return kept_of(head, heads.whole(head, parts)).access
    return None


def drop(vault: Owner, profile: str) -> None:
    """It is in use by now, or was undone. Raises VaultFault."""
    entries = vault._named(profile)
    with vault._lock.held():
        erase(entries)


def erase(entries: Entries) -> None:
    """The head first: what it names is no credential any longer. The lock is held."""
    head = _head(entries)
    entries.store.delete(heads.PENDING, entries.name)
    for start in (0, _BESIDE):
        named = head.parts if head is not None and _start(head) == start else 0
        _drop_parts(entries, start, named)


def _head(entries: Entries) -> heads.Head | None:
    text = entries.store.get(heads.PENDING, entries.name)
    with contextlib.suppress(heads.Damaged, heads.UnknownSchema):
        return heads.parse(text) if text else None
    return None


def _drop_parts(entries: Entries, start: int, count: int = 0) -> None:
    while entries.store.get(heads.pending_part(start + count), entries.name) is not None:
        count += 1
    for number in reversed(range(count)):
        entries.store.delete(heads.pending_part(start + number), entries.name)
