"""Where there is no place to save to: said before anything is asked, with the ways out that this computer has."""

from __future__ import annotations

from collections.abc import Iterator

from gemini_setup.cli import output as say
from gemini_setup.model.outcomes import Fault
from gemini_setup.vault.faults import VaultFault


def missing() -> VaultFault | None:
    """Why nothing can be saved here; None where it can be, or where only trying will tell."""
    from gemini_setup.vault.factory import keyring_store, private_file_in_use

    if private_file_in_use() is not None:
        return None
    try:
        store = keyring_store()
    except VaultFault as error:
        return error if error.fault is Fault.MISSING else None
    store.close()
    return None


def warn(way: str) -> None:
    """`add`, at its start. `way` is how it was called, "studio" or "vertex"."""
    fault = missing()
    if fault is None:
        return
    say.tell(say.cli("no_place", why=say.told(fault)))
    for line in ways(way):
        say.tell(line, "  ")


def ways(way: str = "studio") -> Iterator[str]:
    """Each with the command to type, the nearest first."""
    from gemini_setup.usage.borrower import windows_program
    from gemini_setup.vault.factory import open_index
    from gemini_setup.vault.unavailable import surroundings

    here = surroundings()
    if here == "wsl":
        yield say.cli("way_windows" if windows_program() else "way_install_windows")
    if here in ("ssh", "container"):
        yield say.cli("way_agent")
    if (
        not open_index().profiles()
    ):  # else it would be refused: programs would no longer find what a keyring holds
        yield say.cli("way_plain", way=way)
    yield say.cli("way_variable")
    if here != "wsl":
        yield say.cli("way_keyring")


def told(error: Exception) -> str:
    """Why nothing can be read; where there is no keyring, with the ways out."""
    if not isinstance(error, VaultFault):
        return str(error)
    if error.fault is not Fault.MISSING:
        return say.told(error)
    return " ".join([say.told(error), *ways()])
