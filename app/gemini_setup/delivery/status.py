"""What is delivered now, what follows a profile and what no longer does, what killed runs have left. No secret is read.

One lock for all that changes deliveries, held by one program at a time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from gemini_setup.delivery import file_edit, stash
from gemini_setup.delivery import records as records
from gemini_setup.delivery.records import Record
from gemini_setup.model.credentials import Profile
from gemini_setup.model.events import Delivered
from gemini_setup.model.outcomes import Fault
from gemini_setup.system.owned_folder import NotThere, Unsafe
from gemini_setup.system.paths import DELIVER_LOCK, folder, private_file_in_use
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.vault import Vault


def lock() -> VaultLock:
    return VaultLock(folder() / DELIVER_LOCK)


def delivered(profile: str | None = None) -> list[Delivered]:
    """What follows a profile; all that is delivered without one, also from profiles that have been removed.

    Touches no secret and no keyring. `trouble` is "behind" where a rotation was cut short before it came there.
    """
    found = records.everything() if profile is None else records.of(profile)
    since = _since() if found else {}
    return [shown(one, "behind" if _is_behind(one, since) else "") for one in found]


def behind() -> list[str]:
    """Profiles of which a delivery has not followed a rotation that was cut short. Touches no secret and no keyring."""
    found = records.everything()
    since = _since() if found else {}
    return sorted({one.profile for one in found if _is_behind(one, since)})


def _since() -> dict[str, str | None]:
    """Since when the credential of each profile is kept, as the list of the store in use says."""
    from gemini_setup.vault.factory import open_index

    return {row.name: row.kept for row in open_index().profiles()}


def _is_behind(record: Record, since: Mapping[str, str | None]) -> bool:
    here = record.private == (private_file_in_use() is not None)
    now = since.get(record.profile) if here and not record.ended and not record.trouble else None
    return bool(now and record.kept and record.kept != now)


def tidy() -> None:
    """At a start: what killed runs have left beside their places. Raises nothing."""
    with contextlib.suppress(VaultFault):
        found = records.everything()
        if any(_left(record) for record in found):
            with lock().held():
                for record in found:
                    sweep(record)


def _left(record: Record) -> bool:
    return any(place.kind == "file" and file_edit.has_left(Path(place.name)) for place in record.places)


class Ending:
    """What is delivered of a profile that is being removed: it stays, and follows none of that name that is kept later.

    `left` is what is still delivered. The methods raise VaultFault; the lock of deliveries is held.
    """

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._ended: list[Record] = []
        self.left: tuple[Delivered, ...] = ()

    def end(self) -> None:
        self.left = tuple(shown(one) for one in records.everything() if one.profile == self._profile)
        for record in records.of(self._profile):
            _end(record, ended=True)
            self._ended.append(record)

    def resume(self) -> None:
        while self._ended:
            _end(self._ended.pop(), ended=False)


@contextlib.contextmanager
def ending(profile: str) -> Iterator[Ending]:
    """For as long as a profile is being removed, nothing is delivered. Raises VaultFault."""
    with lock().held():
        yield Ending(profile)


def resume(profile: str, row: Profile) -> None:
    """It was not removed after all: what the list says is delivered of it follows it again. Raises VaultFault."""
    places = {(tool, place) for tool, place, _ in row.delivered}
    if not places:
        return
    with lock().held():
        for record in records.everything():
            if record.profile == profile and (record.tool, record.places[0].name) in places:
                _end(record, ended=False)


def rename(vault: Vault, old: str, new: str, *, private: bool) -> None:
    """What follows the profile `old` follows it as `new`, and what stood in its places before lies there. Blocking.

    `private`: it is a profile of the private file. May be done again after a killed run. Raises VaultFault.
    """
    for record in records.everything():
        if record.private is not private or record.ended or record.profile not in (old, new):
            continue
        text = vault._store.get(stash.entry(record.id), old)
        if text is not None:
            vault._store.put(stash.entry(record.id), new, text)
        if record.profile == old:
            record.profile = new
            _save(record)
        if text is not None:
            vault._store.delete(stash.entry(record.id), old)


def _end(record: Record, *, ended: bool) -> None:
    record.ended = ended
    _save(record)


def _save(record: Record) -> None:
    try:
        records.save(record)
    except (OSError, Unsafe, NotThere) as error:
        raise VaultFault(Fault.DENIED, "", f"no record can be written: {error}", "no-folder") from None


def sweep(record: Record) -> None:
    """What a killed run has left beside its places; it may hold the secret."""
    for place in record.places:
        if place.kind == "file":
            file_edit.sweep(Path(place.name))


def shown(record: Record, trouble: str = "") -> Delivered:
    return Delivered(
        record.tool,
        record.profile,
        tuple(place.name for place in record.places),
        record.at,
        any(place.kind == "file" and place.secret for place in record.places),
        record.trouble or trouble,
        variant=record.variant,
    )
