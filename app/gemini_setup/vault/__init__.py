"""Keeping credentials in the system's own keyring: the contract `gemini-credentials:v1` (DESIGN §4).

`open_vault()` gives the vault of this computer, `memory_vault()` one that leaves no trace. Names are loaded
when
they are first asked for: importing this package costs nothing and never imports keyring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gemini_setup.vault.faults import NewerSchema, NoSuchProfile, VaultFault
    from gemini_setup.vault.index import Index
    from gemini_setup.vault.keeping import Keeping, Vault
    from gemini_setup.vault.lock import VaultLock
    from gemini_setup.vault.opening import memory_vault, open_vault
    from gemini_setup.vault.store import MemoryStore, Store

__all__ = [
    "Index",
    "Keeping",
    "MemoryStore",
    "NewerSchema",
    "NoSuchProfile",
    "Store",
    "Vault",
    "VaultFault",
    "VaultLock",
    "memory_vault",
    "open_vault",
]

_HOMES = {
    "Index": "index",
    "Keeping": "keeping",
    "MemoryStore": "store",
    "NewerSchema": "faults",
    "NoSuchProfile": "faults",
    "Store": "store",
    "Vault": "keeping",
    "VaultFault": "faults",
    "VaultLock": "lock",
    "memory_vault": "opening",
    "open_vault": "opening",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
