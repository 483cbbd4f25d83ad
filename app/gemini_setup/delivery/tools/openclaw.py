"""OpenClaw: a provider of secrets in `openclaw.json` that starts our command, and Google's key taken from it.

Read from 2026.9.6 and proven. It starts the command with `HOME` and the variables named in `passEnv`, and no PATH.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gemini_setup.delivery.formats.base import Address, Form
from gemini_setup.delivery.formats.json_edit import Json
from gemini_setup.delivery.tools.base import DeliveryOptions, home
from gemini_setup.delivery.tools.helper import Helped, command

PROVIDER: Final = "gemini_setup"
#: What the command needs of the session, where the system's own way to find it does not do.
PASSED: Final = ("HOME", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_DATA_HOME")


class Openclaw(Helped):
    id = "openclaw"
    title = "OpenClaw"
    _PROGRAM = "openclaw"

    def path(self, wish: DeliveryOptions, environ: Mapping[str, str]) -> Path:
        named = environ.get("OPENCLAW_CONFIG_PATH")
        return Path(named) if named else self._folders(environ)[0] / "openclaw.json"

    def values(self, profile: str) -> Mapping[Address, Any]:
        program, *arguments = command(profile)
        provider = {
            "source": "exec",
            "command": program,
            "args": arguments,
            "passEnv": list(PASSED),
            "jsonOnly": False,
            "timeoutMs": 5000,
        }
        return {
            ("secrets", "providers", PROVIDER): provider,
            ("models", "providers", "google", "apiKey"): {
                "source": "exec",
                "provider": PROVIDER,
                "id": "value",
            },
        }

    def forms(self, path: Path) -> Form:
        return Json(comments=True)

    def _folders(self, environ: Mapping[str, str]) -> tuple[Path, ...]:
        own = environ.get("OPENCLAW_STATE_DIR")
        return (Path(own) if own else home(environ) / ".openclaw",)
