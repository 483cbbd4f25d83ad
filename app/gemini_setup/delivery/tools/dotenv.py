"""A project's `.env`: the variables of a tool, or those that conflict with none; and aider's, in the home folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gemini_setup.delivery.file_edit import DeliveryError, look
from gemini_setup.delivery.formats.base import ABSENT, Address, Form
from gemini_setup.delivery.formats.dotenv_edit import Dotenv
from gemini_setup.delivery.tools.base import DeliveryOptions, FilePart, NotForThisTool, Part, Plain, home
from gemini_setup.model.credentials import Access, ApiKey
from gemini_setup.usage.variables import narrowed


class DotenvFile(Plain):
    id = "dotenv"
    title = "a .env file"
    needs_file = True

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        path = self.path(wish, environ)
        if not isinstance(access.credential, ApiKey):
            raise NotForThisTool("dotenv_key")
        wanted = narrowed(access, self.variant(wish))
        assert wanted.secret, "an API key has a variable in every set"
        values: dict[Address, Any] = {(name,): value for name, value in wanted.plain.items()}
        values |= {(name,): access.credential.secret.reveal() for name in wanted.secret}
        part = FilePart(path, self.forms(path), values)
        if not wish.force:
            self._look(path, wanted.unset)
        return (part,)

    def path(self, wish: DeliveryOptions, environ: Mapping[str, str]) -> Path:
        assert wish.file is not None, "the faces ask for it"
        return wish.file

    def variant(self, wish: DeliveryOptions) -> str:
        return wish.variant

    def forms(self, path: Path) -> Form:
        return Dotenv()

    def shadows(self, parts: tuple[Part, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
        names = [name for part in parts if isinstance(part, FilePart) for (name,) in part.values]
        return tuple(name for name in names if environ.get(name))

    def _look(self, path: Path, unset: tuple[str, ...]) -> None:
        """Raises DeliveryError: the file itself sets what wins over the key."""
        text = look(path).text
        others = [name for name in unset if self.forms(path).get(text, (name,)) is not ABSENT]
        if others:
            raise DeliveryError("shadowed", place=str(path), names=", ".join(others))


class Aider(DotenvFile):
    """aider loads `.env` of the home folder first, then those of the repository and of the folder, which win."""

    id = "aider"
    title = "aider"
    _PROGRAM = "aider"
    needs_file = False

    def path(self, wish: DeliveryOptions, environ: Mapping[str, str]) -> Path:
        return home(environ) / ".env"

    def variant(self, wish: DeliveryOptions) -> str:
        return "aider"

    def shadows(self, parts: tuple[Part, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
        return ()  # what its .env says wins over the environment
