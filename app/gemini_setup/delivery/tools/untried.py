"""Tools that can ask our command for the key, and that could not be tried here: what to put where, to copy.

Nothing of them is written by us. `place` is a file, or the shell where the text is a command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gemini_setup.delivery.tools.helper import line


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    place: str
    text: str  # {command} is our own command for the profile, {profile} its name


TEXTS: Final[dict[str, Text]] = {
    "crush": Text(
        "Crush",
        "~/.config/crush/crush.json",
        '{{"providers": {{"gemini": {{"api_key": "$({command})"}}}}}}',
    ),
    "mods": Text("mods", "~/.config/mods/mods.yml", "apis:\n  google:\n    api-key-cmd: {command}\n"),
    "docker-sandboxes": Text(
        "Docker sandboxes", "", 'sbx secret set google --refresh on-demand --command "{command}"'
    ),
    "fnox": Text(
        "fnox",
        "fnox.toml",
        '[providers.gemini_setup]\ntype = "keychain"\nservice = "gemini-credentials:v1/{profile}.key"\n\n'
        '[secrets]\nGEMINI_API_KEY = {{ provider = "gemini_setup", value = "{profile}" }}\n',
    ),
    "goose": Text("Goose", "", "gemini-setup exec {profile} -- goose"),
    "antigravity": Text(  # told so, it reads GEMINI_API_KEY: gemini-setup exec -- agy
        "Antigravity CLI", "~/.gemini/antigravity-cli/settings.json", '{{"modelProvider": "gemini"}}'
    ),
}


def filled(tool: str, profile: str) -> str:
    """The text for a profile. Raises DeliveryError."""
    return TEXTS[tool].text.format(command=line(profile), profile=profile).rstrip("\n")
