"""What the last page copies is run: every text is taken from the clipboard of the real window, from outside, and started
as it stands in a new shell with a clean environment, Python's in a fresh venv with the libraries of the registry.

Programs that cannot be had here are stand-ins that note what they are given. Node, Go, Java, GitHub Actions' file and
the real docker, compose, kubectl, aws and gcloud are in tests/interop/snippets.py.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gemini_setup.i18n import cause_texts
from tests.e2e import copying
from tests.e2e.conftest import Opened, Wizard
from tests.e2e.desktop import Desktop
from tests.interop import snippets as interop
from tests.loopback import Google
from tests.packaging.locks import read

#: Notes its arguments, its environment, the credential file that it names, and its input where an argument asks for it.
_NOTES = r"""#!/bin/sh
printf '%s\0' "$@" >"$0.arguments"
env -0 >"$0.environ"
[ -z "$GOOGLE_APPLICATION_CREDENTIALS" ] || cat "$GOOGLE_APPLICATION_CREDENTIALS" >"$0.file"
for word in "${0##*/}" "$@"; do case "$word" in */dev/stdin|*=-|gh) exec cat >"$0.input" ;; esac; done
"""
#: `docker run` and `docker compose up` as far as variables and files reach a container: it notes what would be inside.
_DOCKER = r"""#!/usr/bin/env python3
import json, os, re, sys
words, inside, files = sys.argv[1:], {}, {}
with open(sys.argv[0] + ".arguments", "w") as notes:
    notes.write("\0".join(words))
if words == ["compose", "up"]:
    passed = re.findall(r"^ +- ([A-Z_]+)$", open("compose.yaml").read(), re.M)
else:
    assert words[0] == "run" and words[-1] == "your-image", words[0]
    passed = [words[at + 1] for at, word in enumerate(words) if word == "-e"]
    for source, target, mode in (words[at + 1].split(":") for at, word in enumerate(words) if word == "-v"):
        assert mode == "ro" and os.path.isabs(source) and os.path.isabs(target)
        files[target] = open(source).read()
for one in passed:
    name, given, value = one.partition("=")
    if given or name in os.environ:
        inside[name] = value if given else os.environ[name]
with open(sys.argv[0] + ".container", "w") as notes:
    json.dump({"environ": inside, "files": files}, notes)
"""
_NOTING = ("gemini", "aider", "llm", "code", "pycharm", "gh", "kubectl", "gcloud", "aws", "az")


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """A fresh venv with what the texts' first lines name, at the versions of the lock; made meanwhile.

    What they need in turn is at the lock's versions, too: a newer release of one of them must not fail this test.
    """
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    constraints = folder.parent / "constraints.txt"
    constraints.write_text("".join(f"{one.requirement}\n" for one in read("test").values()))
    install = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--no-compile"]
    install += ["--constraint", str(constraints), "openai", "google-genai"]
    steps = f"{shlex.join([sys.executable, '-m', 'venv', str(folder)])} && {shlex.join(install)}"
    with subprocess.Popen(
        ["sh", "-c", steps], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as making:

        def made() -> Path:
            said, _ = making.communicate(timeout=200)
            assert making.returncode == 0, (said or b"").decode()[-2000:]
            return folder / "bin"

        yield made
        if making.poll() is None:  # a test failed before it was wanted
            os.killpg(making.pid, signal.SIGKILL)


@dataclass
class Bench:
    """A person's computer after "Start using it"."""

    kind: str
    kept: copying.StoredCredential
    desktop: Desktop
    google: Google
    programs: Path
    folder: Path
    libraries: Callable[[], Path]

    def shell(self, text: str, *flags: str) -> subprocess.CompletedProcess[str]:
        """The text as a new shell gets it, in a folder that is empty but for what a test put there."""
        environ = copying.login(self.desktop.env, self.programs, **self.google.environ(real_hosts=True))
        done = copying.run(["bash", *flags, "-c", text], environ, self.folder / "work")
        assert done.returncode == 0, done.stderr[-2000:]
        return done

    def noted(self, program: str, what: str) -> str:
        return Path(self.programs / f"{program}.{what}").read_text(encoding="utf-8")

    def none_in(self, text: str) -> None:
        """Nothing of the secret is in a text that others may see."""
        key = str(self.kept.document.get("private_key", ""))
        assert not any(part in text for part in (self.kept.key, key[40:80]) if part)

    def reached(self, environ: Mapping[str, str], file: str) -> None:
        """The kept credential is what a program with this environment and this file would use."""
        if self.kept.document:
            assert json.loads(file) == self.kept.document
        elif self.kept.key:
            assert self.kept.key in environ.values()
        if self.kind != "studio":
            assert environ.get("GOOGLE_GENAI_USE_VERTEXAI", "true") == "true"
        if self.kept.project and "GOOGLE_CLOUD_PROJECT" in environ:
            assert environ["GOOGLE_CLOUD_PROJECT"] == self.kept.project


def _given(bench: Bench, program: str) -> None:
    """What a stand-in noted of its arguments and its environment."""
    pairs = (pair.partition("=") for pair in bench.noted(program, "environ").split("\0") if pair)
    file = bench.noted(program, "file") if bench.kept.document else ""
    bench.reached({name: value for name, _, value in pairs}, file)
    bench.none_in(bench.noted(program, "arguments"))


def _shell(bench: Bench, text: str) -> None:
    """What is typed into it next runs with the credential."""
    typed = 'env -0 >inside; cat "$GOOGLE_APPLICATION_CREDENTIALS" >file 2>&-; true'
    environ = copying.login(bench.desktop.env, **bench.google.environ(real_hosts=True))
    folder = bench.folder / "shell"
    done = copying.run(["bash", "-c", text], environ, folder, text=typed)
    assert done.returncode == 0, done.stderr
    pairs = (pair.partition("=") for pair in (folder / "inside").read_text().split("\0") if pair)
    bench.reached({name: value for name, _, value in pairs}, (folder / "file").read_text())


def _terminal(bench: Bench, text: str) -> None:
    """As a line in that terminal; the next one has it."""
    assert bench.kept.key in bench.shell(f"{text}\nenv").stdout


def _python(bench: Bench, text: str) -> None:
    file = bench.folder / "program.py"
    file.write_text(text, encoding="utf-8")
    environ = copying.login(bench.desktop.env, bench.libraries(), **bench.google.environ(real_hosts=True))
    done = copying.run(["python", str(file)], environ, bench.folder / "work")
    assert done.stdout.strip() == bench.google.reply, done.stderr[-2000:]


def _python_in_exec(bench: Bench, text: str) -> None:
    """As the line beneath it says."""
    folder = bench.folder / "hello"
    folder.mkdir()
    (folder / "hello.py").write_text(text, encoding="utf-8")
    line = text.splitlines()[-1].removeprefix("#")
    environ = copying.login(bench.desktop.env, bench.libraries(), **bench.google.environ(real_hosts=True))
    done = copying.run(["bash", "-c", line], environ, folder)
    assert done.stdout.strip() == bench.google.reply, done.stderr[-2000:]


def _dotenv(bench: Bench, text: str) -> None:
    """In a folder of its own, where it makes the file; what reads that file has the key."""
    bench.shell(f"rm -f .env\n{text}")
    written = (bench.folder / "work" / ".env").read_text(encoding="utf-8")
    assert bench.kept.key in written


def _curl(bench: Bench, text: str) -> None:
    traced = bench.shell(text, "-x")
    assert bench.google.reply in traced.stdout
    bench.none_in(traced.stderr)


def _check(bench: Bench, text: str) -> None:
    assert cause_texts.cause("works").title in bench.shell(text).stdout


def _keyring(bench: Bench, text: str) -> None:
    out = bench.shell(text).stdout
    if bench.kept.key:
        assert out.strip() == bench.kept.key
        return
    head = json.loads(out)
    assert head["project"] == bench.kept.project
    assert (head["credential"] or {}) == bench.kept.document


def _program(name: str) -> Callable[[Bench, str], None]:
    def run(bench: Bench, text: str) -> None:
        bench.shell(text)
        _given(bench, name)

    return run


def _container(bench: Bench) -> None:
    container = json.loads(bench.noted("docker", "container"))
    inside = container["environ"]
    bench.reached(inside, container["files"].get(inside.get("GOOGLE_APPLICATION_CREDENTIALS"), ""))
    bench.none_in(bench.noted("docker", "arguments"))


def _valid(schema: str, file: Path) -> None:
    """By the schema of the program that reads such files."""
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(file)]
    done = subprocess.run(check, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def _docker(bench: Bench, text: str) -> None:
    bench.shell(text)
    _container(bench)


def _compose(bench: Bench, text: str) -> None:
    """The text is a file; its first line says how it is started."""
    file = bench.folder / "work" / "compose.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    _valid("compose-spec", file)
    bench.shell(interop.told(text))
    _container(bench)


def _store(program: str) -> Callable[[Bench, str], None]:
    """By a pipe, whole, without the end of line that `get` prints, and nowhere else."""

    def run(bench: Bench, text: str) -> None:
        bench.shell(text)
        given = bench.noted(program, "input")
        assert (
            (json.loads(given) == bench.kept.document) if bench.kept.document else (given == bench.kept.key)
        )
        assert not given.endswith("\n")
        bench.none_in(bench.noted(program, "arguments"))

    return run


def _github(bench: Bench, text: str) -> None:
    """The command in its first line puts the secret under the name that the file then asks for."""
    file = bench.folder / "workflow.yaml"
    file.write_text(text, encoding="utf-8")
    _valid("github-workflows", file)
    bench.shell(interop.told(text))
    assert bench.noted("gh", "input").strip() == bench.kept.key
    name = bench.noted("gh", "arguments").split("\0")[2]
    assert f"${{{{ secrets.{name} }}}}" in text
    bench.none_in(bench.noted("gh", "arguments"))


RUNNERS: dict[str, Callable[[Bench, str], None]] = {
    "shell": _shell,
    "tool-gemini": _program("gemini"),
    "tool-aider": _program("aider"),
    "tool-llm": _program("llm"),
    "terminal": _terminal,
    "google-genai": _python_in_exec,
    "dotenv": _dotenv,
    "openai": _python,
    "curl": _curl,
    "vscode": _program("code"),
    "pycharm": _program("pycharm"),
    "docker": _docker,
    "compose": _compose,
    "github": _github,
    "kubernetes": _store("kubectl"),
    "google-secrets": _store("gcloud"),
    "aws-secrets": _store("aws"),
    "azure-secrets": _store("az"),
    "check": _check,
    "keyring": _keyring,
}
#: What the window must offer for each kind, beside what it offers for all.
_ALWAYS = {"shell", "tool-gemini", "google-genai", "curl", "vscode", "pycharm", "check", "keyring"}
_STORES = {"docker", "kubernetes", "google-secrets", "aws-secrets", "azure-secrets"}
_KEY = {"dotenv", "terminal", "compose", "github"}
OFFERED = {
    "studio": {"tool-aider", "tool-llm", "openai", "node", "go", "java"} | _STORES | _KEY,
    "express": _STORES | _KEY,
    "account": {"tool-aider", "openai", "node"} | _STORES,
    "adc": {"tool-aider", "openai"},
}


def test_every_way_that_there_is_is_copied_and_run() -> None:
    offered = set().union(_ALWAYS, *OFFERED.values())
    assert {way for way in offered if not way.startswith("tool-")} == set(cause_texts.table("uses")) - {
        "tool"
    }
    assert offered == set(RUNNERS) | set(interop.RUN_THERE)


@pytest.fixture
def programs(opened: Opened, tmp_path: Path) -> Path:
    """Stand-ins, in a folder that is first on the window's PATH and on the new shell's."""
    folder = tmp_path / "bin"
    for name in (*_NOTING, "docker"):
        (folder / name).write_text(_DOCKER if name == "docker" else _NOTES)
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.timeout(300)  # a venv is made of the registry's packages meanwhile
@pytest.mark.parametrize("kind", list(OFFERED))
def test_every_text_that_the_window_copies_runs_as_it_stands(
    kind: str, desktop: Desktop, google: Google, environ: dict[str, str], programs: Path, tmp_path: Path,
    libraries: Callable[[], Path],
) -> None:  # fmt: skip
    google.reply = f"Good morning, {kind}."
    kept = copying.prepared(kind, desktop, google, environ, tmp_path)
    wizard = Wizard(desktop, environ)
    try:
        copying.to_the_last_page(kind, wizard, kept, tmp_path)
        texts = copying.copied(wizard)
    finally:
        desktop.picture(tmp_path / "last.png")
        wizard.stop()
    assert set(texts) == _ALWAYS | OFFERED[kind]
    bench = Bench(kind, kept, desktop, google, programs, tmp_path, libraries)
    for way, text in sorted(
        texts.items(), key=lambda item: RUNNERS.get(item[0]) is _python
    ):  # the venv is last
        bench.none_in(text)
        if way in RUNNERS:
            RUNNERS[way](bench, text)
