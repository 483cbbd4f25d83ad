"""What is offered to be copied once a credential is kept: it runs as it stands, holds no secret, and only what works."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gemini_setup.google.recognition import recognise
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, GcloudSignIn, Secret, Service
from gemini_setup.usage.snippets import SNIPPETS, command, uses
from gemini_setup.usage.variables import NotForThisTool, powershell, variables
from tests.core import samples

KEY = samples.random_key()
FILE = json.dumps(samples.service_account())
EXPRESS = Access(ApiKey(Secret(KEY)), Service.VERTEX)
SIGN_IN = Access(GcloudSignIn(), Service.VERTEX, "my-project-123", "global")


def access(service: Service, endpoints: Endpoints | None = None) -> Access:
    credential = recognise(KEY if service is Service.STUDIO else FILE).credential
    assert credential is not None
    project, location = (None, None) if service is Service.STUDIO else ("my-project-123", "global")
    return Access(credential, service, project, location, endpoints or Endpoints())


@pytest.mark.parametrize("service", list(Service))
def test_every_snippet_is_python_without_a_secret(service: Service) -> None:
    found = {use.id: use.text for use in uses(access(service), "gemini-3.5-flash-lite")}
    for name, wanted in (
        ("google-genai", "hello.py"),
        ("openai", repr([*command(), "token"])),
    ):
        compile(found[name], name, "exec")
        assert "gemini-3.5-flash-lite" in found[name]
        assert wanted in found[name]
    for text in found.values():
        assert KEY not in text
        assert "PRIVATE KEY" not in text
    runs = {use.id: use.run for use in uses(access(service), None, "work") if use.run}
    assert runs == {"google-genai": shlex.join([*command(), "exec", "work", "--", "python", "hello.py"])}


def test_own_endpoints_stand_in_the_snippets() -> None:
    own = Endpoints(gemini="https://one.example.com", vertex="https://two.example.com")
    for service, host in ((Service.STUDIO, "one.example.com"), (Service.VERTEX, "two.example.com")):
        found = {use.id: use.text for use in uses(access(service, own), None)}
        assert host in found["openai"], "`exec` hands the endpoint to Google's library"


def test_the_first_is_the_one_command_that_works_here() -> None:
    for service in Service:
        first = uses(access(service), None)[0]
        assert first.id == "shell"
        assert shlex.split(first.text)[: len(command()) + 2] == [*command(), "exec", "--"]


def test_everything_is_filled_in_and_every_title_is_used() -> None:
    kinds = [access(Service.STUDIO), access(Service.VERTEX), EXPRESS, SIGN_IN]
    seen = set[str]()
    for one in kinds:
        for use in uses(one, None, "work"):
            seen.add(use.id)
            assert "§" not in use.text
            assert use.title
            assert use.group in ("here", "code", "elsewhere")
    titles = set(cause_texts.table("uses")) - {"tool"}
    assert titles == {name for name in seen if not name.startswith("tool-")}


def test_every_snippet_file_is_used() -> None:
    kinds = ("studio", "express", "account", "adc")
    named = {file.format(kind=kind) for _, file, _, only in SNIPPETS for kind in kinds if kind in only}
    assert named == {path.name for path in (cause_texts.resources() / "snippets").iterdir()}


def test_a_gateway_s_key_gets_no_snippet_that_would_ask_google() -> None:
    own = access(Service.STUDIO, Endpoints(gemini="https://one.example.com"))
    for use in uses(own, None):
        if use.group == "code":
            assert "one.example.com" in use.text or " exec -- " in use.text + use.run, (
                use.id
            )  # which hands it over


def test_shell_snippets_are_read_by_a_shell() -> None:
    for one in (access(Service.STUDIO), access(Service.VERTEX)):
        for use in uses(one, None):
            if use.id not in ("google-genai", "openai", "node", "go", "java", "compose", "github"):
                done = subprocess.run(["bash", "-n", "-c", use.text], capture_output=True, text=True)
                assert done.returncode == 0, (use.id, done.stderr)


def test_tools_are_offered_where_they_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gemini", "aider"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {use.id: use.text for use in uses(access(Service.STUDIO), "gemini-3.5-flash-lite")}
    assert found["tool-gemini"].endswith("exec -- gemini")
    assert found["tool-aider"].endswith("exec -- aider --model gemini/gemini-3.5-flash-lite")
    assert "tool-llm" not in found


def test_a_tool_is_offered_exactly_where_exec_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = {"gemini": "gemini-cli", "aider": "aider", "llm": "llm"}
    for name in programs:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    own = Endpoints(gemini="https://one.example.com", vertex="https://two.example.com")
    kinds = [access(Service.STUDIO), access(Service.VERTEX), EXPRESS, SIGN_IN]
    for one in (*kinds, *(replace(kind, endpoints=own) for kind in kinds)):
        offered = {use.id.removeprefix("tool-") for use in uses(one, None) if use.id.startswith("tool-")}
        taken = set()
        for program, tool in programs.items():
            with contextlib.suppress(NotForThisTool):
                variables(one, tool)
                taken.add(program)
        assert offered == taken, (one.service, one.credential.kind, one.endpoints)


@pytest.mark.parametrize(
    "program", [r"C:\\Program Files\\Gemini Setup\\gemini-setup.exe", "gemini-setup", r"C:\\it’s\\g.exe"]
)
def test_on_windows_each_line_calls_the_command(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PowerShell takes a quoted text at the beginning of a command for a value; `&` calls it."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("gemini_setup.usage.snippets.command", lambda: [program])
    found = {use.id: use.text for use in uses(access(Service.STUDIO), None, "work")}
    express = {use.id: use.text for use in uses(EXPRESS, None)}
    name = program if program == "gemini-setup" else "& " + powershell(program)
    assert found["shell"] == f"{name} exec work -- powershell"
    assert found["check"] == f"{name} check work"
    assert found["terminal"] == f"$env:GEMINI_API_KEY = {name} get work"
    assert express["terminal"].endswith(f"; $env:GOOGLE_API_KEY = {name} get")


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not here")
def test_powershell_calls_it_really(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "it’s ours"
    program.write_text("#!/bin/sh\nprintf '%s|' \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("gemini_setup.usage.snippets.command", lambda: [str(program)])
    text = next(use.text for use in uses(access(Service.STUDIO), None, "work") if use.id == "terminal")
    done = subprocess.run(
        ["pwsh", "-c", f"{text}; $env:GEMINI_API_KEY"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "get|work|"


def test_a_route_that_does_not_work_is_not_offered() -> None:
    assert "openai" not in [use.id for use in uses(access(Service.STUDIO), None, openai=False)]


@pytest.mark.skipif(sys.platform == "win32", reason="shlex speaks the other shells")
def test_the_check_is_a_command_of_ours() -> None:
    for profile in ("default", "work"):
        text = next(use.text for use in uses(access(Service.VERTEX), None, profile) if use.id == "check")
        arguments = shlex.split(text)[len(command()) :]
        assert arguments[0] == "check"
        assert arguments[1:] == ([] if profile == "default" else [profile])


def test_a_command_with_quotes_and_spaces_is_a_literal_of_each_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words_of_it = ['C:\\Program Files\\"g"\\gemini-setup.exe']
    monkeypatch.setattr("gemini_setup.usage.snippets.command", lambda: words_of_it)
    found = {use.id: use.text for use in uses(access(Service.STUDIO), None)}
    for name, before in (("go", "exec.Command"), ("java", "new ProcessBuilder")):
        (line,) = [line for line in found[name].splitlines() if before in line]
        literals = line.partition(before + "(")[2].rpartition(").")[0]
        assert json.loads(f"[{literals}]") == [*words_of_it, "get"], name
