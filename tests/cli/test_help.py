"""`--help`, and what is said of a mistake on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from gemini_setup.cli import arguments, token_env_exec
from gemini_setup.cli.main import main
from gemini_setup.cli.overview import COMMANDS
from gemini_setup.cli.parser import (
    COMPLETED_SHELLS,
    FIELDS,
    RETIREMENTS,
    SURFACES,
    TOOLS,
    VARIABLE_SHELLS,
    find,
    parser,
)
from gemini_setup.delivery import TOOLS as CONNECTED
from gemini_setup.i18n import messages
from gemini_setup.usage import reader, variables
from tests.cli.program import Program
from tests.core.samples import random_key

PAGES = [*COMMANDS, "add studio", "add vertex"]


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The program in this process: help and mistakes touch nothing, and a hundred processes would take a minute."""
    monkeypatch.setattr(token_env_exec, "harden", lambda **_: None)
    monkeypatch.setattr("gemini_setup.cli.commands.harden", lambda: None)
    monkeypatch.setattr("gemini_setup.security.process.harden", lambda: None)

    def run(*words: str, language: str = "en") -> Answer:
        monkeypatch.setenv("GEMINI_SETUP_LANGUAGE", language)
        monkeypatch.setattr(messages, "_current", None)
        code = main(words)
        return Answer(code, *capsys.readouterr())

    return run


# ---------------------------------------------------------------- help


@pytest.mark.parametrize(("language", "heading"), [("en", "Get started:"), ("de", "Erste Schritte:")])
def test_the_overview_has_every_command_in_a_group_and_examples(
    here: Callable[..., Answer], language: str, heading: str
) -> None:
    done = here("--help", language=language)
    assert (done.code, done.err) == (0, "")
    assert heading in done.out
    for name in COMMANDS:
        assert re.search(rf"(?m)^  {name} +\S", done.out), name
    assert "gemini-setup exec -- python app.py" in done.out


@pytest.mark.parametrize(
    ("page", "values"),
    [("env", VARIABLE_SHELLS), ("get", FIELDS), ("explain", SURFACES), ("rotate", RETIREMENTS)],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_values_of_an_option_are_named_beside_it(
    here: Callable[..., Answer], page: str, values: tuple[str, ...], language: str
) -> None:
    heading = {"en": "Options:", "de": "Optionen:"}[language]
    options = here(page, "--help", language=language).out.partition(heading)[2]
    assert {value for value in values if not re.search(rf"\b{re.escape(value)}\b", options)} == set()


@pytest.mark.parametrize(("language", "none"), [("en", "no copy: "), ("de", "keine Kopie: ")])
def test_the_page_of_connect_says_of_each_tool_whether_it_gets_a_copy(
    here: Callable[..., Answer], language: str, none: str
) -> None:
    lines = here("connect", "--help", language=language).out.splitlines()
    for name, tool in CONNECTED.items():
        (row,) = (line for line in lines if re.match(rf"  {name} +\S", line))
        assert (none in row) is tool.helper, row
        assert tool.helper or name == "gemini-cli" or re.search(r"\(plain text\)|\(Klartext\)", row), row


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("page", PAGES)
def test_every_command_has_a_page_with_usage_options_and_examples(
    here: Callable[..., Answer], page: str, language: str
) -> None:
    done = here(*page.split(), "--help", language=language)
    assert (done.code, done.err) == (0, "")
    usage, options, examples = {
        "en": ("Usage", "Options", "Examples"),
        "de": ("Aufruf", "Optionen", "Beispiele"),
    }[language]
    assert f"\n{usage}: gemini-setup {page}" in done.out
    assert f"\n{options}:\n  -h, --help" in done.out
    assert f"\n{examples}:\n" in done.out
    assert "gemini-setup" in done.out.partition(f"\n{examples}:\n")[2]


def test_help_is_wrapped_at_the_terminal_s_width(without_keyring: Program) -> None:
    for page in ((), *(page.split() for page in PAGES)):
        _, screen = without_keyring.on_a_terminal(*page, "--help", columns=60)
        text, _, examples = screen.partition("Examples:")
        for line in text.split("\r\n"):
            assert len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 60, line
        assert examples


# ---------------------------------------------------------------- one list of each thing


def test_the_parser_s_lists_are_the_program_s() -> None:
    """It has copies, as help must not load what they come from."""
    assert FIELDS == reader.FIELDS
    assert set(VARIABLE_SHELLS) == {*variables.SHELLS, "zsh", "sh"}
    assert tuple(CONNECTED) == TOOLS
    assert len(COMPLETED_SHELLS) == 4


@pytest.mark.parametrize("command", ["get", "token", "env", "exec"])
def test_what_is_read_without_argparse_has_the_same_options(command: str) -> None:
    valued = {"get": ("--field",), **token_env_exec.VALUED}[command]
    shown = {name for action in find(parser(), command)._actions for name in action.option_strings}
    assert shown == {"-h", "--help", *valued, *(("--anyway",) if command == "exec" else ())}


@pytest.mark.parametrize(
    ("words", "profile", "options"),
    [
        ([], None, {}),
        (["work", "--field", "key"], "work", {"--field": ["key"]}),
        (["--field=key", "--profile", "work"], "work", {"--field": ["key"]}),
        (["--as", "A", "--as=B=project"], None, {"--as": ["A", "B=project"]}),
        (["--anyway", "--", "-odd"], "-odd", {"--anyway": []}),
    ],
)
def test_words_become_a_profile_and_options(
    words: list[str], profile: str | None, options: dict[str, list[str]]
) -> None:
    assert arguments.parse(words, ("--field", "--as"), ("--anyway",)) == (profile, options)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--field"], "--field needs a value."),
        (["a", "b"], "Too many arguments."),
        (["a", "--profile", "b"], "Too many arguments."),
        (["--fild", "x"], "Unknown option “--fild”. Did you mean --field?"),
        (["--profil=x"], "Unknown option “--profil”. Did you mean --profile?"),
    ],
)
def test_a_mistake_is_one_sentence(words: list[str], said: str) -> None:
    with pytest.raises(arguments.UsageError) as caught:
        arguments.parse(words, ("--field",))
    assert str(caught.value) == said


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gett",), "Unknown command “gett”. Did you mean get?"),
        (("dokter",), "Unknown command “dokter”. Did you mean doctor?"),
        (("add", "studoi"), "Unknown command “studoi”. Did you mean studio?"),
        (("remvoe", "x"), "Unknown command “remvoe”. Did you mean remove?"),
        (("deliver", "llm"), "Unknown command “deliver”."),
        (("list", "--jsno"), "Unknown option “--jsno”. Did you mean --json?"),
        (("env", "--shel", "fish"), "Unknown option “--shel”. Did you mean --shell?"),
        (("explain", "--status", "7"), "--status is a number from 100 to 599."),
        (("connect", "nothing"), "TOOL is one of: gemini-cli, llm"),
        (("connect",), "Name a tool: gemini-cli, llm"),
        (("remove",), "Missing: PROFILE"),
        (("remove", "a", "b"), "Too many arguments."),
        (("remove", "default", "--prove"), "--prove and --force work only with --previous."),
        (("remove", "default", "--previous", "--keep"), "Use either --previous or --keep."),
        (("completion", "tcsh"), "SHELL is one of: bash, zsh, fish, powershell"),
    ],
)
def test_a_mistake_names_what_is_wrong_and_the_nearest_known_name(
    here: Callable[..., Answer], words: tuple[str, ...], said: str
) -> None:
    done = here(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"gemini-setup: {said}"), done.err


@pytest.mark.parametrize(
    "words",
    [
        ("{}",), ("add", "{}"), ("add", "studio", "{}"), ("add", "studio", "--{}"), ("list", "--key={}"), ("get", "{}", "{}"),
        ("get", "--field", "{}"), ("token", "--{}"), ("env", "--for", "{}"), ("exec", "--as", "{}=x", "--", "true"),
        ("explain", "--surface", "{}"), ("connect", "{}"), ("connect", "llm", "{}", "{}"), ("remove", "a", "{}"),
        ("completion", "{}"), ("add", "vertex", "--api-key={}"), ("--{}",),
    ],
)  # fmt: skip
@pytest.mark.parametrize("standard", [False, True])
def test_a_key_in_the_wrong_place_is_not_repeated(
    here: Callable[..., Answer], words: tuple[str, ...], standard: bool
) -> None:
    key = random_key(standard=standard)
    done = here(*(word.format(key) for word in words))
    assert done.code in (1, 2), done.err
    assert done.err
    assert key not in done.err
    assert key[4:-4] not in done.err


def test_a_profile_may_stand_behind_the_options(without_keyring: Program) -> None:
    done = without_keyring("connect", "dotenv", "--file", "x.env", "work", "--yes")
    assert done.code in (1, 4), done.err
    assert "Too many" not in done.err
