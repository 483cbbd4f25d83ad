"""The texts to copy that need more than the suite has: copied from the real window, too, and run as they stand with the
real @google/genai, docker, compose, kubectl, aws and gcloud; Go and Java, whose libraries are not to be had, are read.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.e2e import copying
from tests.e2e.conftest import Wizard
from tests.e2e.desktop import Desktop
from tests.interop.clouds import Container, Notes, clouds
from tests.interop.installing import Installed
from tests.interop.scenes import STUDIO, VERTEX, Scene, Stage, Unlike

#: Ways whose texts are run or read here alone.
RUN_THERE = ("node", "go", "java")
KINDS = {"studio": STUDIO, "account": VERTEX}


def told(text: str) -> str:
    """The command that the first line of a file's text says, as it stands there."""
    first = text.splitlines()[0]
    assert first.startswith("# ")
    return first.partition(":  ")[2]


def text(stage: Stage, kind: str, way: str) -> str:
    """Kept in the real window, and copied there; the stage is then a new shell's, with a clean environment."""
    environ = stage.google.environ(real_hosts=True)
    with Desktop(service=stage.service) as desktop:
        kept = copying.prepared(kind, desktop, stage.google, environ, stage.home)
        wizard = Wizard(desktop, environ)
        try:
            copying.to_the_last_page(kind, wizard, kept, stage.home)
            found = copying.copied(wizard, [way])[way]
        finally:
            wizard.stop()
    stage.secret = kept.key or json.dumps(kept.document)
    stage.email = str(kept.document.get("client_email", ""))
    stage.google.forget()
    stage.shell = copying.login(
        stage.service.env, **{name: stage.shell[name] for name in environ if name in stage.shell}
    )
    return found


def _node(kind: str, *, own: bool = False) -> Callable[[Stage, Installed], None]:
    """`own` is the registry's Node 22, which the library asks for, else this computer's."""

    def run(stage: Stage, installed: Installed) -> None:
        script = installed.place / "copied.mjs"
        script.write_text(text(stage, kind, "node"), encoding="utf-8")
        stage.answered(stage.run([installed.bin("node") if own else "node", str(script)], tool=None))
        stage.asked_with_key("generate") if kind == "studio" else stage.asked_with_token("vertex-generate")

    return run


def _go(stage: Stage, installed: Installed) -> None:
    """gofmt reads it and would change nothing; its types are not checked."""
    file = stage.home / "main.go"
    file.write_text(
        text(stage, "studio", "go") + "\n", encoding="utf-8"
    )  # what is copied has no last end of line
    gofmt = next(installed.place.glob("lib/python3*/site-packages/go/bin/gofmt"), None)
    if gofmt is None:
        raise Unlike("gofmt is not beside go")
    done = subprocess.run([str(gofmt), "-l", str(file)], capture_output=True, text=True, timeout=60)
    if done.returncode != 0 or done.stdout:
        raise Unlike(f"gofmt: {done.stderr.strip()[-200:] or 'it would write it otherwise'}")


def _java(stage: Stage, installed: Installed) -> None:
    """Parsed and no more: the library is not here."""
    file = stage.home / "Hello.java"
    file.write_text(text(stage, "studio", "java"), encoding="utf-8")
    parse = ["javac", "-proc:none", "-XDshould-stop.ifNoError=PARSE", "-d", str(stage.home), str(file)]
    done = subprocess.run(parse, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Unlike(f"javac: {done.stderr.strip()[-200:]}")
    file.write_text(file.read_text("utf-8").replace(");", ")", 1), encoding="utf-8")
    if subprocess.run(parse, capture_output=True, timeout=60).returncode == 0:
        raise Unlike("javac did not notice a missing semicolon")


# ---------------------------------------------------------------- containers and secret stores


def _started(
    stage: Stage, command: str, first: Path | None = None, more: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Its output, in a new shell; `first` comes first on the PATH."""
    environ = {**stage.shell, **more}
    if first is not None:
        environ["PATH"] = f"{first}:{environ['PATH']}"
    done = copying.run(["bash", "-c", command], environ, stage.home / "work")
    if done.returncode != 0:
        raise Unlike(f"ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _same(stage: Stage, given: str, kind: str) -> None:
    same = given == stage.secret if kind == "studio" else json.loads(given) == json.loads(stage.secret)
    if not same or given.endswith("\n"):
        raise Unlike("something else than what was kept arrived")


def _with_clouds(
    kind: str, way: str, check: Callable[[Stage, Notes], None]
) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        command = text(stage, kind, way)
        folder = stage.home / "clouds"
        folder.mkdir()
        with clouds(folder) as (notes, environ):
            _started(
                stage, command, installed.place / "bin" if installed.package.kind == "pip" else None, environ
            )
        check(stage, notes)

    return run


def _docker(kind: str) -> Callable[[Stage, Installed], None]:
    """The real docker at an engine that only notes what it would put into the container."""

    def check(stage: Stage, notes: Notes) -> None:
        (container,) = notes.containers
        if kind == "studio":
            _same(stage, container.environ.get("GEMINI_API_KEY", ""), kind)
            return
        _same(
            stage,
            container.files.get(container.environ.get("GOOGLE_APPLICATION_CREDENTIALS", ""), "null"),
            kind,
        )
        project = json.loads(stage.secret)["project_id"]
        if container.environ.get("GOOGLE_CLOUD_PROJECT") != project or not _vertex(container):
            raise Unlike("the container has another project or mode")

    return _with_clouds(kind, "docker", check)


def _vertex(container: Container) -> bool:
    return container.environ.get("GOOGLE_GENAI_USE_VERTEXAI") == "true"


def _store(kind: str, way: str) -> Callable[[Stage, Installed], None]:
    def check(stage: Stage, notes: Notes) -> None:
        if len(notes.secrets) != 1:
            raise Unlike(f"{len(notes.secrets)} secrets were stored")
        _same(stage, notes.secrets[0], kind)

    return _with_clouds(kind, way, check)


def _kubernetes(kind: str) -> Callable[[Stage, Installed], None]:
    """The real kubectl, told by a program of its name not to ask a cluster and to print what it would send."""

    def run(stage: Stage, installed: Installed) -> None:
        command = text(stage, kind, "kubernetes")
        real = _which(stage, "kubectl")
        first = _wrapper(stage, "kubectl", f'exec {real} "$@" --dry-run=client -o json')
        (value,) = json.loads(_started(stage, command, first))["data"].values()
        _same(stage, base64.b64decode(value).decode("utf-8"), kind)

    return run


def _compose(stage: Stage, installed: Installed) -> None:
    """Its first line's command, with docker-compose's own reading of the file in the place of `docker compose up`."""
    found = text(stage, "studio", "compose")
    (stage.home / "work").mkdir(exist_ok=True)
    (stage.home / "work" / "compose.yaml").write_text(found, encoding="utf-8")
    real = installed.bin("docker-compose")
    first = _wrapper(stage, "docker", f'[ "$*" = "compose up" ] && exec {real} -f compose.yaml config')
    lines = [line.strip() for line in _started(stage, told(found), first).splitlines()]
    if f"GEMINI_API_KEY: {stage.secret}" not in lines:
        raise Unlike(f"the variable does not reach the container: {[line.split(':')[0] for line in lines]}")


def _which(stage: Stage, name: str) -> str:
    return _started(stage, f"command -v {name}").strip()


def _wrapper(stage: Stage, name: str, line: str) -> Path:
    folder = stage.home / "bin"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder


HOW = "copied text"
SNIPPETS: tuple[Scene, ...] = (
    *(Scene("Node", "js-genai", row, HOW, _node(kind)) for kind, row in KINDS.items()),
    *(Scene("Node 22", "js-genai", row, HOW, _node(kind, own=True)) for kind, row in KINDS.items()),
    Scene("Go, by gofmt", "go", STUDIO, HOW, _go),
    Scene("Java, parsed", "javac", STUDIO, HOW, _java),
    *(Scene("docker", "docker", row, HOW, _docker(kind)) for kind, row in KINDS.items()),
    Scene("compose", "compose", STUDIO, HOW, _compose),
    *(Scene("kubectl", "kubectl", row, HOW, _kubernetes(kind)) for kind, row in KINDS.items()),
    *(Scene("gcloud", "gcloud", row, HOW, _store(kind, "google-secrets")) for kind, row in KINDS.items()),
    *(Scene("aws", "aws", row, HOW, _store(kind, "aws-secrets")) for kind, row in KINDS.items()),
)
