"""What the registry knows of a tool: which places a credential takes there, and what would win over it. No writing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gemini_setup.delivery.file_edit import DeliveryError
from gemini_setup.delivery.formats.base import Address, Form
from gemini_setup.model.credentials import Access, ApiKey, Service
from gemini_setup.system import programs
from gemini_setup.usage.variables import NotForThisTool

__all__ = [
    "DeliveryError",
    "DeliveryOptions",
    "FilePart",
    "KeychainPart",
    "NotForThisTool",
    "Part",
    "Tool",
    "found",
    "home",
    "key_of",
]


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """What the person asked for: `file` only of tools that need one, `variant` the tool whose variables it gets.

    `profile` is named in the settings of a tool that starts our command.
    """

    file: Path | None = None
    variant: str = ""
    force: bool = False
    profile: str = "default"


@dataclass(frozen=True, slots=True)
class FilePart:
    """Values to be put into a file. `secret`: they are to be hidden, and the file is plain text."""

    path: Path
    form: Form
    values: Mapping[Address, Any] = field(repr=False)
    secret: bool = True


@dataclass(frozen=True, slots=True)
class KeychainPart:
    """An entry of keytar's in the Secret Service. `text` is what is written, `essence` what makes it ours."""

    service: str
    account: str
    text: str = field(repr=False)
    essence: str = field(repr=False)


Part = FilePart | KeychainPart


class Tool(Protocol):
    """One module per tool. `id` is what `deliver` takes, `title` what people call it."""

    id: str
    title: str
    needs_file: bool
    helper: bool  # it starts our command for the key, so nothing of the key lies with it

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        """Where this credential goes. Raises NotForThisTool, DeliveryError."""

    def forms(self, path: Path) -> Form:
        """How a file of the tool is read, for taking a value out again."""

    def essence(self, text: str) -> str:
        """Of an entry of the keychain: the credential in it."""

    def shadows(self, parts: tuple[Part, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
        """Variables that are set here and would win over what is delivered."""

    def own_reader(self, environ: Mapping[str, str]) -> list[str] | None:
        """A command of the tool itself that prints what it reads there; None where it has none or is not installed."""

    def is_here(self, environ: Mapping[str, str]) -> bool:
        """Whether it is found on this computer. Starts nothing."""

    def replaces(self, place: str) -> bool:
        """Whether this place is one of an earlier version's, to be given up for today's."""


class Plain:
    """What most tools have in common."""

    id = ""
    title = ""
    needs_file = False
    helper = False
    _WINS: tuple[str, ...] = ()
    _PROGRAM = ""

    def essence(self, text: str) -> str:
        return text

    def shadows(self, parts: tuple[Part, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(name for name in self._WINS if environ.get(name))

    def own_reader(self, environ: Mapping[str, str]) -> list[str] | None:
        return None

    def is_here(self, environ: Mapping[str, str]) -> bool:
        return bool(self._PROGRAM) and (
            found(self._PROGRAM, environ) is not None
            or any(os.path.isdir(path) for path in self._folders(environ))
        )

    def replaces(self, place: str) -> bool:
        return False

    def _folders(self, environ: Mapping[str, str]) -> tuple[Path, ...]:
        """Folders of its own: a program that a desktop's short PATH does not have has left one there."""
        return ()


def found(program: str, environ: Mapping[str, str]) -> str | None:
    """A program on the PATH, or where pipx and uv put one: a desktop's own PATH often lacks that folder."""
    return programs.found(program, environ, beside=(str(home(environ) / ".local" / "bin"),))


def key_of(access: Access, title: str) -> str:
    """The API key of AI Studio, for a tool that takes nothing else and asks Google itself. Raises NotForThisTool."""
    if access.service is not Service.STUDIO or not isinstance(access.credential, ApiKey):
        raise NotForThisTool("tool_key", tool=title)
    if access.endpoints.gemini:
        raise NotForThisTool("tool_endpoint", tool=title)
    return access.credential.secret.reveal()


def home(environ: Mapping[str, str]) -> Path:
    if sys.platform == "win32":
        return Path(environ.get("USERPROFILE") or os.path.expanduser("~"))
    return Path(environ.get("HOME") or os.path.expanduser("~"))
