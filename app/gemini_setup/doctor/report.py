"""Who wins here: every place a Gemini credential can come from, which tool uses which, and what lies around it.

The report is safe to paste in public: secrets are masked to four characters, and names, mail addresses and home paths
are taken out.
"""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from gemini_setup.doctor import system_info as surroundings
from gemini_setup.doctor.precedence import Verdict, is_kept, verdicts
from gemini_setup.doctor.sources import FILES, Computer, Found, look, masked_file
from gemini_setup.doctor.system_info import Keyring, Way
from gemini_setup.model.credentials import Profile
from gemini_setup.security.redaction import mask_home, redact

__all__ = ["Computer", "Examination", "Found", "Keyring", "Verdict", "Way", "examine", "removal"]

#: A clock that is off by more is told; signed requests are refused at about five minutes.
CLOCK: Final = 60
_MAIL: Final = re.compile(r"\b([A-Za-z0-9])[A-Za-z0-9._%+-]*@([A-Za-z0-9])[A-Za-z0-9.-]*\.([a-z]{2,20})\b")


@dataclass(frozen=True)
class Examination:
    """All that was found. `way` is None where Google was not asked."""

    profiles: tuple[Profile, ...]
    found: tuple[Found, ...]
    verdicts: tuple[Verdict, ...]
    keyring: Keyring
    way: Way | None
    network: dict[str, str]
    versions: dict[str, str]
    mask: Mask

    @property
    def unused(self) -> bool:
        """Something is saved, and no tool here uses it."""
        return bool(self.profiles) and not any(verdict.kept for verdict in self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """`{"version":1, ...}`: masked, fit to be pasted in public."""
        mask = self.mask
        return {
            "version": 1,
            "profiles": [
                {
                    "profile": profile.name,
                    "kind": profile.kind.value if profile.kind else None,
                    "service": profile.service.value if profile.service else None,
                    "hint": profile.hint,
                    "outcome": profile.outcome.value if profile.outcome else None,
                    "cause": profile.cause,
                }
                for profile in self.profiles
            ],
            "places": [
                {
                    "place": one.place,
                    "name": one.name,
                    "where": mask(one.where),
                    "line": one.line or None,
                    "shown": mask(one.shown),
                    "kept": is_kept(one, self.profiles) if one.hint or one.place == "adc" else None,
                }
                for one in self.found
            ],
            "tools": [
                {
                    "tool": verdict.tool,
                    "wins": _named(verdict.source, mask),
                    "kept": verdict.kept,
                    "do": verdict.do,
                    "fix": mask(removal(verdict.source, mask.windows)) if verdict.kept is False else None,
                    "basis": verdict.basis,
                }
                for verdict in self.verdicts
            ],
            "keyring": {
                "store": mask(self.keyring.store),
                "fault": self.keyring.fault or None,
                "reason": self.keyring.reason or None,
                "warning": self.keyring.warning or None,
                "ignored_backend": self.keyring.ignored or None,
                "private_file": self.keyring.private_file,
            },
            "network": {
                "google": self.way.cause if self.way else None,
                "clock": self.way.clock if self.way else None,
                **{name: mask(value) for name, value in self.network.items()},
            },
            "versions": {name: mask(value) for name, value in self.versions.items()},
        }


class Mask:
    """Takes this person's names, mail addresses and home paths out of a text."""

    def __init__(self, computer: Computer, user: str = "", host: str = "") -> None:
        self.windows = computer.platform == "win32"
        self._home = str(computer.home)
        named = (computer.environ.get(name, "") for name in FILES)
        self._files = {path: masked_file(path) for path in named if os.path.isabs(path) and len(path) > 1}
        names = [name for name in (user, host, host.partition(".")[0]) if len(name) > 2 and name != "root"]
        self._names = [
            re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", re.I) for name in names
        ]

    def __call__(self, text: str) -> str:
        text = redact(text)
        for path, shown in self._files.items():
            text = text.replace(path, shown)
        text = mask_home(text, self._home)
        text = re.sub(
            r"([/\\]config_)(?!default\b)[a-z0-9-]+", r"\1…", text
        )  # gcloud's, named after a company
        text = _MAIL.sub(r"\1…@\2….\3", text)
        for name in self._names:
            text = name.sub("…", text)
        return text


def examine(
    computer: Computer, profiles: Iterable[Profile], *, way: Way | None = None, keyring: Keyring | None = None
) -> Examination:
    """Blocking: look everywhere. `way` is what `surroundings.way` said, None where Google is not to be asked."""
    kept = tuple(profiles)
    found = look(computer)
    return Examination(
        profiles=kept,
        found=tuple(found),
        verdicts=tuple(verdicts(found, kept, computer)),
        keyring=keyring or surroundings.keyring(computer.environ),
        way=way,
        network=surroundings.network_settings(computer.environ),
        versions=surroundings.versions(),
        mask=Mask(computer, _user(), socket.gethostname()),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _named(source: Found | None, mask: Mask) -> dict[str, Any] | None:
    if source is None:
        return None
    return {
        "place": source.place,
        "name": source.name,
        "where": mask(source.where),
        "line": source.line or None,
        "shown": mask(source.shown),
    }


def removal(source: Found | None, windows: bool = False) -> str:
    """The line that takes a thing out of the way: a command for a variable, else the file and its line."""
    if source is None:
        return ""
    if source.place == "environment":
        return f"Remove-Item Env:{source.name}" if windows else f"unset {source.name}"
    if source.place == "user-environment":
        if windows:
            return f"[Environment]::SetEnvironmentVariable('{source.name}', $null, 'User')"
        return f"launchctl unsetenv {source.name}"
    return f"{source.where}:{source.line}" if source.line else source.where
