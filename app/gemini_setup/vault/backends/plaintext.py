"""The private file: entries as plain text in a folder that only this account can open (DESIGN §4, "Backends").

Never chosen by the program: only where a person said so (`plaintext.choose_private_file`). One file per entry, named
like its service (`gemini-credentials-v1.<profile>.<entry>`), its text and nothing else in it; 0600 in a 0700 folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from pathlib import Path
from typing import Final

from gemini_setup.model.credentials import PROFILE_NAME
from gemini_setup.model.outcomes import Fault
from gemini_setup.system import atomic_file, owned_folder
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.heads import CURRENT, PREFIX, PREVIOUS, plain_file
from gemini_setup.vault.store import EntryStore

LIMIT: Final = 16_000  # characters of one entry, as on Linux
NAME: Final = "a plain-text file"

_FILE = re.compile(rf"gemini-credentials-v1\.({PROFILE_NAME})\.([a-z0-9.]+)")
_STASHED = re.compile(r"undo\.[0-9a-f]{16}")


def make(folder: Path) -> None:
    """Make the folder: this is the choice of the private file. No error if it is there. Raises VaultFault."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        with owned_folder.opened(folder) as place:
            place.settle()
        atomic_file.settle(folder.parent)
    except Exception as error:  # noqa: BLE001 - the store's own words for whatever it is
        raise fault_of(error) from None


class PrivateStore(EntryStore):
    """Entries in files of the folder `folder`, which is never made here: without it every call is a fault."""

    readers = "file"

    def __init__(self, folder: Path) -> None:
        super().__init__(NAME, LIMIT)
        self._folder = folder

    @property
    def file(self) -> str:  # type: ignore[override]  # a plain attribute elsewhere
        return str(self._folder)

    def found(self) -> frozenset[str]:
        try:
            with owned_folder.opened(self._folder) as place:
                matches = (_FILE.fullmatch(name) for name in place.names())
                # What a delivery left there (`undo.*`) outlives the profile.
                return frozenset(match[1] for match in matches if match and match[2] in (CURRENT, PREVIOUS))
        except Exception as error:  # noqa: BLE001 - as every other call
            raise fault_of(error) from None

    def stashed(self) -> list[tuple[str, str]]:
        """What deliveries have put here (`stash`): each one's profile, which may be removed by now, and entry."""
        try:
            with owned_folder.opened(self._folder) as place:
                matches = (_FILE.fullmatch(name) for name in sorted(place.names()))
                return [(match[1], match[2]) for match in matches if match and _STASHED.fullmatch(match[2])]
        except Exception as error:  # noqa: BLE001 - as every other call
            raise fault_of(error) from None

    def tidy(self) -> None:
        try:
            with owned_folder.opened(self._folder) as place:
                for name in place.names():
                    if name.endswith(owned_folder.NEW) and _FILE.fullmatch(
                        name.removesuffix(owned_folder.NEW)
                    ):
                        place.drop(name)
        except Exception as error:  # noqa: BLE001 - as every other call
            raise fault_of(error) from None

    def _set(self, service: str, user: str, text: str) -> None:
        with owned_folder.opened(self._folder) as place:
            place.write(_file_of(service, user), text)

    def _read(self, service: str, user: str) -> str | None:
        with owned_folder.opened(self._folder) as place:
            return place.read(_file_of(service, user))

    def _drop(self, service: str, user: str) -> None:
        with owned_folder.opened(self._folder) as place:
            place.drop(_file_of(service, user))

    def _fault(self, error: Exception) -> VaultFault:
        return fault_of(error)


def _file_of(service: str, user: str) -> str:
    profile, _, entry = service.removeprefix(PREFIX).partition(".")
    name = plain_file(profile, entry)
    if profile != user or _FILE.fullmatch(name) is None:
        raise ValueError("not an entry of ours")
    return name


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_USE = {5, 32}  # Windows: another program has the file open at this moment


def fault_of(error: Exception) -> VaultFault:
    """Whatever files raise, as a fault. Never with a text that was read."""
    if isinstance(error, VaultFault):
        return error
    if isinstance(error, owned_folder.Unsafe):
        return VaultFault(Fault.DENIED, NAME, str(error), "unsafe-file")
    if isinstance(error, owned_folder.NotThere):
        return VaultFault(Fault.GONE, NAME, "the folder of the private file is no longer there")
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        if error.errno in _FULL:
            return VaultFault(Fault.FULL, NAME, "no room on the disk", "disk")
        if getattr(error, "winerror", None) in _IN_USE:
            return VaultFault(Fault.GONE, NAME, "the file is in use by another program")
        if error.errno in _DENIED:
            return VaultFault(Fault.DENIED, NAME, why, "no-folder")
        return VaultFault(Fault.GONE, NAME, why)
    return VaultFault(Fault.GONE, NAME, f"an unexpected answer ({type(error).__name__})")
