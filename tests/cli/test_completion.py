"""What Tab offers, in the shells that are here."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gemini_setup.cli.overview import COMMANDS
from tests.cli.program import COMMAND, Program


@pytest.fixture
def offered(without_keyring: Program, tmp_path: Path) -> Program:
    """With a profile in the list, which is all that completion reads, and the command under its own name."""
    row = {"profile": "work", "kind": "api_key", "service": "studio", "hint": "a1b2"}
    index = Path(without_keyring.environ["XDG_DATA_HOME"]) / "gemini-setup" / "profiles.json"
    index.parent.mkdir(parents=True)
    index.write_text(json.dumps({"version": 1, "open": [], "profiles": [row]}), encoding="utf-8")
    command = tmp_path / "bin" / "gemini-setup"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    command.chmod(0o755)
    without_keyring.environ["PATH"] = f"{command.parent}:{without_keyring.environ['PATH']}"
    return without_keyring


def _run(program: Program, *command: str) -> list[str]:
    done = subprocess.run(command, env=program.environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()


def _bash(program: Program, line: str) -> list[str]:
    script = f"""
        source <(gemini-setup completion bash)
        COMP_WORDS=({line.replace('""', "''")})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _gemini_setup
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return _run(program, "bash", "-c", script)


def _fish(program: Program, line: str) -> list[str]:
    script = f"gemini-setup completion fish | source; complete -C 'gemini-setup {line.partition(' ')[2]}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script.replace('""', "")],
        env=program.environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [one.split("\t")[0] for one in done.stdout.splitlines()]


CASES = [
    ('gemini-setup ""', set(COMMANDS), {"studio", "work"}),
    ("gemini-setup re", {"remove"}, {"rollback", "list"}),
    ('gemini-setup add ""', {"studio", "vertex"}, {"list", "work"}),
    ("gemini-setup add vertex --a", {"--api-key", "--adc"}, {"--force"}),
    ("gemini-setup get --f", {"--field"}, {"--json"}),
    ('gemini-setup get --field ""', {"service-account", "base-url"}, {"work", "get"}),
    ('gemini-setup check ""', {"work"}, {"check", "llm"}),
    ('gemini-setup connect ""', {"llm", "opencode"}, {"get"}),
    ('gemini-setup env --shell ""', {"fish", "dotenv"}, {"work"}),
    ('gemini-setup completion ""', {"bash", "powershell"}, {"work"}),
]


@pytest.mark.parametrize(("line", "offers", "never"), CASES)
def test_bash_offers_what_fits_here(offered: Program, line: str, offers: set[str], never: set[str]) -> None:
    found = set(_bash(offered, line))
    assert offers <= found
    assert not never & found


@pytest.mark.skipif(
    shutil.which("fish") is None, reason="no fish here; packaging/bootstrap installs it on Debian"
)
@pytest.mark.parametrize(("line", "offers", "never"), CASES)
def test_fish_offers_what_fits_here(offered: Program, line: str, offers: set[str], never: set[str]) -> None:
    found = set(_fish(offered, line))
    assert offers <= found
    assert not never & found


@pytest.mark.skipif(
    shutil.which("zsh") is None, reason="no zsh here; packaging/bootstrap installs it on Debian"
)
def test_zsh_reads_the_script(offered: Program) -> None:
    script = "autoload -U compinit; compinit -D; source <(gemini-setup completion zsh); whence -w _gemini_setup_add_vertex"
    assert _run(offered, "zsh", "-f", "-c", script) == ["_gemini_setup_add_vertex:", "function"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_script_has_every_command_and_no_quote_that_ends_it(
    without_keyring: Program, shell: str
) -> None:
    for language in ("en", "de"):
        done = without_keyring("completion", shell, GEMINI_SETUP_LANGUAGE=language)
        assert (done.code, done.err) == (0, "")
        for name in COMMANDS:
            assert name in done.out
        assert done.out.count("'") % 2 == 0
