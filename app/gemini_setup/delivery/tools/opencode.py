"""opencode: `auth.json` in its data folder (XDG on every system), read from version 1.18.33, and proven."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gemini_setup.delivery.formats.base import Form
from gemini_setup.delivery.formats.json_edit import Json
from gemini_setup.delivery.tools.base import DeliveryOptions, FilePart, Part, Plain, home, key_of
from gemini_setup.model.credentials import Access


class Opencode(Plain):
    id = "opencode"
    title = "opencode"
    _PROGRAM = "opencode"

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        (folder,) = self._folders(environ)
        path = folder / "auth.json"
        value = {"type": "api", "key": key_of(access, self.title)}
        return (FilePart(path, self.forms(path), {("google",): value}),)

    def _folders(self, environ: Mapping[str, str]) -> tuple[Path, ...]:
        base = Path(environ.get("XDG_DATA_HOME") or home(environ) / ".local" / "share")
        return (base / "opencode",)

    def forms(self, path: Path) -> Form:
        return Json()
