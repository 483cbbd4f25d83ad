"""The macOS login keychain through Apple's own `security`, so that other tools read without a dialog (keyring.md §2.4).

An item belongs to the program that wrote it last: written by Python, every other program would be asked for the login
password. So keyring's backend is kept for its shape, and its three operations run `/usr/bin/security -i`, the command
on its standard input: no secret is ever an argument. Its error output is read for nothing and shown nowhere.
"""

from __future__ import annotations

import subprocess
from typing import Final, cast

from keyring.backends.macOS import Keyring
from keyring.errors import PasswordDeleteError

from gemini_setup.model.outcomes import Fault
from gemini_setup.security.process import is_attended
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.heads import CURRENT, service_name
from gemini_setup.vault.store import KeyringStore

LIMIT = 3500  # characters of one entry
LINE = 4000  # bytes of one escaped line; past 4,095 `security` runs the rest as another command
NAME = "macOS Keychain (login)"
TOOL: Final = "/usr/bin/security"
UNATTENDED: Final = 60.0  # seconds for a password dialog where nobody may be there to see it


class SecurityError(Exception):
    """`security` ended with this status: the lowest byte of the system's error number."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def quoted(text: str) -> str:
    """One argument for `security -i`, whose parser takes a backslash as an escape inside any quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def line(*words: str) -> str:
    """The whole line. Raises ValueError before anything is run if it is too long or more than one line."""
    text = " ".join(words)
    if len(text.encode()) > LINE or not text.isascii() or not text.isprintable():
        raise ValueError("a command that `security` would not take as one line")
    return text


def _item(service: str, user: str) -> str:
    return f"-s {quoted(service)} -a {quoted(user)}"


def adding(service: str, user: str, text: str) -> str:
    label = quoted(f"Gemini credential ({user})")
    return line("add-generic-password -U", _item(service, user), "-l", label, "-w", quoted(text))


_ABSENT = 44  # errSecItemNotFound, -25300


class SecurityKeychain(Keyring):
    priority = 0  # never chosen by keyring's own discovery in a program that imports us

    def __init__(self, tool: str = TOOL) -> None:
        # Not keyring's: it would take properties from the environment.
        self._tool = tool

    def set_password(self, service: str, username: str, password: str) -> None:
        self._run(adding(service, username, password))

    def get_password(self, service: str, username: str) -> str | None:
        try:
            out = self._run(line("find-generic-password", _item(service, username), "-w"))
        except SecurityError as error:
            if error.status == _ABSENT:
                return None
            raise
        return out.removesuffix("\n")

    def delete_password(self, service: str, username: str) -> None:
        try:
            self._run(line("delete-generic-password", _item(service, username)))
        except SecurityError as error:
            if error.status == _ABSENT:
                raise PasswordDeleteError("No such password!") from None
            raise

    def has(self, service: str, username: str) -> bool:
        """Is there such an item? Looks at attributes only."""
        return self._succeeds(line("find-generic-password", _item(service, username)))

    def has_default(self) -> bool:
        return self._succeeds("default-keychain")

    def _succeeds(self, command: str) -> bool:
        try:
            self._run(command)
        except (SecurityError, OSError):
            return False
        return True

    def _run(self, command: str) -> str:
        # The system may ask the person to unlock, and waits as long as they type; but not where nobody may be there.
        limit = None if is_attended() else UNATTENDED
        done = subprocess.run(
            [self._tool, "-i"],
            input=command.encode() + b"\n",
            capture_output=True,
            check=False,
            timeout=limit,
        )
        if done.returncode:
            raise SecurityError(done.returncode)
        return done.stdout.decode("ascii", "replace")


# The lowest byte of an OSStatus is all that an exit status carries (-25293 -> 51).
_BY_STATUS = {
    -25291 & 255: (Fault.MISSING, "no keychain is available"),
    -25294 & 255: (Fault.MISSING, "there is no login keychain"),
    -25307 & 255: (Fault.MISSING, "there is no default keychain"),
    -25293 & 255: (Fault.LOCKED, "the keychain was not unlocked"),
    -25308 & 255: (Fault.LOCKED, "the keychain is locked and this session cannot ask for its password"),
    -128 & 255: (Fault.LOCKED, "the unlock prompt was dismissed"),
    -25292 & 255: (Fault.DENIED, "the keychain is read-only"),
    -61 & 255: (Fault.DENIED, "the keychain cannot be written"),
    -25244 & 255: (Fault.DENIED, "the item belongs to another program"),
    -67030 & 255: (Fault.DENIED, "the item belongs to another program"),
    -34 & 255: (Fault.FULL, "no room on the disk"),
}


class KeychainStore(KeyringStore):
    readers = "macos"

    def __init__(self, tool: str = TOOL) -> None:
        super().__init__(SecurityKeychain(tool), NAME, LIMIT)

    @property
    def _keychain(self) -> SecurityKeychain:
        return cast(SecurityKeychain, self._backend)

    def is_there(self) -> bool:
        return self._keychain.has_default()

    def is_open(self) -> bool:
        return False  # to find out, macOS may ask the person to unlock it

    def found(self) -> frozenset[str]:
        # Only `default`, by name: without -w the item's attributes are shown and nobody is asked for a password.
        name = "default"
        return frozenset({name} if self._keychain.has(service_name(name, CURRENT), name) else ())

    def fits(self, entry: str, profile: str, text: str) -> bool:
        if not super().fits(entry, profile, text):
            return False
        try:
            adding(service_name(profile, entry), profile, text)
        except ValueError:
            return False
        return True

    def _fault(self, error: Exception) -> VaultFault:
        if isinstance(error, SecurityError):
            fault, why = _BY_STATUS.get(error.status, (Fault.GONE, f"security ended with {error.status}"))
            return VaultFault(fault, self.name, why, "no-keychain" if fault is Fault.MISSING else "")
        if isinstance(error, subprocess.TimeoutExpired):
            return VaultFault(
                Fault.LOCKED, self.name, "the keychain asked for its password, and nobody answered"
            )
        if isinstance(error, FileNotFoundError | PermissionError):
            return VaultFault(Fault.MISSING, self.name, "Apple's `security` tool cannot be run", "not-fit")
        return super()._fault(error)
