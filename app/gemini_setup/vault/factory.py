"""Which store this computer has: one per system, fixed here. No discovery, no configuration, nothing to fall back to.

The one exception is a person's own: the private file, in use as long as its folder is there (`plaintext.py` makes
and ends it). While it is in use no keyring is touched, and it is never made unasked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gemini_setup.system import paths
from gemini_setup.system.paths import folder, private_file_in_use
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import EntryStore, MemoryStore
from gemini_setup.vault.vault import Vault

if TYPE_CHECKING:
    from gemini_setup.vault.backends.plaintext import PrivateStore

__all__ = [
    "deliver_lock",
    "folder",
    "keyring_available",
    "keyring_store",
    "memory_vault",
    "open_index",
    "open_vault",
    "private_file_in_use",
    "private_store",
    "unlisted",
    "vault_lock",
]


def open_index() -> Index:
    """The list of profiles alone: it touches no keyring and cannot fail."""
    return Index(folder() / (paths.PRIVATE_INDEX if private_file_in_use() else paths.INDEX))


def open_vault() -> Vault:
    """The vault of this computer. VaultFault(MISSING) says in plain words why there is none. Asks nobody."""
    place = private_file_in_use()
    return Vault(private_store(place) if place else keyring_store(), open_index(), vault_lock())


def memory_vault() -> Vault:
    """A vault that leaves nothing behind: no file, no keyring."""
    return Vault(MemoryStore(), Index(None), VaultLock(None))


def keyring_available() -> bool:
    """Could this computer's keyring keep something now, perhaps after it is unlocked? Asks nobody, starts nothing."""
    try:
        store = keyring_store()
    except VaultFault:
        return False
    try:
        return store.is_there()
    finally:
        store.close()


def unlisted() -> tuple[str, ...]:
    """Profiles that are kept and that the list has lost. No secret is read, nobody is asked, nothing is started.

    Looked for only while the list does not show `default`. Empty also where the system cannot tell without reading.
    Raises VaultFault where our own folder cannot be looked into.
    """
    index = open_index()
    if index.profile("default") is not None:
        return ()
    try:
        vault = open_vault()
    except VaultFault:
        return ()
    try:
        return vault.unlisted()
    finally:
        vault.close()


def vault_lock() -> VaultLock:
    return VaultLock(folder() / "vault.lock")


def deliver_lock() -> VaultLock:
    return VaultLock(folder() / paths.DELIVER_LOCK)


def keyring_store() -> EntryStore:
    if sys.platform == "win32":
        from gemini_setup.vault.backends.credential_manager import CredentialManagerStore

        return CredentialManagerStore()
    if sys.platform == "darwin":
        from gemini_setup.vault.backends.keychain import KeychainStore

        return KeychainStore()
    from gemini_setup.vault.backends.secret_service import SecretServiceStore

    return SecretServiceStore().open()


def private_store(place: Path) -> PrivateStore:
    from gemini_setup.vault.backends.plaintext import PrivateStore

    return PrivateStore(place)
