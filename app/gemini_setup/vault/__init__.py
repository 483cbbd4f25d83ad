"""Keeping credentials in the system's own keyring: the contract `gemini-credentials:v1` (DESIGN §4).

`open_vault()` gives the vault of this computer, `memory_vault()` one that leaves no trace. Names are loaded when they
are first asked for: importing this package costs nothing and never imports keyring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gemini_setup.vault.faults import REASONS, NewerSchema, NoSuchProfile, VaultFault
    from gemini_setup.vault.index import Index
    from gemini_setup.vault.keeping import Keeping, Vault, who_reads
    from gemini_setup.vault.lock import VaultLock
    from gemini_setup.vault.opening import (
        keyring_available,
        memory_vault,
        open_vault,
        unlisted,
    )
    from gemini_setup.vault.places import private_file_in_use
    from gemini_setup.vault.private import PrivateStore
    from gemini_setup.vault.reasons import ignored_backend
    from gemini_setup.vault.store import MemoryStore, Store

__all__ = [
    "REASONS",
    "Index",
    "Keeping",
    "MemoryStore",
    "NewerSchema",
    "NoSuchProfile",
    "PrivateStore",
    "Store",
    "Vault",
    "VaultFault",
    "VaultLock",
    "ignored_backend",
    "keyring_available",
    "memory_vault",
    "open_vault",
    "private_file_in_use",
    "unlisted",
    "who_reads",
]

_HOMES = {
    "REASONS": "faults",
    "Index": "index",
    "Keeping": "keeping",
    "MemoryStore": "store",
    "NewerSchema": "faults",
    "NoSuchProfile": "faults",
    "PrivateStore": "private",
    "Store": "store",
    "Vault": "keeping",
    "VaultFault": "faults",
    "VaultLock": "lock",
    "ignored_backend": "reasons",
    "keyring_available": "opening",
    "memory_vault": "opening",
    "open_vault": "opening",
    "private_file_in_use": "places",
    "unlisted": "opening",
    "who_reads": "keeping",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
