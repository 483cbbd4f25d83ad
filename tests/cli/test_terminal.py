"""What a closed stdout makes of what is said, and what is said where there is no keyring."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, Program
from tests.loopback import Fault, Google
from tests.secretservice import SecretService
from tests.waiting import PATIENCE

# ---------------------------------------------------------------- stdout


def _into(redirection: str, program: Program, *arguments: str) -> tuple[int, str]:
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments]
    done = subprocess.run(command, env=program.environ, input="", capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("redirection", "why"), [(">&-", "Bad file descriptor"), (">/dev/full", "No space left")]
)
def test_an_answer_that_cannot_be_written_is_one_code_and_one_sentence(
    program: Program, google: Google, redirection: str, why: str
) -> None:
    key = google.studio_key().text
    assert program("add", "studio", text=key).code == 0
    for arguments in (
        ("get",),
        ("token",),
        ("env",),
        ("list",),
        ("list", "--json"),
        ("--help",),
        ("explain", "--trap"),
    ):
        code, said = _into(redirection, program, *arguments)
        assert code == 1, arguments
        assert (
            said.strip().splitlines()[-1]
            == f"gemini-setup: The output couldn’t be written: {said.strip().rpartition(': ')[2]}"
        )
        assert why in said, arguments
        assert key not in said


def test_a_file_that_never_was_is_not_said_to_be_gone(without_keyring: Program) -> None:
    done = without_keyring("add", "vertex", "/nope.json")
    assert done.code == 2
    assert "We can’t find that file." in done.err


# ---------------------------------------------------------------- without a keyring


def test_without_a_keyring_the_next_step_is_named_and_works(without_keyring: Program, google: Google) -> None:
    key = google.studio_key().text
    done = without_keyring("add", "studio", text=key)
    assert done.code == 4
    assert "Not saved. Next: repeat the command with --plain-text" in done.err
    refused = without_keyring("add", "studio", "--plain-text", text=key)
    assert refused.code == 2, "nobody said yes"
    assert without_keyring("get").code == 4
    done = without_keyring("add", "studio", "--plain-text", "--yes", text=key)
    assert done.code == 0, done.err
    assert "unencrypted" in done.err
    assert "eyring," not in done.err, "it is not in one"
    assert "a plain-text file" in done.err
    assert without_keyring("get").out == key + "\n"
    # From now on it is where this computer saves; nobody is asked twice.
    other = google.studio_key().text
    assert without_keyring("add", "studio", text=other).code == 0
    assert without_keyring("get").out == other + "\n"


def test_a_key_that_is_refused_chooses_nothing(without_keyring: Program, google: Google) -> None:
    done = without_keyring("add", "studio", "--plain-text", "--yes", text=google.unknown_key())
    assert done.code == 3
    done = without_keyring("get")
    assert done.code == 4, "no file was chosen: there is still no keyring"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_check_that_is_broken_off_chooses_nothing(
    without_keyring: Program, google: Google, number: signal.Signals
) -> None:
    key = google.studio_key()
    key.fault = Fault(silence=True)
    running = without_keyring.start("add", "studio", "--plain-text", "--yes", text=key.text)
    end = time.monotonic() + PATIENCE
    while not google.requests and time.monotonic() < end:
        time.sleep(0.02)
    running.send_signal(number)
    running.communicate(timeout=PATIENCE)
    assert not (Path(without_keyring.environ["XDG_DATA_HOME"]) / "gemini-setup" / "private").exists()
    assert without_keyring("get").code == 4


def test_a_keyring_that_works_is_not_taken_out_of_use(program: Program, google: Google) -> None:
    key = google.studio_key().text
    plain = ("add", "studio", "--plain-text", "--yes")
    empty = program(*plain, text=key)
    assert (empty.code, "keyring is running" in empty.err) == (2, True)
    assert program("add", "studio", "--profile", "work", text=key).code == 0
    for bus in (program.environ["DBUS_SESSION_BUS_ADDRESS"], "unix:path=/nowhere"):
        done = program(*plain, text=google.studio_key().text, DBUS_SESSION_BUS_ADDRESS=bus)
        assert (done.code, "Saved in the keyring: work." in done.err) == (2, True), done.err
    lost = program("add", "studio", text=key, DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere")
    assert (lost.code, "--plain-text" in lost.err) == (4, False), "it would be refused"
    assert program("get", "work").out == key + "\n"


def test_a_locked_keyring_in_which_nothing_is_saved_may_be_passed_by(google: Google) -> None:
    with SecretService("locked") as service:
        program = Program(google, service, {})
        key = google.studio_key().text
        done = program("add", "studio", "--plain-text", "--yes", text=key)
        assert done.code == 0, done.err
        assert program("get").out == key + "\n"


def test_plain_text_that_cannot_be_saved_is_not_chosen(without_keyring: Program, google: Google) -> None:
    """The disk is full: every file of the new folder may have no byte."""
    look = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); from gemini_setup.cli.main import main; "
    done = subprocess.run(
        [sys.executable, "-c", look + "sys.exit(main())", "add", "studio", "--plain-text", "--yes"],
        input=google.studio_key().text.encode(), env=without_keyring.environ, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert not (Path(without_keyring.environ["XDG_DATA_HOME"]) / "gemini-setup" / "private").exists()
    assert without_keyring("get").code == 4


def test_on_a_terminal_plain_text_takes_a_yes(without_keyring: Program, google: Google) -> None:
    file = without_keyring.environ["HOME"] + "/account.json"
    with open(file, "w", encoding="utf-8") as out:
        out.write(google.service_account().text)
    for typed, code in ((b"n\n", 2), (b"y\n", 0)):
        ended, screen = without_keyring.on_a_terminal(
            "add", "vertex", file, "--plain-text", typed=typed, after=b"[y/N]", timeout=60
        )
        assert ended == code, screen
    assert without_keyring("get").code == 0


def test_a_name_that_no_profile_can_have_is_not_listed(without_keyring: Program, google: Google) -> None:
    """Windows' uninstaller puts the names of the list into a command line."""
    assert without_keyring("add", "studio", "--plain-text", "--yes", text=google.studio_key().text).code == 0
    folder = Path(without_keyring.environ["XDG_DATA_HOME"]) / "gemini-setup"
    index = next(file for file in (folder / "private.json", folder / "profiles.json") if file.exists())
    document = json.loads(index.read_text())
    (row,) = document["profiles"]
    document["profiles"] += [{**row, "profile": name} for name in ('" & calc & "', "../x", "A B", "")]
    index.write_text(json.dumps(document))
    assert [one["profile"] for one in without_keyring("list", "--json").json["profiles"]] == ["default"]
