"""The tools that are delivered to, by the name that `deliver` takes. What is proven how: docs/tools.md."""

from __future__ import annotations

from typing import Final

from gemini_setup.delivery.adc import Adc
from gemini_setup.delivery.dotenv import Aider, DotenvFile
from gemini_setup.delivery.gemini_cli import GeminiCli
from gemini_setup.delivery.llm import Llm
from gemini_setup.delivery.opencode import Opencode
from gemini_setup.delivery.tool import Tool

TOOLS: Final[dict[str, Tool]] = {
    tool.id: tool for tool in (GeminiCli(), Llm(), Aider(), Opencode(), DotenvFile(), Adc())
}
