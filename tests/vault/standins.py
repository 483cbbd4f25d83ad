"""Stand-ins for the keyrings of other systems, with the limits and traps that keyring.md §2.3 and §2.4 found."""

from __future__ import annotations

from typing import Any, cast

import keyring.backends.Windows
import pytest

from gemini_setup.vault.backends.credential_manager import CredentialManagerStore
from gemini_setup.vault.backends.keychain import KeychainStore, SecurityError, SecurityKeychain


class WindowsError(Exception):
    """pywintypes.error as keyring sees it."""

    def __init__(self, winerror: int, funcname: str, strerror: str) -> None:
        super().__init__(winerror, funcname, strerror)
        self.winerror, self.funcname, self.strerror = winerror, funcname, strerror


class CredentialManagerApi:
    """win32cred: one credential per target name, blobs of UTF-16 up to 2,560 bytes, no user in the name."""

    CRED_TYPE_GENERIC = 1
    CRED_PERSIST_SESSION, CRED_PERSIST_LOCAL_MACHINE, CRED_PERSIST_ENTERPRISE = 1, 2, 3
    error = WindowsError

    def __init__(self) -> None:
        self.credentials: dict[str, dict[str, Any]] = {}
        self.failing: int | None = None

    def _may_fail(self, function: str) -> None:
        if self.failing is not None:
            raise WindowsError(self.failing, function, "as the test wants it")

    def CredWrite(self, credential: dict[str, Any], flags: int) -> None:
        self._may_fail("CredWrite")
        blob = credential["CredentialBlob"].encode("utf-16-le")
        if len(blob) > 5 * 512:
            raise WindowsError(1783, "CredWrite", "The stub received bad data.")
        assert flags == 0
        self.credentials[credential["TargetName"].lower()] = {**credential, "CredentialBlob": blob}

    def CredRead(self, Type: int, TargetName: str) -> dict[str, Any]:  # noqa: N803 - their names
        self._may_fail("CredRead")
        if TargetName.lower() not in self.credentials:
            raise WindowsError(1168, "CredRead", "Element not found.")
        return dict(self.credentials[TargetName.lower()])

    def CredDelete(self, Type: int, TargetName: str) -> None:  # noqa: N803 - their names
        self._may_fail("CredDelete")
        if self.credentials.pop(TargetName.lower(), None) is None:
            raise WindowsError(1168, "CredDelete", "Element not found.")


def install_windows(monkeypatch: pytest.MonkeyPatch) -> CredentialManagerApi:
    """keyring's own Windows code on this stand-in."""
    api = CredentialManagerApi()
    monkeypatch.setattr(keyring.backends.Windows, "win32cred", api, raising=False)
    monkeypatch.setattr(keyring.backends.Windows, "pywintypes", api, raising=False)
    return api


def windows_store(monkeypatch: pytest.MonkeyPatch) -> CredentialManagerStore:
    install_windows(monkeypatch)
    return CredentialManagerStore()


def security_words(line: str) -> list[str]:
    """How `security -i` cuts a line into words: a backslash escapes everywhere, also inside either quote."""
    words: list[str] = []
    word, quote, started = "", "", False
    characters = iter(line)
    for character in characters:
        if character == "\\":
            word, started = word + next(characters, ""), True
        elif (quote and character == quote) or (not quote and character.isspace()):
            if started:
                words.append(word)
            word, quote, started = "", "", False
        elif not quote and not started and character in "\"'":
            quote, started = character, True
        else:
            word, started = word + character, True
    return [*words, word] if started else words


class Security:
    """`security -i` with one keychain: cuts lines at 4,095 bytes and runs the rest, answers hex for odd bytes."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.failing = 0
        self.lines: list[str] = []

    def run(self, text: str) -> tuple[int, str]:
        status, out = 0, ""
        for line in text.splitlines():
            for start in range(0, len(line), 4095):
                status, printed = self._command(line[start : start + 4095])
                out += printed
        return status, out

    def _command(self, line: str) -> tuple[int, str]:
        self.lines.append(line)
        if self.failing:
            return self.failing & 255, ""
        command, *rest = security_words(line)
        if command == "default-keychain":
            return 0, '    "login.keychain-db"\n'
        flags: dict[str, str | None] = {}
        while rest:
            name = rest.pop(0)
            takes = name in ("-s", "-a", "-l") or (name == "-w" and command.startswith("add"))
            flags[name] = rest.pop(0) if takes else None
        place = (str(flags["-s"]), str(flags["-a"]))
        if command == "add-generic-password":
            if place in self.items and "-U" not in flags:
                return -25299 & 255, ""
            self.items[place] = str(flags["-w"])
            return 0, ""
        if place not in self.items:
            return -25300 & 255, ""
        if command == "delete-generic-password":
            del self.items[place]
            return 0, "password has been deleted.\n"
        if "-w" not in flags:
            return 0, 'keychain: "login.keychain-db"\nattributes:\n'
        value = self.items[place]
        odd = any(not " " <= character <= "~" for character in value)
        return 0, (value.encode().hex() if odd else value) + "\n"


class KeychainOnStandIn(SecurityKeychain):
    def __init__(self, security: Security) -> None:
        super().__init__()
        self.security = security

    def _run(self, command: str) -> str:
        status, out = self.security.run(command)
        if status:
            raise SecurityError(status)
        return out


def keychain_store(security: Security | None = None) -> KeychainStore:
    store = KeychainStore()
    store._backend = cast(Any, KeychainOnStandIn(security or Security()))
    return store
