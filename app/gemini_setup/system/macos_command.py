"""Put the command of a bundle for macOS where a shell finds it, and take it away again: a link, and nothing else.

The window's program lies in `Gemini Setup.app/Contents/MacOS`, where nobody's PATH leads. Never asks for rights, never
writes into a file of the person's shell, never touches a file that is not such a link.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Final

NAME: Final = "gemini-setup"
#: In every shell's PATH on macOS (/etc/paths); most often root's, and then left alone.
SHARED: Final = Path("/usr/local/bin")


class Found(StrEnum):
    """What lies at a place for the link."""

    NOTHING = "nothing"
    OURS = "ours"  # a link to this very program
    OTHER_COPY = "other-copy"  # a link to another Gemini Setup.app, or to one that is gone
    FOREIGN = "foreign"


class Refused(Exception):
    """Nothing was changed. `reason`: "moved" (the program does not lie where it will stay), "foreign", "failed".

    `place` is the link's; `why` what the system said, for "failed".
    """

    def __init__(self, reason: str, place: Path | None = None, why: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place
        self.why = why


@dataclass(frozen=True, slots=True)
class Linked:
    """`on_path`: every new shell finds it there; else the person has to add the folder."""

    place: Path
    command: Path
    on_path: bool


def bundled() -> Path | None:
    """The command in the bundle that is running; None where there is no such bundle."""
    system: str = sys.platform
    if system != "darwin" or not getattr(sys, "frozen", False):
        return None
    command = Path(sys.executable).with_name(NAME)
    return command if command.is_file() else None


def places(home: Path, shared: Path | None = None) -> list[Path]:
    """Where the link may lie, best first: what may be written without rights and is on PATH, else the person's own."""
    shared, own = shared or SHARED, home / ".local" / "bin"
    folders = [shared, own] if os.access(shared, os.W_OK | os.X_OK) else [own]
    return [folder / NAME for folder in folders]


def look(place: Path, command: Path) -> Found:
    """What lies there. Reads the link alone, never what it leads to."""
    try:
        target = PurePath(os.readlink(place))
    except (FileNotFoundError, NotADirectoryError):
        return Found.NOTHING
    except OSError:
        return Found.FOREIGN  # a file, a folder, or what may not be read
    if target == PurePath(command):
        return Found.OURS
    bundle = target.parts[-4:]
    named = len(bundle) == 4 and bundle[0].endswith(".app") and bundle[1:] == ("Contents", "MacOS", NAME)
    return Found.OTHER_COPY if named else Found.FOREIGN


def will_stay(command: Path) -> bool:
    """Not in a disk image, and not where macOS starts a downloaded program that was not moved (App Translocation)."""
    parts = command.parts
    return "AppTranslocation" not in parts and parts[:2] != ("/", "Volumes")


def link(command: Path, home: Path, shared: Path | None = None) -> Linked:
    """Make the link, in place of one to another copy. Raises Refused; then nothing was changed."""
    if not will_stay(command):
        raise Refused("moved")
    place = places(home, shared)[0]
    found = look(place, command)
    if found is Found.FOREIGN:
        raise Refused("foreign", place)
    try:
        if found is Found.OTHER_COPY:
            place.unlink()
        if found is not Found.OURS:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(command)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(place):  # has come meanwhile
            raise Refused("foreign", place) from None
        raise Refused("failed", place, error.strerror or "") from None
    return Linked(place, command, on_path=place.parent == (shared or SHARED))


def linked(command: Path, home: Path, shared: Path | None = None) -> list[Path]:
    """The links to this program or another copy of it, in all places."""
    wanted = (Found.OURS, Found.OTHER_COPY)
    folders: Sequence[Path] = (shared or SHARED, home / ".local" / "bin")
    return [place for folder in folders if look(place := folder / NAME, command) in wanted]


def unlink(command: Path, home: Path, shared: Path | None = None) -> list[Path]:
    """Take the links away; those that were there. Raises Refused ("failed") at the first that could not be."""
    found = linked(command, home, shared)
    for place in found:
        try:
            place.unlink(missing_ok=True)
        except OSError as error:
            raise Refused("failed", place, error.strerror or "") from None
    return found


def path_line(shell: str) -> str:
    """The command that puts `~/.local/bin` on the PATH of new shells; `shell` as SHELL has it, zsh where it is empty."""
    name = PurePath(shell).name
    if name == "fish":
        return "fish_add_path ~/.local/bin"
    profile = {"bash": ".bash_profile", "sh": ".profile"}.get(name, ".zprofile")
    return f"""echo 'export PATH="$HOME/.local/bin:$PATH"' >> ~/{profile}"""
