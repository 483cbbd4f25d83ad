"""pi: `auth.json` in its folder, where a key may be a command (`!`). Read from 1.6.0, and proven."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gemini_setup.delivery.formats.base import Address, Form
from gemini_setup.delivery.formats.json_edit import Json
from gemini_setup.delivery.tools.base import DeliveryOptions, home
from gemini_setup.delivery.tools.helper import Helped, line


class Pi(Helped):
    id = "pi"
    title = "pi"  # what it keeps wins over GEMINI_API_KEY
    _PROGRAM = "pi"

    def path(self, wish: DeliveryOptions, environ: Mapping[str, str]) -> Path:
        (folder,) = self._folders(environ)
        return folder / "auth.json"

    def values(self, profile: str) -> Mapping[Address, Any]:
        return {("google",): {"type": "api_key", "key": f"!{line(profile)}"}}

    def forms(self, path: Path) -> Form:
        return Json()

    def _folders(self, environ: Mapping[str, str]) -> tuple[Path, ...]:
        own = environ.get("PI_CODING_AGENT_DIR")
        return (Path(own) if own else home(environ) / ".pi" / "agent",)
