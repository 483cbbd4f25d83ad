"""The texts to copy, as they stand: Node's are run with the real @google/genai, the others are read by their own language."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable

from gemini_setup.credentials import Access, ApiKey, Kind, Secret, Service
from gemini_setup.recognise import recognise
from gemini_setup.uses import uses
from tests.interop.installing import Installed
from tests.interop.scenes import LOCATION, MODEL, STUDIO, VERTEX, Scene, Stage, Unlike

_READ_YAML = """
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
console.log(JSON.stringify(parse(readFileSync(0, 'utf8'))));
"""


#: Ways whose texts are copied from the window and run or read here alone.
RUN_THERE = ("node", "go", "java")


def told(text: str) -> str:
    """The command that the first line of a file's text says, as it stands there."""
    first = text.splitlines()[0]
    assert first.startswith("# ")
    return first.partition(":  ")[2]


def text(name: str, access: Access) -> str:
    return next(use.text for use in uses(access, MODEL) if use.id == name)


def _access(stage: Stage) -> Access:
    if not stage.vertex:
        return Access(ApiKey(Secret(stage.secret)), Service.STUDIO)
    credential = recognise(stage.secret).credential
    assert credential is not None
    assert credential.kind is Kind.SERVICE_ACCOUNT
    return Access(credential, Service.VERTEX, json.loads(stage.secret)["project_id"], LOCATION)


def _node(
    keep: Callable[[Stage], object], *, vertex: bool, own: bool = False
) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        keep(stage)
        script = installed.place / "copied.mjs"
        script.write_text(text("node", _access(stage)), encoding="utf-8")
        stage.answered(stage.run([installed.bin("node") if own else "node", str(script)], tool=None))
        stage.asked_with_token("vertex-generate") if vertex else stage.asked_with_key("generate")

    return run


def _go(stage: Stage, installed: Installed) -> None:
    """gofmt reads it and would change nothing; its types are not checked."""
    stage.keep_key()
    file = stage.home / "main.go"
    file.write_text(text("go", _access(stage)), encoding="utf-8")
    gofmt = next(installed.place.glob("lib/python3*/site-packages/go/bin/gofmt"), None)
    if gofmt is None:
        raise Unlike("gofmt is not beside go")
    done = subprocess.run([str(gofmt), "-l", str(file)], capture_output=True, text=True, timeout=60)
    if done.returncode != 0 or done.stdout:
        raise Unlike(f"gofmt: {done.stderr.strip()[-200:] or 'it would write it otherwise'}")


def _java(stage: Stage, installed: Installed) -> None:
    """Parsed and no more: the library is not here."""
    stage.keep_key()
    javac = shutil.which("javac")
    if javac is None:
        raise Unlike("javac is not on this computer")
    file = stage.home / "Hello.java"
    file.write_text(text("java", _access(stage)), encoding="utf-8")
    parse = [javac, "-proc:none", "-XDshould-stop.ifNoError=PARSE", "-d", str(stage.home), str(file)]
    done = subprocess.run(parse, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Unlike(f"javac: {done.stderr.strip()[-200:]}")
    file.write_text(file.read_text("utf-8").replace(");", ")", 1), encoding="utf-8")
    if subprocess.run(parse, capture_output=True, timeout=60).returncode == 0:
        raise Unlike("javac did not notice a missing semicolon")


def _yaml(stage: Stage, installed: Installed) -> None:
    stage.keep_key()
    script = installed.place / "read.mjs"
    script.write_text(_READ_YAML, encoding="utf-8")
    variable = "GEMINI_API_KEY"
    wanted = {
        "compose": {"services": {"app": {"image": "IMAGE", "environment": [variable]}}},
        "github": {
            "on": "push",
            "jobs": {
                "hello": {
                    "runs-on": "ubuntu-latest",
                    "steps": [{"run": "your-program", "env": {variable: "${{ secrets.GEMINI_API_KEY }}"}}],
                }
            },
        },
    }
    for name, document in wanted.items():
        done = subprocess.run(
            ["node", str(script)],
            input=text(name, _access(stage)),
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != 0 or json.loads(done.stdout) != document:
            raise Unlike(f"{name}: not read as it is meant: {(done.stderr or done.stdout)[-200:]}")


SNIPPETS: tuple[Scene, ...] = (
    Scene("Node", "js-genai", STUDIO, "copied text", _node(Stage.keep_key, vertex=False)),
    Scene("Node", "js-genai", VERTEX, "copied text", _node(Stage.keep_account, vertex=True)),
    Scene("Node 22", "js-genai", STUDIO, "copied text", _node(Stage.keep_key, vertex=False, own=True)),
    Scene("Node 22", "js-genai", VERTEX, "copied text", _node(Stage.keep_account, vertex=True, own=True)),
    Scene("Go, by gofmt", "go", STUDIO, "copied text", _go),
    Scene("Java, by this computer's javac; yaml", "yaml", STUDIO, "copied text", _java),
    Scene("compose and GitHub, as YAML", "yaml", STUDIO, "copied text", _yaml),
)
