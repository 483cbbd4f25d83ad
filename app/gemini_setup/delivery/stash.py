"""What a delivery keeps beside a profile: what stood in a place before our secret did, and where it was delivered to.

The first is a secret and lies in the same store as the profile, as the entry `undo.<number>` (16 hexadecimal digits);
it is no part of the contract for readers. The second is shown, and lies in the profile's row.
"""

from __future__ import annotations

from typing import Any

from gemini_setup.model.outcomes import Fault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault


def entry(number: str) -> str:
    return f"undo.{number}"


def put(vault: Vault, profile: str, number: str, text: str) -> None:
    """One line of printable ASCII. Raises VaultFault: FULL where the store has no room for so long a text."""
    name = entry(number)
    with vault._lock.held():
        if not vault._store.fits(name, profile, text):
            raise VaultFault(Fault.FULL, vault.store_name, f"{len(text)} characters do not fit")
        vault._store.put(name, profile, text)


def get(vault: Vault, profile: str, number: str) -> str | None:
    return vault._store.get(entry(number), profile)


def drop(vault: Vault, profile: str, number: str) -> None:
    with vault._lock.held():
        vault._store.delete(entry(number), profile)


def note(vault: Vault, profile: str, delivered: list[dict[str, Any]], event: str | None = None) -> None:
    """Write into the profile's row where it is delivered. Nothing happens where there is no such row."""
    with vault._lock.held():
        vault._index.deliver(profile, delivered, event, vault._time())
