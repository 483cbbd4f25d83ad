"""Which store this computer has: one per system, fixed here. No discovery, no configuration, nothing to
fall back to.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gemini_setup.vault.index import Index
from gemini_setup.vault.keeping import Vault
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import MemoryStore, Store


def folder() -> Path:
    """Ours, for the index and the lock; not made before something is written."""
    from platformdirs import user_data_path

    return user_data_path("gemini-setup", appauthor=False)


def open_index() -> Index:
    """The list of profiles alone: it touches no keyring and cannot fail."""
    return Index(folder() / "profiles.json")


def open_vault() -> Vault:
    """The vault of this computer. VaultFault(MISSING) says in plain words why there is none. Asks nobody."""
    return Vault(_store(), open_index(), VaultLock(folder() / "vault.lock"))


def _store() -> Store:
    if sys.platform == "win32":
        from gemini_setup.vault.windows import CredentialManagerStore

        return CredentialManagerStore()
    if sys.platform == "darwin":
        from gemini_setup.vault.macos import KeychainStore

        return KeychainStore()
    from gemini_setup.vault.linux import SecretServiceStore

    return SecretServiceStore().open()


def memory_vault() -> Vault:
    """A vault that leaves nothing behind: no file, no keyring."""
    return Vault(MemoryStore(), Index(None), VaultLock(None))
