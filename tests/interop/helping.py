"""Tools that ask our command for the key: connected, answering, following a rotation with nothing written, disconnected.

The home folder is searched for the key after every step: there is no copy of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.installing import Installed
from tests.interop.scenes import MODEL, STUDIO, Scene, Stage, Unlike, _tree

ASK_NODE = f"""
import {{ GoogleGenAI }} from '@google/genai';
const client = new GoogleGenAI({{ apiKey: process.env.GEMINI_API_KEY }});
console.log((await client.models.generateContent({{ model: '{MODEL}', contents: 'hello' }})).text);
"""
ASK_PYTHON = f"""
import json, os, ssl, urllib.request
address = "https://generativelanguage.googleapis.com/v1beta/models/{MODEL}:generateContent"
body = json.dumps({{"contents": [{{"parts": [{{"text": "hello"}}]}}]}}).encode()
headers = {{"x-goog-api-key": os.environ["GEMINI_API_KEY"], "Content-Type": "application/json"}}
print(urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=30).read().decode())
"""

Start = Callable[[Stage, Installed], list[str]]


@dataclass(frozen=True)
class Helping:
    """`arguments` after "connect"; `files` below the home folder that it writes, with what stands there before ("" for

    a file that is not there); `before` is what a person does once, with the tool itself.
    """

    arguments: tuple[str, ...]
    files: Mapping[str, str]
    start: Start
    before: tuple[str, ...] = ()
    least: Mapping[str, str] = field(
        default_factory=dict
    )  # what must stand in a file for the tool to run here
    environ: Mapping[str, str] = field(default_factory=dict)


def _helping(how: Helping) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        path = f"{Path(installed.bin('x')).parent}:{os.environ['PATH']}"
        for before in (how.least, how.files):
            for name in how.files:
                (stage.home / name).unlink(missing_ok=True)
            for name, text in before.items():
                (stage.home / name).parent.mkdir(parents=True, exist_ok=True)
                (stage.home / name).write_bytes(text.encode())
            untouched = _tree(stage.home, how.files)
            written = untouched
            for number in range(3):
                stage.keep_key()
                if number == 0:
                    stage.do("connect", *how.arguments, "--yes", path=str(Path(installed.bin("x")).parent))
                    written = _tree(stage.home, how.files)
                    if how.before:
                        command = [part.replace("~", str(stage.home)) for part in how.before]
                        shell = {**stage.shell, **how.environ, "PATH": path}
                        subprocess.run(
                            command, env=shell, cwd=stage.home, check=True, capture_output=True, timeout=60
                        )
                environ = {**how.environ, "PATH": path}
                stage.answered(
                    stage.run(how.start(stage, installed), tool=None, text="", folder=None, **environ)
                )
                stage.asked_with_key("generate")
                stage.google.forget()
                _no_copy(stage)
                if how.arguments[0] != "pi" and _tree(stage.home, how.files) != written:
                    raise Unlike("a rotation wrote something")
            stage.do("disconnect", how.arguments[0], "--yes")
            if _tree(stage.home, how.files) != untouched:
                raise Unlike("undone, but not byte for byte what was there before")

    return run


def _no_copy(stage: Stage) -> None:
    """Nothing below the home folder holds the key, but the keyring's own file, in which it is encrypted."""
    for place, _, names in os.walk(stage.home):
        for name in names:
            file = Path(place) / name
            if not file.is_file() or file.is_symlink():
                continue
            if stage.secret.encode() in file.read_bytes():
                raise Unlike(f"a copy of the key: {file.relative_to(stage.home)}")


def _below(program: str, *arguments: str) -> Start:
    """A program of the person's, started by the tool."""

    def start(stage: Stage, installed: Installed) -> list[str]:
        script = installed.place / "helped.mjs"
        script.write_text(ASK_NODE)
        node = installed.bin("node")
        return [installed.bin(program), *arguments, node, str(script)]

    return start


def _direnv(stage: Stage, installed: Installed) -> list[str]:
    return ["direnv", "exec", str(stage.home), sys.executable, "-c", ASK_PYTHON]


def _opencode(stage: Stage, installed: Installed) -> list[str]:
    return [installed.bin("opencode"), "run", "--model", f"google/{MODEL}", "hello"]


def _pi(stage: Stage, installed: Installed) -> list[str]:
    return [
        installed.bin("node"),
        str(Path(installed.bin("pi")).resolve()),
        "--provider",
        "google",
        "--model",
        MODEL,
        "-p",
        "hello",
    ]


def _openclaw(stage: Stage, installed: Installed) -> list[str]:
    return [
        installed.bin("openclaw"), "agent", "--local", "--session-id", "interop", "--message", "hello",
        "--model", f"google/{MODEL}",
    ]  # fmt: skip


#: Google's names lead to the loopback here, which OpenClaw asks nothing of unless it is told.
_TRUSTED = '{ "models": { "providers": { "google": { "request": { "allowPrivateNetwork": true } } } } }\n'
_WRONG = {"GEMINI_API_KEY": "decoy-that-is-no-key-0123456789abcdef"}
HELPED = {
    "opencode": Helping(
        ("opencode",),
        {".config/opencode/plugin/gemini-setup.js": ""},
        _opencode,
        environ={"GOOGLE_GENERATIVE_AI_API_KEY": "decoy-that-is-no-key-0123456789abcdef"},
    ),
    "openclaw": Helping(
        ("openclaw",),
        {".openclaw/openclaw.json": _TRUSTED.replace("{", '{\n\t// mine\n\t"gateway": { "mode": "local" },', 1)},
        _openclaw,
        least={".openclaw/openclaw.json": _TRUSTED},
    ),
    "pi-helper": Helping(
        ("pi",),
        {".pi/agent/auth.json": '{"anthropic": {"type": "api_key", "key": "other"},\r\n "google": {"type": "api_key", "key": "an-older-one"}}'},
        _pi,
        environ=_WRONG,
    ),
    "varlock": Helping(
        ("varlock", "--file", "~/.env.schema"),
        {".env.schema": "# mine\n# ---\nOTHER=1\nGEMINI_API_KEY=an-older-one"},
        _below("varlock", "run", "--"),
    ),
    "dotenvx": Helping(
        ("dotenvx", "--file", "~/.env"),
        {".env": "OTHER=1\r\n# mine\r\nGEMINI_API_KEY='an-older-one'\r\nLAST=2\r\n"},
        _below("dotenvx", "run", "--quiet", "--"),
    ),
    "mise": Helping(
        ("mise", "--file", "~/mise.toml"),
        {"mise.toml": '# mine\n[tools]\n\n[env]\nOTHER = "1" # one\n\n[settings]\n'},
        _below("mise", "exec", "--"),
        before=("mise", "trust", "~/mise.toml"),
    ),
    "direnv": Helping(
        ("direnv", "--file", "~/.envrc"),
        {".envrc": "# mine\nexport OTHER=1"},
        _direnv,
        before=("direnv", "allow", "~"),
        environ={"GOOGLE_API_KEY": "decoy-that-is-no-key-0123456789abcdef"},
    ),
}  # fmt: skip

HELPING: tuple[Scene, ...] = tuple(
    Scene(name.removesuffix("-helper"), name, STUDIO, "connect by helper", _helping(how))
    for name, how in HELPED.items()
)
