"""The tools that are delivered to, by the name that `deliver` takes. What is proven how: docs/tools.md."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Final

from gemini_setup.delivery.destinations.directory import DESTINATIONS
from gemini_setup.delivery.destinations.vendor_program import Where
from gemini_setup.delivery.tools.adc_file import Adc
from gemini_setup.delivery.tools.base import Tool
from gemini_setup.delivery.tools.dotenv import Aider, DotenvFile
from gemini_setup.delivery.tools.env_files import Direnv, Dotenvx, Mise, Varlock
from gemini_setup.delivery.tools.gemini_cli import GeminiCli
from gemini_setup.delivery.tools.llm import Llm
from gemini_setup.delivery.tools.openclaw import Openclaw
from gemini_setup.delivery.tools.opencode import Opencode
from gemini_setup.delivery.tools.pi import Pi
from gemini_setup.model.events import Delivered

TOOLS: Final[dict[str, Tool]] = {
    tool.id: tool
    for tool in (
        GeminiCli(), Llm(), Aider(), Opencode(), Openclaw(), Pi(), DotenvFile(), Adc(),
        Direnv(), Dotenvx(), Mise(), Varlock(),
    )
}  # fmt: skip


def named(one: Delivered) -> str:
    """How a delivery is named on the system's own command line: the tool, and the file of one that needs one."""
    return _command(_words(one))


def repeated(one: Delivered) -> str:
    """How it is delivered once more, as `named`: of the same profile, with the same tool's variables."""
    variant = ["--for", one.variant] if one.variant else []
    tool, *file = _words(one)
    return _command([tool, one.profile, *file, *variant])


def _words(one: Delivered) -> list[str]:
    tool = TOOLS.get(one.tool)
    if one.tool in DESTINATIONS:
        where = Where.read(one.places[0])
        return [one.tool, *(["--to", where.to] if where.to else []), "--name", where.name]
    return [one.tool, *(["--file", one.places[0]] if tool is not None and tool.needs_file else [])]


def _command(words: list[str]) -> str:
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
