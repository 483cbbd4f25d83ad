"""Every command of ours that a sentence advises is one that the program accepts: it would be typed as it stands."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.cli import get as getting
from gemini_setup.cli import token_env_exec as programs
from gemini_setup.cli.main import main
from gemini_setup.cli.parser import parser
from gemini_setup.delivery import TOOLS, named, repeated
from gemini_setup.i18n.messages import fill, folder
from gemini_setup.model.events import Delivered
from gemini_setup.usage import reader, tool_names

NAMES = {
    "profile": "work",
    "name": "work",
    "project": "some-project",
    "location": "europe-west1",
    "program": "llm",
}
FILE = "/home/me/a project/.env"
#: What the program puts in for a way and a place.
FILLED = {
    "way": ("studio", "vertex FILE", "vertex --api-key", "vertex --adc"),
    "command": ("llm",),
}
_CONNECTED = (
    Delivered("dotenv", "work", (FILE,), "", True, variant="langchain"),
    Delivered("llm", "work", ("/home/me/keys.json",), "", True),
)
#: A word of a sentence ends the command; these are words of commands.
ARGUMENTS = {"studio", "vertex", "llm", *TOOLS, *tool_names.TOOLS, *NAMES.values(), *reader.FIELDS}


def _sentences(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    for key, one in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _sentences(one, f"{where}.{key}")


def _texts() -> Iterator[tuple[str, str]]:
    for file in sorted(Path(folder(), "en").glob("*.toml")):
        for where, text in _sentences(tomllib.loads(file.read_text("utf-8")), file.stem):
            if not where.startswith("help.examples"):
                yield where, text.replace("{command} add", "gemini-setup add")


def _commands() -> Iterator[tuple[str, str]]:
    for where, text in _texts():
        for facts in _facts(text):
            for found in re.finditer(r"gemini-setup (?! )", filled := fill(text, facts)):
                yield where, _command(filled[found.end() :])


def _facts(text: str) -> Iterator[dict[str, str]]:
    given = [(name, one) for name, every in FILLED.items() if f"{{{name}}}" in text for one in every]
    if "connect {command}" in text:
        called = named if "disconnect {command}" in text else repeated
        given += [("command", called(one)) for one in _CONNECTED]
    for name, one in given or [("", "")]:
        yield {**NAMES, name: one, "project": "", "location": ""}
        if one not in ("studio", "vertex --api-key"):  # they have neither
            yield {**NAMES, name: one}


def _command(text: str) -> str:
    """The beginning of a text, as far as it is a command."""
    words = shlex.split(re.split("  |`", text)[0].replace("’", ""))
    taken: list[str] = []
    for word in words:
        bare = word.rstrip(".,;:)”")
        value = bool(taken) and taken[-1] in (
            "--file",
            "--profile",
            "--for",
            "--project",
            "--location",
            "--field",
            "--from",
        )
        if taken and not (
            value or word.startswith("-") or bare in ARGUMENTS or re.fullmatch("[A-Z]{3,}", bare)
        ):
            break
        taken.append("llm" if bare == "TOOL" else bare)
        if bare != word:
            break
    return shlex.join(taken)


def _examples() -> Iterator[tuple[str, str]]:
    """Each command of the examples of `--help`, as a shell reads it."""
    examples = tomllib.loads(Path(folder(), "en", "help.toml").read_text("utf-8"))["examples"]
    for name, text in examples.items():
        for line in text.strip().splitlines():
            for found in re.finditer(r"gemini-setup ([^|)<>]*)", line.split("   ")[0]):
                yield f"help.examples.{name}", found[1].split(" 2")[0].strip()


@pytest.mark.parametrize(("where", "command"), sorted({*_commands(), *_examples()}))
def test_a_command_that_is_advised_is_accepted(
    where: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(command)
    match words[0]:
        case "env" | "exec" | "token":
            rest = words[1 : words.index("--")] if "--" in words else words[1:]
            programs._options(words[0], rest)
        case "get":
            monkeypatch.setattr(reader, "get", lambda *_: "")
            monkeypatch.setattr("gemini_setup.security.process.harden", lambda: None)
            assert getting.run(words[1:]) == 0
        case "--help":
            assert main(["--help"]) == 0
        case "add" if len(words) == 1:
            pass  # asks at the terminal which service it is: tests/cli/test_terminal.py
        case _:
            options = parser().parse_args(words)
            if words[:2] == ["add", "vertex"]:
                assert [bool(options.file), options.api_key, options.adc].count(True) == 1


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("cli.rolled_back_unanswered", ("check", "work")),
        ("cli.env_file", ("exec", "work")),
        ("cli.env_token", ("token", "work")),
        ("cli.replace_with", ("add", "vertex", "--adc", "--project", "some-project", "--location", "europe-west1")),
        ("delivery.obstacles.behind", ("connect", "dotenv", "work", "--file", FILE, "--for", "langchain")),
    ],
)  # fmt: skip
def test_the_profile_that_it_is_about_is_named(where: str, words: tuple[str, ...]) -> None:
    found = [shlex.split(command) for name, command in _commands() if name == where]
    assert any(tuple(one[: len(words)]) == words for one in found), found
    assert all("work" in one for one in found if one[0] != "connect"), found
