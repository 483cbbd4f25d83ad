"""The programs of docs/contract.md, taken out of the page and run against what the real command has kept."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.interop.installing import Installed
from tests.interop.scenes import Stage, Unlike

PAGE = Path(__file__).resolve().parents[2] / "docs" / "contract.md"


def program(language: str) -> str:
    """The one program of a language on the page."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)
    return str(found)


def _states(stage: Stage) -> Iterator[tuple[str, object]]:
    """What is kept, one state after the other, and what a reader must find (None: it must refuse)."""
    key = stage.keep_key()
    yield "a key", key
    stage.keep_account()
    account = json.loads(stage.secret)
    yield "a service account", account
    head = json.loads(_lookup(stage, "current"))
    body = json.dumps(head["credential"])
    parts = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    for number, part in enumerate(parts):
        _store(stage, f"g{head['generation']}.{number}", part)
    del head["credential"]
    head |= {"parts": len(parts), "sha256": hashlib.sha256(body.encode()).hexdigest()}
    _store(stage, "current", json.dumps(head))
    yield "a service account in parts", account
    _store(stage, "g2.0", "damaged")
    yield "a damaged part", key
    stage.service.tool("clear", *_attributes("current"))
    yield "no current head", key
    _store(stage, "current", json.dumps({**head, "schema": "gemini-credentials/2"}))
    yield "a newer schema", None


def _attributes(name: str) -> tuple[str, ...]:
    return "service", f"gemini-credentials:v1/default.{name}", "username", "default"


def _lookup(stage: Stage, name: str) -> str:
    return stage.service.tool("lookup", *_attributes(name)).stdout


def _store(stage: Stage, name: str, text: str) -> None:
    stage.service.tool("store", "--label=x", *_attributes(name), text=text)


def reads(start: Callable[[Installed], list[str]]) -> Callable[[Stage, Installed], None]:
    """A scene: the program finds in every state what it must."""

    def run(stage: Stage, installed: Installed) -> None:
        command = start(installed)
        for state, wanted in _states(stage):
            done = subprocess.run(command, env=stage.shell, capture_output=True, text=True, timeout=60)
            out = done.stdout.strip()
            if wanted is None:
                if done.returncode == 0 or out:
                    raise Unlike(f"{state}: it should have refused")
                continue
            try:
                found = json.loads(out) if out.startswith("{") else out
            except ValueError:
                found = None
            if found != wanted:
                raise Unlike(
                    f"{state}: something else was read (exit {done.returncode}): {done.stderr[-200:]}"
                )

    return run


def python(installed: Installed) -> list[str]:
    return [installed.python, str(_written(installed, "reader.py", "python"))]


def node(installed: Installed) -> list[str]:
    return ["node", str(_written(installed, "reader.mjs", "javascript"))]


def shell(installed: Installed) -> list[str]:
    if shutil.which("jq") is None:
        raise Unlike("jq is not on this computer")
    return ["sh", str(_written(installed, "reader.sh", "sh"))]


def go(installed: Installed) -> list[str]:
    """Built in a module of its own; GO_KEYRING may name a folder with go.mod and the libraries, where no proxy gives them."""
    folder = Path(os.environ.get("GO_KEYRING") or installed.place / "go")
    folder.mkdir(exist_ok=True)
    (folder / "main.go").write_text(program("go"))
    tool = installed.bin("go")
    steps = [] if (folder / "go.mod").exists() else [["mod", "init", "reader"], ["mod", "tidy"]]
    for step in [*steps, ["build", "-o", "reader", "."]]:
        done = subprocess.run([tool, *step], cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise Unlike(f"go {step[0]}: {done.stderr.strip()[-200:]}")
    return [str(folder / "reader")]


def _written(installed: Installed, name: str, language: str) -> Path:
    file = installed.place / name
    file.write_text(program(language))
    return file
