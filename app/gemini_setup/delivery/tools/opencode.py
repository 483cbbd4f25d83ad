"""opencode: a plugin file in its configuration that asks our command for the key whenever opencode starts.

Read from version 1.18.33 and proven. Until 0.1 the key itself stood in its `auth.json`, as plain text: what was delivered
so still follows and is taken away, and connecting it again takes it away there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gemini_setup.delivery.formats.base import Address, Form, Whole
from gemini_setup.delivery.formats.json_edit import Json
from gemini_setup.delivery.tools.base import DeliveryOptions, FilePart, Part, home, key_of
from gemini_setup.delivery.tools.helper import Helped, command
from gemini_setup.model.credentials import Access

_OLD = "auth.json"
_PLUGIN = """\
// Written by Gemini Setup (gemini-setup connect opencode). It holds no key: opencode asks for it when it starts.
// To take it away: gemini-setup disconnect opencode
import {{ execFileSync }} from "node:child_process";

export const GeminiSetup = async () => ({{
  config: async (config) => {{
    const stdio = ["ignore", "pipe", "inherit"];
    const key = execFileSync({program}, {arguments}, {{ encoding: "utf8", stdio, timeout: 20000 }}).trim();
    config.provider ??= {{}};
    const google = (config.provider.google ??= {{}});
    google.options = {{ ...google.options, apiKey: key }};
  }},
}});
"""


class Opencode(Helped):
    id = "opencode"
    title = "opencode"
    _PROGRAM = "opencode"

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        if wish.file is not None and self.replaces(str(wish.file)):  # it was delivered by an earlier version
            value = {"type": "api", "key": key_of(access, self.title)}
            return (FilePart(wish.file, self.forms(wish.file), {("google",): value}),)
        return super().parts(access, wish, environ)

    def path(self, wish: DeliveryOptions, environ: Mapping[str, str]) -> Path:
        return self._folders(environ)[0] / "plugin" / "gemini-setup.js"

    def values(self, profile: str) -> Mapping[Address, Any]:
        program, *arguments = command(profile)
        text = _PLUGIN.format(program=json.dumps(program), arguments=json.dumps(arguments))
        return {(): text}

    def forms(self, path: Path) -> Form:
        return Json() if self.replaces(str(path)) else Whole()

    def replaces(self, place: str) -> bool:
        return Path(place).name == _OLD

    def _folders(self, environ: Mapping[str, str]) -> tuple[Path, ...]:
        config = Path(environ.get("XDG_CONFIG_HOME") or home(environ) / ".config")
        data = Path(environ.get("XDG_DATA_HOME") or home(environ) / ".local" / "share")
        return config / "opencode", data / "opencode"
