"""How it looks: on a terminal of some width, in a pipe, without colors, and where a sign is lacking."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from typing import TextIO

import pytest

from gemini_setup.cli import output as say
from gemini_setup.cli.terminal import FALL_BACK, SIGNS, Screen, fitting, table, waiting, width
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.model.events import Finding, Planned, Started, Step
from tests.cli.program import Program
from tests.loopback import Google

ASK = b"shown):"


def bare(screen: str) -> list[str]:
    """The lines that stay on a terminal, without their colors."""
    stays = re.sub(r"\r\x1b\[K[^\r\n]*(?=\r\x1b\[K)", "", screen).replace("\r\x1b[K", "")
    return [line.rstrip("\r") for line in re.sub(r"\x1b\[[0-9;]*m", "", stays).split("\n")]


@contextmanager
def a_terminal(columns: int, encoding: str = "utf-8") -> Iterator[tuple[TextIO, int]]:
    """A stream onto a terminal of this width, and the other side of it."""
    screen, terminal = pty.openpty()
    try:
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with os.fdopen(os.dup(terminal), "w", encoding=encoding, errors=FALL_BACK) as out:
            yield out, screen
    finally:
        os.close(terminal)
        os.close(screen)


# ---------------------------------------------------------------- the rows of a check


def rows(columns: int, encoding: str = "utf-8") -> str:
    """What reaches a terminal while two steps run, one ends well, and two end with the same cause."""
    disabled = CAUSES["api-disabled"]
    with a_terminal(columns, encoding) as (out, screen):
        steps = say.Steps(out)
        steps.show(Planned((Step.REACH, Step.ACCEPTS, Step.OPENAI)))
        steps.show(Started(Step.ACCEPTS))
        steps.show(Started(Step.OPENAI))
        steps.show(Finding(Step.REACH, CAUSES["works"], 12))
        while not (shown := os.read(screen, 65_536)).count(b"\r\x1b[K") and os.environ["TERM"] != "dumb":
            pass  # what turns is painted by another thread
        steps.show(Finding(Step.ACCEPTS, disabled, 34))
        steps.show(Finding(Step.OPENAI, disabled, 56))
        steps.end()
        return (shown + os.read(screen, 65_536)).decode()


@pytest.mark.parametrize("columns", [20, 41, 80])
def test_the_line_that_turns_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that wraps stays on the screen: only its last line is erased."""
    monkeypatch.setenv("TERM", "xterm")
    turning = [part.split("\r")[0] for part in rows(columns).split("\r\x1b[K") if part[:1] in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"]
    assert [line for line in turning if "Access" in line]
    for line in turning:
        assert width(line.split("\n")[0]) < columns, line


def test_the_cause_of_a_failed_check_stands_in_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    lines = [line for line in bare(rows(80)) if line]
    assert lines == [
        "✓ Connection to Google  12 ms",
        "! Access                The API is off in this project",
        "! OpenAI compatibility",
    ]


def test_a_dumb_terminal_gets_no_escape_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    shown = rows(80)
    assert "\x1b" not in shown
    assert "12 ms" in shown


def test_no_color_is_honored_and_the_line_that_turns_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[32m✓" in rows(80)
    monkeypatch.setenv("NO_COLOR", "1")
    shown = rows(80)
    assert set(re.findall(r"\x1b\[[0-9;]*.", shown)) == {"\x1b[K"}


def test_where_a_sign_is_lacking_an_ascii_one_stands_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    lines = [line for line in bare(rows(80, "ascii")) if line]
    assert lines[0] == "+ Connection to Google  12 ms"
    assert all(line.isascii() for line in lines)


# ---------------------------------------------------------------- wrapping


@pytest.mark.parametrize("columns", [20, 41, 60, 80, 200])
def test_a_paragraph_is_wrapped_between_words(columns: int) -> None:
    text = (
        "Google doesn’t recognize this key: "
        + "a few words more, " * 12
        + "run `gemini-setup add studio` again."
    )
    with a_terminal(columns) as (out, _):
        lines = Screen(out).lines(text, "     ", "  1. ")
    assert len(lines) > 1
    assert all(width(line) < max(columns, 32) for line in lines), lines
    assert all(width(line) <= 100 for line in lines), "long lines are hard to read"
    assert [line[:5] for line in lines] == ["  1. ", *["     "] * (len(lines) - 1)]
    joined = " ".join(line[5:] for line in lines)
    assert re.sub(r"\x1b\[[0-9;]*m", "", joined) == text.replace("`", "" if "\x1b" in joined else "`")


def test_a_command_is_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with a_terminal(40) as (out, _):
        lines = Screen(out).lines("To restore what was here before: `gemini-setup rollback default`.")
    assert lines == ["To restore what was here before:", "\x1b[1mgemini-setup rollback default\x1b[0m."]


def test_signs_without_spaces_between_them_are_wrapped_too() -> None:
    with a_terminal(11) as (out, _):
        assert Screen(out).lines("日本語日本語日本語") == ["日本語日本", "語日本語"]


def test_in_a_pipe_nothing_is_wrapped_or_colored() -> None:
    text = "a few words more, " * 20 + "`gemini-setup list`"
    assert Screen(io.StringIO()).lines(text) == [text]


@pytest.mark.parametrize(
    ("line", "columns", "fits"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日…"),
        ("abc", 0, "…"),
    ],
)
def test_a_line_is_cut_by_the_room_that_its_signs_take(line: str, columns: int, fits: str) -> None:
    assert fitting(line, columns) == fits


def test_every_stand_in_is_ascii_and_a_sign_that_nobody_knows_is_a_question_mark() -> None:
    everything = "".join(SIGNS) + "語"
    shown = everything.encode("ascii", FALL_BACK).decode()
    assert shown == "".join(SIGNS.values()) + "?"
    assert shown.isascii()


# ---------------------------------------------------------------- tables


def test_columns_are_aligned_and_the_widest_gives_way() -> None:
    found = [
        ["default", "AI Studio", "works"],
        ["a-long-name", "Vertex AI, some-project, europe-west1", "blocked"],
    ]
    with a_terminal(80) as (out, _):
        wide = table(Screen(out), ["NAME", "SERVICE", "STATUS"], found)
    assert {line.index(word) for line, word in zip(wide, ("STATUS", "works", "blocked"), strict=True)} == {52}
    with a_terminal(40) as (out, _):
        narrow = table(Screen(out), ["NAME", "SERVICE", "STATUS"], found)
    assert all(width(line) < 40 for line in narrow)
    assert "…" in narrow[2]
    assert narrow[2].endswith("blocked")


def test_the_list_is_a_table_on_a_terminal_and_tabs_in_a_pipe(program: Program, google: Google) -> None:
    key = google.studio_key().text
    assert program("add", "studio", text=key).code == 0
    (row,) = program("list", "--json").json["profiles"]
    piped = program("list").out
    assert piped == f"default\tAI Studio\t…{key[-4:]}\tworks\t{row['checked']}\n"
    _, screen = program.on_a_terminal("list", columns=80, TERM="xterm")
    header, line = [line for line in bare(screen) if line]
    assert header.split() == ["NAME", "SERVICE", "KEY", "STATUS", "CHECKED"]
    assert re.fullmatch(rf"default +AI Studio +…{key[-4:]} +works +just now", line)
    for name, cell in (("SERVICE", "AI Studio"), ("KEY", "…"), ("STATUS", "works"), ("CHECKED", "just now")):
        assert header.index(name) == line.index(cell)
    assert "\x1b[32mworks\x1b[0m" in screen


# ---------------------------------------------------------------- the whole program


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_blocked_key_says_its_cause_once_and_both_ways(
    program: Program, google: Google, columns: int, language: str
) -> None:
    key = google.studio_key(api_enabled=False, standard=True)
    code, screen = program.on_a_terminal(
        "add", "studio", typed=f"{key.text}\n".encode(), after=b"):", columns=columns, TERM="xterm",
        GEMINI_SETUP_LANGUAGE=language,
    )  # fmt: skip
    assert code == 3, screen
    lines = bare(screen)
    for line in lines:
        assert width(line) <= columns or "https://" in line, "an address is not broken"
    whole = " ".join(" ".join(lines).split())
    title = {"en": "The API is off in this project", "de": "Die API ist in diesem Projekt deaktiviert"}[
        language
    ]
    assert whole.count(title) == 1
    assert "1. " in whole
    assert "2. " in whole
    assert whole.index("https://aistudio.google.com/api-keys") < whole.index(
        "https://console.developers.google.com/"
    )
    again = {"en": "Then run: gemini-setup add studio", "de": "Danach: gemini-setup add studio"}[language]
    assert again in whole
    assert key.text not in screen


def test_in_two_pipes_each_says_the_cause(program: Program, google: Google) -> None:
    """Whoever keeps only one of them has it, too."""
    done = program("add", "studio", text=google.studio_key(api_enabled=False, standard=True).text)
    title = "The API is off in this project"
    assert (done.out.count(title), done.err.count(title)) == (1, 1)
    assert done.out.startswith(f"{title}\n\n")
    assert "\x1b" not in done.out + done.err


def test_signs_have_a_stand_in_where_the_encoding_lacks_them(program: Program, google: Google) -> None:
    done = program("add", "studio", text=google.studio_key().text, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.code == 0
    assert "+ Access" in done.err
    assert (
        "'"
        in program("nonsense", "x", PYTHONIOENCODING="ascii").err
        + program("--help", PYTHONIOENCODING="ascii").out
    )
    assert "?" not in done.err


@pytest.mark.parametrize(("answer", "service"), [(b"1\n", "studio"), (b"\n", "studio"), (b"2\n", "vertex")])
def test_add_alone_asks_which_service(program: Program, answer: bytes, service: str) -> None:
    asked = "Path of the service account file" if service == "vertex" else "Paste your API key"
    _, screen = program.on_a_terminal(
        "add", typed=answer, after=b"[1]:", enough=lambda shown: asked.encode() in shown
    )
    assert "1. Google AI Studio" in screen
    assert asked in screen


def test_add_alone_saves_the_key_that_is_pasted(program: Program, google: Google) -> None:
    key = google.studio_key().text
    code, screen = program.on_a_terminal(
        "add", "--profile", "work", typed=b"1\n", after=b"[1]:", then=(ASK, f"{key}\n".encode())
    )
    assert code == 0, screen
    assert f"The key ends in {key[-4:]} ({len(key)} characters)." in screen
    assert key not in screen
    assert program("get", "work").out == f"{key}\n"


def test_add_alone_in_a_pipe_says_what_is_missing(without_keyring: Program) -> None:
    done = without_keyring("add", text="whatever")
    assert done.code == 2
    assert "gemini-setup add studio" in done.err
    assert "gemini-setup add vertex FILE" in done.err


# ---------------------------------------------------------------- what takes a while


def test_what_takes_a_while_is_said_on_a_terminal_and_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with a_terminal(80) as (out, screen):
        with waiting("Waiting for the keyring", out):
            shown = os.read(screen, 4096).decode()
        shown += os.read(screen, 4096).decode()
    assert "Waiting for the keyring" in shown
    assert shown.endswith("\r\x1b[K")


def test_what_is_done_at_once_or_goes_into_a_pipe_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with a_terminal(80) as (out, screen):
        with waiting("Waiting for the keyring", out):
            pass
        out.write("end")
        out.flush()
        assert os.read(screen, 4096) == b"end"
    pipe = io.StringIO()
    with waiting("Waiting for the keyring", pipe):
        pass
    assert pipe.getvalue() == ""


def test_json_has_nothing_beside_it(program: Program, google: Google) -> None:
    done = program("add", "studio", "--json", text=google.studio_key().text)
    assert json.loads(done.out)["outcome"] == "accepted"


def test_explain_says_how_a_pasted_message_ends(without_keyring: Program) -> None:
    code, screen = without_keyring.on_a_terminal(
        "explain", typed=b"400 API key not valid. Please pass a valid API key.\n\x04", after=b"on a new line:"
    )
    assert code == 0, screen
    assert "Google can’t find this key" in screen
