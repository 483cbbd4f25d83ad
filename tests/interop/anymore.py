"""More tools that people start by plain `exec`, or with OpenAI's variables: what issue 16 added to the table."""

from __future__ import annotations

from collections.abc import Callable

from tests.interop.anytool import Tool, _at_google, _python
from tests.interop.installing import Installed
from tests.interop.scenes import LOCATION, MODEL, STUDIO, VERTEX, Scene, Stage

STRANDS = f"""
from strands import Agent
from strands.models.gemini import GeminiModel
print(Agent(model=GeminiModel(model_id="{MODEL}"), callback_handler=None)("hello"))
"""
ANY_LLM = f"""
import sys
from any_llm import completion
messages = [{{"role": "user", "content": "hello"}}]
print(completion(model="{MODEL}", provider=sys.argv[1], messages=messages).choices[0].message.content)
"""
HAYSTACK = f"""
import os, sys
from haystack.dataclasses import ChatMessage
from haystack_integrations.components.generators.google_genai import GoogleGenAIChatGenerator
place = {{}}
if sys.argv[1] == "vertex":
    place = {{"api": "vertex", "vertex_ai_project": os.environ["GOOGLE_CLOUD_PROJECT"],
             "vertex_ai_location": os.environ["GOOGLE_CLOUD_LOCATION"]}}
print(GoogleGenAIChatGenerator(model="{MODEL}", **place).run([ChatMessage.from_user("hello")])["replies"][0].text)
"""
BROWSER_USE = f"""
import asyncio
from browser_use.llm import ChatGoogle, UserMessage
print(asyncio.run(ChatGoogle(model="{MODEL}").ainvoke([UserMessage(content="hello")])).completion)
"""
AUTOGEN = """
import asyncio, sys
from autogen_core.models import UserMessage
from autogen_ext.models.openai import OpenAIChatCompletionClient
info = {"vision": False, "function_calling": False, "json_output": False, "structured_output": False, "family": "unknown"}
client = OpenAIChatCompletionClient(model=sys.argv[1], model_info=info)
print(asyncio.run(client.create([UserMessage(content="hello", source="me")])).content)
"""
LANGCHAIN_OPENAI = """
import sys
from langchain_openai import ChatOpenAI
print(ChatOpenAI(model=sys.argv[1]).invoke("hello").content)
"""


def _qwen(kind: str) -> Callable[[Stage, Installed], list[str]]:
    return lambda stage, installed: [
        installed.bin("qwen"), "--auth-type", kind, "--model", MODEL, "--prompt", "hello",
    ]  # fmt: skip


def _continue(stage: Stage, installed: Installed) -> list[str]:
    config = stage.home / "continue.yaml"
    config.write_text(
        "name: here\nversion: 1.0.0\nschema: v1\nmodels:\n"
        f"  - name: gemini\n    provider: gemini\n    model: {MODEL}\n"
        "    apiKey: ${{ secrets.GEMINI_API_KEY }}\n    roles: [chat]\n"
    )
    return [installed.bin("cn"), "--config", str(config), "-p", "hello"]


def _cline(stage: Stage, installed: Installed) -> list[str]:
    return [installed.bin("cline"), "--provider", "gemini", "--model", MODEL, "say hello to me"]


TOOLS: tuple[Tool, ...] = (
    Tool("strands", _python(STRANDS), _python(STRANDS)),
    Tool("any-llm", _python(ANY_LLM, "gemini"), _python(ANY_LLM, "vertexai")),
    Tool("haystack", _python(HAYSTACK, "studio"), _python(HAYSTACK, "vertex")),
    Tool("browser-use", _python(BROWSER_USE), _python(BROWSER_USE)),
    Tool("qwen-code", _qwen("gemini"), _qwen("vertex-ai")),
    Tool("continue", _continue),
    Tool("cline", _cline),
)


def _openai(
    start: Callable[[Stage, Installed, str], list[str]], *, vertex: bool
) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        stage.keep_account() if vertex else stage.keep_key()
        command = start(stage, installed, f"google/{MODEL}" if vertex else MODEL)
        stage.answered(stage.run(command, tool="openai"))
        if vertex:
            stage.asked_with_token("vertex-openai", f"{LOCATION}-aiplatform.googleapis.com")
        else:
            stage.asked_with_key("openai-chat", "authorization")

    return run


def _script(code: str) -> Callable[[Stage, Installed, str], list[str]]:
    return lambda stage, installed, model: [installed.python, "-W", "ignore", "-c", code, model]


def _sgpt(stage: Stage, installed: Installed, model: str) -> list[str]:
    return [installed.bin("sgpt"), "--no-cache", "--no-md", "--model", model, "hello"]


_OPENAI = {
    "shell-gpt": _sgpt,
    "autogen": _script(AUTOGEN),
    "langchain-openai": _script(LANGCHAIN_OPENAI),
}

ANYMORE: tuple[Scene, ...] = (
    *(
        Scene(
            tool.name,
            tool.name,
            VERTEX if vertex else STUDIO,
            "plain exec",
            _at_google(tool, start, vertex=vertex),
        )
        for tool in TOOLS
        for vertex, start in ((False, tool.studio), (True, tool.vertex))
        if start is not None
    ),
    *(
        Scene(name, name, VERTEX if vertex else STUDIO, "exec --for openai", _openai(start, vertex=vertex))
        for name, start in _OPENAI.items()
        for vertex in (False, True)
    ),
)
