"""Windows Credential Manager by keyring's own backend, made safe (keyring.md §2.3).

What differs, and why: one CredWrite that replaces in place (keyring first copies the old secret to `user@service` and
leaves it there), LOCAL_MACHINE (keyring's ENTERPRISE roams in a domain), no properties from the environment. Every
entry has a service of its own, so two users of one service never meet.
"""

from __future__ import annotations

from typing import Any

from keyring.backends.Windows import WinVaultKeyring

from gemini_setup.model.outcomes import Fault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.heads import PREFIX
from gemini_setup.vault.store import KeyringStore

LIMIT = 1200  # characters; Windows itself takes 2,560 bytes of UTF-16
NAME = "Windows Credential Manager"


class CredentialManager(WinVaultKeyring):
    priority = 0  # never chosen by keyring's own discovery in a program that imports us

    def __init__(self) -> None:
        """Not keyring's: it would take properties from the environment."""

    def set_password(self, service: str, username: str, password: str) -> None:
        windows: Any = self  # keyring's Windows module has no types
        windows.persist = "local machine"
        windows._set_password(service, username, password)
        # `keyring set` and others leave the former secret here when they overwrite.
        copy = windows._compound_name(username, service)
        if windows._read_credential(copy) is not None:
            windows._delete_password(copy)


_NO_LOGON = "this logon has no credential store (over SSH it never has one)"
_BY_NUMBER = {
    5: (Fault.DENIED, "Windows refused"),
    8: (Fault.FULL, "the store is full"),
    14: (Fault.FULL, "the store is full"),
    112: (Fault.FULL, "no room on the disk"),
    1312: (Fault.MISSING, _NO_LOGON),
    1450: (Fault.FULL, "the store is full"),
    1783: (Fault.FULL, "the entry is longer than Windows takes"),
    1816: (Fault.FULL, "the store is full"),
}


class CredentialManagerStore(KeyringStore):
    readers = "windows"

    def __init__(self) -> None:
        super().__init__(CredentialManager(), NAME, LIMIT)

    def is_there(self) -> bool:
        # A name that nothing of ours has: no secret can be in the answer.
        try:
            return self._read(f"{PREFIX}.", "") is None
        except Exception:  # noqa: BLE001 - whatever it is, nothing can be kept
            return False

    def _fault(self, error: Exception) -> VaultFault:
        number = getattr(error, "winerror", None)
        if number in _BY_NUMBER:
            fault, why = _BY_NUMBER[number]
            return VaultFault(fault, self.name, why, "no-logon" if fault is Fault.MISSING else "")
        if isinstance(error, NameError | ImportError):
            why = "this Python cannot reach the Credential Manager"
            return VaultFault(Fault.MISSING, self.name, why, "not-fit")
        what = f"error {number}" if isinstance(number, int) else type(error).__name__
        return VaultFault(Fault.GONE, self.name, f"an unexpected answer ({what})")
