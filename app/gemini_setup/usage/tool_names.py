"""The names that people know tools by: which set of variables each reads, and whether it follows a profile's endpoint.

One table, from the tools' own sources and from what `tests/interop` saw on the wire. Pure and light.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: The two sets: every name that a Gemini credential goes by, and the names of OpenAI's own libraries.
DEFAULT_SET: Final = ""
OPENAI_SET: Final = "openai"


@dataclass(frozen=True, slots=True)
class Known:
    """A tool. `studio` and `vertex`: with an endpoint of the profile's own, does it go there when variables tell it to?

    None where nobody has looked. `key` is the one variable that it reads an AI Studio key from (for a file that
    stays, where every other name would be a copy too many), `express_key` the same for an API key of Vertex AI;
    `account` and `express`: can variables give it a service account, an API key of Vertex AI? `litellm`: it is built
    on LiteLLM, which has ways of its own. `programs` are the commands that start it, `names` what else people call it.
    """

    names: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    reads: str = DEFAULT_SET
    key: str = "GEMINI_API_KEY"
    express_key: str = "GOOGLE_API_KEY"
    studio: bool | None = None
    vertex: bool | None = None
    account: bool = True
    express: bool = True
    litellm: bool = False


_VERCEL: Final = "GOOGLE_GENERATIVE_AI_API_KEY"
_AI_SDK: Final = "GOOGLE_VERTEX_API_KEY"
_PI: Final = "GOOGLE_CLOUD_API_KEY"
TOOLS: Final[dict[str, Known]] = {
    "google-genai": Known(("genai", "python-genai"), studio=True, vertex=True),
    "js-genai": Known(("@google/genai",), studio=True, vertex=True),
    "gemini-cli": Known(("@google/gemini-cli", "gemini"), ("gemini",), studio=True, vertex=True),
    "antigravity": Known(("antigravity-cli", "agy"), ("agy",)),
    "google-adk": Known(("adk",), ("adk",), studio=True, vertex=True),
    "pydantic-ai": Known(("pydantic",), ("clai",), studio=True, vertex=True),
    "langchain": Known(("langchain-google-genai", "langgraph"), key="GOOGLE_API_KEY", studio=True, vertex=True),
    "llama-index": Known(("llama_index", "llamaindex"), studio=True, vertex=True),
    "llamaindex-js": Known(("@llamaindex/google",), key="GOOGLE_API_KEY", studio=True),
    "crewai": Known((), ("crewai",), studio=True, vertex=True),
    "haystack": Known(("google-genai-haystack",), studio=True),
    "agno": Known(key="GOOGLE_API_KEY", studio=True, vertex=True),
    "instructor": Known(),
    "any-llm": Known(("any-llm-sdk",)),
    "strands": Known(("strands-agents",)),
    "browser-use": Known((), ("browser-use",), key="GOOGLE_API_KEY"),
    "mem0": Known(("mem0ai",), key="GOOGLE_API_KEY", studio=True, vertex=True),
    "semantic-kernel": Known(key="GOOGLE_AI_API_KEY"),
    "litellm": Known(("litellm-proxy",), ("litellm",), studio=True, litellm=True, express=False, vertex=True),
    "dspy": Known(studio=True, litellm=True, express=False, vertex=True),
    "smolagents": Known((), ("smolagent", "webagent"), studio=True, litellm=True, express=False, vertex=True),
    "magentic": Known(litellm=True, express=False),
    "mini-swe-agent": Known((), ("mini", "mini-swe-agent"), studio=True, litellm=True, express=False),
    "open-interpreter": Known((), ("interpreter",), vertex=False, litellm=True, express=False),
    "aider": Known(("aider-chat",), ("aider",), studio=True, vertex=False, litellm=True, express=False),
    "inspect-ai": Known(("inspect",), ("inspect",), express_key="VERTEX_API_KEY", studio=True, vertex=True),
    "llm": Known(("llm-gemini",), ("llm",), key="LLM_GEMINI_KEY", studio=False, account=False, express=False),
    "gptme": Known((), ("gptme",), studio=False, account=False, express=False),
    "vercel-ai": Known(("ai-sdk", "ai", "@ai-sdk/google"), key=_VERCEL, express_key=_AI_SDK, studio=False, vertex=False),
    "opencode": Known(("opencode-ai",), ("opencode",), key=_VERCEL, express_key=_AI_SDK, studio=False, vertex=False),
    "mastra": Known(("@mastra/core",), ("mastra",), key=_VERCEL, express_key=_AI_SDK, studio=False, vertex=False),
    "cline": Known((), ("cline",), studio=False, vertex=False),
    "genkit": Known((), ("genkit",), studio=False, vertex=False),
    "langchain-js": Known(("@langchain/google-genai",), key="GOOGLE_API_KEY", studio=False, vertex=False),
    "promptfoo": Known((), ("promptfoo",), key="GOOGLE_API_KEY", studio=True, vertex=False),
    "continue": Known(("@continuedev/cli",), ("cn",), studio=True, vertex=False),
    "qwen-code": Known(("qwen", "@qwen-code/qwen-code"), ("qwen",), studio=True, vertex=True),
    "pi": Known(("@mariozechner/pi-coding-agent",), ("pi",), express_key=_PI, studio=False, vertex=True),
    "opencommit": Known(("oco",), ("oco", "opencommit"), studio=False, account=False),
    "openai": Known(("openai-python", "openai-node"), reads=OPENAI_SET, studio=True, vertex=True, express=False),
    "openai-agents": Known(("agents",), reads=OPENAI_SET, studio=True, vertex=True, express=False),
    "langchain-openai": Known(("@langchain/openai",), reads=OPENAI_SET, studio=True, vertex=True, express=False),
    "autogen": Known(("autogen-ext",), reads=OPENAI_SET, studio=False, express=False),
    "shell-gpt": Known(("sgpt",), ("sgpt",), reads=OPENAI_SET, express=False),
}  # fmt: skip
#: Programs that start another one, named after them: `npx opencode`, `uvx --from llm llm`, `python -m litellm`.
_LAUNCHERS: Final = frozenset({"npx", "bunx", "uvx", "pipx", "uv", "npm", "pnpm", "yarn", "bun", "env"})
_VERBS: Final = frozenset({"run", "exec", "dlx", "tool", "x"})


def find(name: str) -> str | None:
    """The tool that people mean by a name; None where none is known by it."""
    wanted = name.strip().lower()
    for tool, known in TOOLS.items():
        if wanted == tool or wanted in known.names or wanted in known.programs:
            return tool
    return None


def near(name: str) -> str | None:
    """A known name that looks like this one. What was typed itself is never to be shown: it may be a secret."""
    from difflib import get_close_matches

    every = [one for tool, known in TOOLS.items() for one in (tool, *known.names, *known.programs)]
    return next(iter(get_close_matches(name[:40].lower(), every, 1, 0.7)), None)


def started_by(command: Sequence[str]) -> str | None:
    """The tool that this command starts, by the program's name alone; None for a program that could be anything."""
    words = list(command)
    program = _program(words[0]) if words else ""
    if program in _LAUNCHERS:
        named = (word for word in words[1:] if not re.match(r"-|\w+=(?!=)", word) and word not in _VERBS)
        return next(filter(None, (_by_package(word) for word in list(named)[:2])), None)
    if re.fullmatch(r"python[0-9.]*|py", program) and "-m" in words[1:-1]:
        return _by_package(words[words.index("-m") + 1])
    return next((tool for tool, known in TOOLS.items() if program in known.programs), None)


def _program(word: str) -> str:
    name = os.path.basename(word.replace("\\", "/")).lower()
    return re.sub(r"\.(exe|cmd|bat|ps1|js|mjs)$", "", name)


def _by_package(word: str) -> str | None:
    """`opencode-ai@1.2`, `@google/gemini-cli`, `aider-chat==0.86`: without the version."""
    return (
        find(re.split(r"(?<=.)@|[=<>~\[]", word)[0])
        if "/" not in word or word.startswith("@")
        else find(_program(word))
    )
