"""llm: `keys.json` in its folder, under the name that llm-gemini asks for. Read from 0.36 and 0.35, and proven."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gemini_setup.delivery.formats.base import Form
from gemini_setup.delivery.formats.json_edit import Json
from gemini_setup.delivery.tools.base import DeliveryOptions, FilePart, Part, Plain, found, home, key_of
from gemini_setup.model.credentials import Access

NAME: Final = "gemini"


def folder(environ: Mapping[str, str]) -> Path:
    """As llm's user_dir() and click's get_app_dir()."""
    if environ.get("LLM_USER_PATH"):
        return Path(environ["LLM_USER_PATH"])
    if sys.platform == "win32":
        base = Path(environ.get("APPDATA") or home(environ))
    elif sys.platform == "darwin":
        base = home(environ) / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_CONFIG_HOME") or home(environ) / ".config")
    return base / "io.datasette.llm"


class Llm(Plain):
    id = "llm"
    title = "llm"  # what it keeps wins over variables
    _PROGRAM = "llm"

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        path = folder(environ) / "keys.json"
        return (FilePart(path, self.forms(path), {(NAME,): key_of(access, self.title)}),)

    def _folders(self, environ: Mapping[str, str]) -> tuple[Path, ...]:
        return (folder(environ),)

    def forms(self, path: Path) -> Form:
        return Json()

    def own_reader(self, environ: Mapping[str, str]) -> list[str] | None:
        program = found(self._PROGRAM, environ)
        return [program, "keys", "get", NAME] if program else None
