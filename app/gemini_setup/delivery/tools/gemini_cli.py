"""Gemini CLI: its entry in the keychain, written as its library keytar does, and how it signs in, in its settings.

Read from version 0.61.0: `apiKeyCredentialStorage.ts`, `keychainService.ts`, `settings.ts` (it takes comments out of
settings.json). Proven by `make interop` on Linux; elsewhere it is not delivered to.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gemini_setup.delivery.file_edit import DeliveryError
from gemini_setup.delivery.formats.base import Form
from gemini_setup.delivery.formats.json_edit import Json
from gemini_setup.delivery.tools.base import (
    DeliveryOptions,
    FilePart,
    KeychainPart,
    Part,
    Plain,
    home,
    key_of,
)
from gemini_setup.model.credentials import Access

SERVICE: Final = "gemini-cli-api-key"
ACCOUNT: Final = "default-api-key"
SELECTED: Final = ("security", "auth", "selectedType")


class GeminiCli(Plain):
    id = "gemini-cli"
    title = "Gemini CLI"
    _PROGRAM = "gemini"
    # A key in the environment is taken before the one in the keychain; the last two send it differently or elsewhere.
    _WINS = (
        "GEMINI_API_KEY",
        "GOOGLE_GEMINI_BASE_URL",
        "GEMINI_API_KEY_AUTH_MECHANISM",
        "GEMINI_FORCE_FILE_STORAGE",
    )

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        key = key_of(access, self.title)
        if not sys.platform.startswith("linux"):
            raise DeliveryError("not-here", tool=self.title)
        entry = {
            "serverName": ACCOUNT,
            "token": {"accessToken": key, "tokenType": "ApiKey"},
            "updatedAt": int(time.time() * 1000),
        }
        (folder,) = self._folders(environ)
        settings = folder / "settings.json"
        return (
            KeychainPart(SERVICE, ACCOUNT, json.dumps(entry, separators=(",", ":")), key),
            FilePart(settings, self.forms(settings), {SELECTED: "gemini-api-key"}, secret=False),
        )

    def _folders(self, environ: Mapping[str, str]) -> tuple[Path, ...]:
        return (Path(environ.get("GEMINI_CLI_HOME") or home(environ)) / ".gemini",)

    def forms(self, path: Path) -> Form:
        return Json(comments=True)

    def essence(self, text: str) -> str:
        try:
            found: Any = json.loads(text)
            return str(found["token"]["accessToken"])
        except (ValueError, KeyError, TypeError):
            return text
