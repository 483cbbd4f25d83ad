"""The name of a saved profile: another one, and which of them programs read that ask for none."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from gemini_setup.system.paths import private_file_in_use
from gemini_setup.vault import relocation
from gemini_setup.vault.factory import deliver_lock
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

if TYPE_CHECKING:
    from gemini_setup.vault.vault import Vault


def rename(vault: Vault, old: str, new: str, apart: str = "", *, environ: Mapping[str, str]) -> str:
    """Blocking: save `old` as `new`, and what was saved as `new` as `apart`. Connected tools stay with their credential.

    Returns "", or why nothing was changed: "taken" or "unfinished" (`relocation.rename`). Raises NoSuchProfile and
    VaultFault; what was begun is then finished by trying again, or by the next start.
    """
    from gemini_setup import delivery

    with deliver_lock().held():  # nothing is connected, disconnected, or removed meanwhile
        why = relocation.rename(vault, old, new, apart, partial(_carry_tools, vault))
    for name in filter(None, (new, apart) if not why else ()):
        with suppress(VaultFault, NoSuchProfile, OSError):  # as after a rotation: `behind` finds what is left
            delivery.follow(vault, name, environ=environ)  # a tool may know the profile by its name
    return why


def finish_rename(vault: Vault) -> None:
    """Blocking, at the start of a program: carry out what a killed `rename` has left. Raises VaultFault."""
    with deliver_lock().held():
        relocation.finish(vault, partial(_carry_tools, vault))


def _carry_tools(vault: Vault, old: str, new: str) -> None:
    from gemini_setup import delivery

    delivery.rename(vault, old, new, private=private_file_in_use() is not None)
