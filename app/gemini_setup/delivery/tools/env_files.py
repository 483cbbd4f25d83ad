"""Tools that read a project's file in which a line may call a command: direnv, dotenvx, mise, varlock.

Each is told what it needs to know to start `gemini-setup`, and holds nothing of the key itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gemini_setup.delivery.formats.base import Address, Form
from gemini_setup.delivery.formats.line_edit import Lines
from gemini_setup.delivery.formats.toml_edit import Toml
from gemini_setup.delivery.tools.helper import Helped, command, line

NAME: Final = "GEMINI_API_KEY"
_SET: Final = r"[ \t]*(?:export[ \t]+)?NAME[ \t]*="


class _EnvFile(Helped):
    needs_file = True

    def shadows(self, parts: tuple[Any, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
        return ()

    def forms(self, path: Path) -> Form:
        return Lines(_SET)


class Direnv(_EnvFile):
    """`.envrc` is a program of bash: it takes all variables of `env`, and unsets what would win over them."""

    id = "direnv"
    title = "direnv"
    _PROGRAM = "direnv"

    def values(self, profile: str) -> Mapping[Address, Any]:
        path, _, name = command(profile)
        return {("gemini-setup",): f'eval "$({shlex.join([path, "env", name, "--shell", "bash"])})"'}

    def forms(self, path: Path) -> Form:
        return Lines(r'[ \t]*eval "\$\([^\r\n]*NAME[^\r\n]* env ')


class Dotenvx(_EnvFile):
    id = "dotenvx"
    title = "dotenvx"
    _PROGRAM = "dotenvx"

    def values(self, profile: str) -> Mapping[Address, Any]:
        return {(NAME,): f'{NAME}="$({line(profile)})"'}


class Varlock(_EnvFile):
    id = "varlock"
    title = "varlock"
    _PROGRAM = "varlock"

    def values(self, profile: str) -> Mapping[Address, Any]:
        return {(NAME,): f"{NAME}=exec(`{line(profile)}`)"}


class Mise(_EnvFile):
    id = "mise"
    title = "mise"
    _PROGRAM = "mise"

    def values(self, profile: str) -> Mapping[Address, Any]:
        return {("env", NAME): f'{{{{ exec(command="{line(profile)}") }}}}'}

    def forms(self, path: Path) -> Form:
        return Toml()
