"""Tools that people start by plain `exec` without knowing what they are made of: one set of variables for all of them.

Each at Google and, for those that variables lead there, at a company's own endpoint; those that go past it are refused.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from gemini_setup.usage import tool_names
from tests.interop.installing import Installed
from tests.interop.scenes import (
    GENAI,
    LANGCHAIN,
    LITELLM,
    LOCATION,
    MODEL,
    STUDIO,
    VERCEL,
    VERTEX,
    Scene,
    Stage,
    Unlike,
    aider,
    gemini_cli,
)

Start = Callable[[Stage, Installed], list[str]]


@dataclass(frozen=True)
class Tool:
    """How one tool is started with an AI Studio key and with a service account (None: it has no such way)."""

    name: str
    studio: Start | None = None
    vertex: Start | None = None
    package: str = ""
    header: str = "x-goog-api-key"
    #: Where variables lead it to a profile's own endpoint, seen here; the others are refused, or nobody knows.
    #: "asked": it asks the endpoint, but at a path that a gateway of this kind does not have.
    studio_own: bool = False
    vertex_own: bool | str = False
    own_header: str = ""


def _python(code: str, *arguments: str) -> Start:
    return lambda stage, installed: [installed.python, "-W", "ignore", "-c", code, *arguments]


def _node(code: str, *arguments: str) -> Start:
    def start(stage: Stage, installed: Installed) -> list[str]:
        script = installed.place / "start.mjs"
        script.write_text(code)
        return ["node", str(script), *arguments]

    return start


def _adk(stage: Stage, installed: Installed) -> list[str]:
    folder = stage.home / "helper"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("from . import agent\n")
    (folder / "agent.py").write_text(
        f"from google.adk.agents import Agent\nroot_agent = Agent(name='helper', model='{MODEL}', instruction='Answer.')\n"
    )
    return ["sh", "-c", f'printf "hello\\nexit\\n" | {installed.bin("adk")} run {folder}']


def _opencode(provider: str) -> Start:
    return lambda stage, installed: [
        installed.bin("opencode"),
        "run",
        "--model",
        f"{provider}/{MODEL}",
        "hello",
    ]


def _pi(provider: str) -> Start:
    return lambda stage, installed: [
        installed.bin("pi"),
        "--provider",
        provider,
        "--model",
        MODEL,
        "-p",
        "hello",
    ]


PYDANTIC = """
import sys
from pydantic_ai import Agent
print(Agent(sys.argv[1]).run_sync("hello").output)
"""
DSPY = """
import sys, dspy
print(dspy.LM(sys.argv[1], cache=False)("hello")[0])
"""
SMOLAGENTS = """
import sys
from smolagents import LiteLLMModel
message = {"role": "user", "content": [{"type": "text", "text": "hello"}]}
print(LiteLLMModel(model_id=sys.argv[1]).generate([message]).content)
"""
INSPECT = f"""
import asyncio
from inspect_ai.model import get_model
print(asyncio.run(get_model("google/{MODEL}").generate("hello")).completion)
"""
AGNO = f"""
import sys
from agno.agent import Agent
from agno.models.google import Gemini
print(Agent(model=Gemini(id="{MODEL}"), telemetry=True).run("hello").content)
"""
MEM0 = f"""
from mem0.llms.gemini import GeminiLLM
print(GeminiLLM({{"model": "{MODEL}"}}).generate_response(messages=[{{"role": "user", "content": "hello"}}]))
"""
LLAMA = f"""
from llama_index.llms.google_genai import GoogleGenAI
print(GoogleGenAI(model="{MODEL}").complete("hello").text)
"""
CREWAI = f"""
from crewai import Agent, Crew, Task
agent = Agent(role="helper", goal="answer", backstory="none", llm="gemini/{MODEL}")
print(Crew(agents=[agent], tasks=[Task(description="hello", expected_output="hello", agent=agent)]).kickoff().raw)
"""
AGENTS = """
import sys
from agents import Agent, OpenAIChatCompletionsModel, Runner
from openai import AsyncOpenAI
model = OpenAIChatCompletionsModel(model=sys.argv[1], openai_client=AsyncOpenAI())
print(Runner.run_sync(Agent(name="helper", instructions="Answer.", model=model), "hello").final_output)
from agents.tracing import get_trace_provider
get_trace_provider().shutdown()
"""
GENKIT = f"""
import {{ genkit }} from 'genkit';
import {{ googleAI, vertexAI }} from '@genkit-ai/google-genai';
const which = process.argv[2] === 'vertex' ? vertexAI : googleAI;
const ai = genkit({{ plugins: [which()] }});
const {{ text }} = await ai.generate({{ model: which.model('{MODEL}'), prompt: 'hello' }});
console.log(text);
process.exit(0);
"""
MASTRA = f"""
import {{ Agent }} from '@mastra/core/agent';
const agent = new Agent({{ id: 'helper', name: 'helper', instructions: 'Answer.', model: 'google/{MODEL}' }});
console.log((await agent.generate('hello')).text);
process.exit(0);
"""
LANGCHAIN_JS = f"""
import {{ ChatGoogleGenerativeAI }} from '@langchain/google-genai';
console.log((await new ChatGoogleGenerativeAI({{ model: '{MODEL}' }}).invoke('hello')).content);
"""
LLAMA_JS = f"""
import {{ gemini }} from '@llamaindex/google';
console.log((await gemini({{ model: '{MODEL}' }}).complete({{ prompt: 'hello' }})).text);
"""

TOOLS: tuple[Tool, ...] = (
    Tool("google-genai", _python(GENAI), _python(GENAI), studio_own=True, vertex_own="asked"),
    Tool("langchain", _python(LANGCHAIN), _python(LANGCHAIN), studio_own=True, vertex_own="asked"),
    Tool("gemini-cli", lambda s, i: gemini_cli(i), lambda s, i: gemini_cli(i), studio_own=True, vertex_own=True),
    Tool("litellm", _python(LITELLM, f"gemini/{MODEL}"), _python(LITELLM, f"vertex_ai/{MODEL}"), studio_own=True, vertex_own=True),
    Tool("aider", lambda s, i: aider(i, f"gemini/{MODEL}"), None, header="?key=", studio_own=True, own_header="x-goog-api-key"),
    Tool("google-adk", _adk, _adk, studio_own=True, vertex_own="asked"),
    Tool("pydantic-ai", _python(PYDANTIC, f"google:{MODEL}"), _python(PYDANTIC, f"google-cloud:{MODEL}"), studio_own=True, vertex_own=True),
    Tool("dspy", _python(DSPY, f"gemini/{MODEL}"), _python(DSPY, f"vertex_ai/{MODEL}"), studio_own=True, vertex_own=True),
    Tool("smolagents", _python(SMOLAGENTS, f"gemini/{MODEL}"), _python(SMOLAGENTS, f"vertex_ai/{MODEL}"), studio_own=True, vertex_own=True),
    Tool("inspect-ai", _python(INSPECT), _python(INSPECT), studio_own=True, vertex_own="asked"),
    Tool("agno", _python(AGNO), _python(AGNO), studio_own=True, vertex_own=True),
    Tool("mem0", _python(MEM0), _python(MEM0), package="mem0ai", studio_own=True, vertex_own=True),
    Tool("llama-index", _python(LLAMA), _python(LLAMA), studio_own=True, vertex_own=True),
    Tool("crewai", _python(CREWAI), _python(CREWAI), studio_own=True, vertex_own=True),
    Tool("vercel-ai", _node(VERCEL, "google"), _node(VERCEL, "vertex")),
    Tool("opencode", _opencode("google"), _opencode("google-vertex")),
    Tool("genkit", _node(GENKIT, "google"), _node(GENKIT, "vertex")),
    Tool("mastra", _node(MASTRA)),
    Tool("langchain-js", _node(LANGCHAIN_JS)),
    Tool("llamaindex-js", _node(LLAMA_JS), studio_own=True),
    Tool("pi", _pi("google"), _pi("google-vertex"), vertex_own=True),
)  # fmt: skip


def _at_google(tool: Tool, start: Start, *, vertex: bool) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        stage.keep_account() if vertex else stage.keep_key()
        stage.answered(stage.run(start(stage, installed), tool=""))
        if vertex:
            stage.asked_with_token("vertex-generate", f"{LOCATION}-aiplatform.googleapis.com")
        else:
            stage.asked_with_key("generate", tool.header)

    return run


def _at_a_gateway(tool: Tool, start: Start, *, vertex: bool) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        stage.at_a_gateway()
        stage.keep_account() if vertex else stage.keep_key()
        if vertex and tool.vertex_own == "asked":
            # google-genai 3.4 leaves out the path where project and location are not given in code.
            with contextlib.suppress(Unlike):
                stage.run(start(stage, installed), tool="")
            stage.nowhere_else()
            if not any(seen.host == stage.gateway for seen in stage.google.requests):
                raise Unlike("the endpoint was not asked")
            return
        stage.answered(stage.run(start(stage, installed), tool=""))
        if vertex:
            stage.asked_with_token("vertex-generate", stage.gateway)
        else:
            stage.asked_with_key("generate", tool.own_header or tool.header)

    return run


def _refused(name: str, *, vertex: bool) -> Callable[[Stage, Installed], None]:
    """Known to go past the endpoint: not started by its program's name, nor by `--for` its name."""

    def run(stage: Stage, installed: Installed) -> None:
        stage.at_a_gateway()
        stage.keep_account() if vertex else stage.keep_key()
        starts = [["exec", "--for", name, "--", "true"]]
        starts += [["exec", "--", program] for program in tool_names.TOOLS[name].programs]
        for start in starts:
            done = stage.program(*start)
            if done.code != 125 or "--anyway" not in done.err:
                raise Unlike(f"{' '.join(start)} was not refused: {done.code}")

    return run


def _agents(stage: Stage, installed: Installed) -> None:
    """Its traces went to OpenAI's host with the key that it was given: Gemini's."""
    stage.keep_key()
    stage.answered(stage.run([installed.python, "-c", AGENTS, MODEL], tool="openai"))
    stage.asked_with_key("openai-chat", "authorization")
    if any(seen.host.endswith("openai.com") for seen in stage.google.requests):
        raise Unlike("it asked api.openai.com")


def _agents_account(stage: Stage, installed: Installed) -> None:
    stage.keep_account()
    model = f"google/{MODEL}"
    stage.answered(stage.run([installed.python, "-c", AGENTS, model], tool="openai"))
    stage.asked_with_token("vertex-openai")
    if any(seen.host.endswith("openai.com") for seen in stage.google.requests):
        raise Unlike("it asked api.openai.com")


def _opencommit(stage: Stage, installed: Installed) -> None:
    """A name of its own for the key, by `--as`. (It also writes the key to its own file, which nothing can prevent.)"""
    stage.keep_key()
    project = stage.home / "project"
    project.mkdir(exist_ok=True)
    plain = {"PATH": os.environ["PATH"], "HOME": str(stage.home)}
    for command in (["git", "init", "-q"], ["git", "add", "-A"]):
        (project / "file.txt").write_text("hello\n")
        subprocess.run(command, cwd=project, env=plain, check=True, capture_output=True)
    environ = {"OCO_AI_PROVIDER": "gemini", "OCO_MODEL": MODEL, "OCO_API_KEY": "decoy"}
    command = [installed.bin("oco"), "--yes"]
    try:
        stage.run(command, tool="", options="--as OCO_API_KEY", folder=project, **environ)
    except Unlike:
        pass  # the commit itself needs a person's name; what counts is what was asked
    stage.asked_with_key("generate")


def _scenes() -> list[Scene]:
    found = []
    for tool in TOOLS:
        package = tool.package or tool.name
        known = tool_names.TOOLS[tool.name]
        for vertex, start, own, expected in (
            (False, tool.studio, tool.studio_own, known.studio),
            (True, tool.vertex, tool.vertex_own, known.vertex),
        ):
            service = VERTEX if vertex else STUDIO
            if start is not None:
                found.append(
                    Scene(tool.name, package, service, "plain exec", _at_google(tool, start, vertex=vertex))
                )
            if start is not None and own:
                found.append(
                    Scene(
                        tool.name, package, service, "own endpoint", _at_a_gateway(tool, start, vertex=vertex)
                    )
                )
            if expected is False:
                found.append(
                    Scene(
                        tool.name,
                        package,
                        service,
                        "own endpoint, refused",
                        _refused(tool.name, vertex=vertex),
                    )
                )
    found.append(Scene("openai-agents", "openai-agents", STUDIO, "exec --for openai", _agents))
    found.append(Scene("openai-agents", "openai-agents", VERTEX, "exec --for openai", _agents_account))
    found.append(Scene("opencommit", "opencommit", STUDIO, "exec --as", _opencommit))
    return found  # fmt: skip


ANYTOOL: tuple[Scene, ...] = tuple(_scenes())
