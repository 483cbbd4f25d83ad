"""Tools that start `gemini-setup get` themselves: nothing of the key lies with them, and a rotation writes nothing.

The command is written with the path of our own file (`own_command`), as tools start it without a PATH and may refuse
links, and with the profile's name, so that no folder's choice changes what a tool gets.
"""

from __future__ import annotations

import os
import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gemini_setup.delivery.file_edit import DeliveryError
from gemini_setup.delivery.formats.base import Address, Form
from gemini_setup.delivery.tools.base import DeliveryOptions, FilePart, Part, Plain, key_of
from gemini_setup.model.credentials import Access
from gemini_setup.system import own_command

#: What would end a string, or mean something else, in one of the files that the path is written into.
_ODD = re.compile(r"""["'`\\$%{}\x00-\x1f]""")


def command(profile: str) -> list[str]:
    """How a tool starts us for a key. Raises DeliveryError."""
    path = own_command.path()
    if path is None:
        raise DeliveryError("no-own-command")
    if os.name == "nt":
        path = path.replace("\\", "/")  # a backslash means something else in every one of these files
    if _ODD.search(path):
        raise DeliveryError("odd-path", place=path)
    return [path, "get", profile]


def line(profile: str) -> str:
    """The same as one line for a shell, which has no double quotes in it."""
    return shlex.join(command(profile))


class Helped(Plain, ABC):
    """A tool that gets its key by our command."""

    helper = True

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        key_of(access, self.title)  # the tool asks Google itself, with a key of AI Studio
        path = self.path(wish, environ)
        return (FilePart(path, self.forms(path), self.values(wish.profile), secret=False),)

    def path(self, wish: DeliveryOptions, environ: Mapping[str, str]) -> Path:
        assert wish.file is not None, "the faces ask for it"
        return wish.file

    @abstractmethod
    def values(self, profile: str) -> Mapping[Address, Any]:
        """What stands where in the file."""

    @abstractmethod
    def forms(self, path: Path) -> Form:
        """How the file at `path` is edited."""
