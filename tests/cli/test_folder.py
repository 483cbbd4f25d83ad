"""A folder chooses the profile by `.gemini-setup`: only once it is allowed, and without a word to other programs."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from gemini_setup.usage import folder_choice, reader
from tests.cli.program import COMMAND, Done, Program
from tests.loopback import Google


class Here:
    """The program, started in a folder."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program, self.folder = program, folder

    def __call__(self, *words: str) -> Done:
        done = subprocess.run(
            [*COMMAND, *words],
            env=self.program.environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def keys(program: Program, google: Google) -> dict[str, str]:
    made = {}
    for profile in ("default", "work"):
        made[profile] = google.studio_key().text
        assert program("add", "studio", "--profile", profile, text=made[profile]).code == 0
    return made


@pytest.fixture
def here(program: Program, tmp_path: Path) -> Here:
    inner = tmp_path / "shop" / "src"
    inner.mkdir(parents=True)
    (tmp_path / "shop" / folder_choice.FILE).write_text("# of the team\n\nwork\n")
    return Here(program, inner)


def test_it_counts_once_allowed_and_below(here: Here, keys: dict[str, str]) -> None:
    top = here.folder.parent
    assert here("get").out.strip() == keys["default"]
    refused = here("exec", "--", "sh", "-c", "echo $GEMINI_API_KEY")
    assert refused.out.strip() == keys["default"]
    assert str(top / folder_choice.FILE) in refused.err
    assert "gemini-setup allow" in refused.err

    allowed = here("allow", "..")
    assert (allowed.code, allowed.out) == (0, "")
    found = here("get")
    assert (found.out.strip(), found.err) == (keys["work"], "")
    assert here("token").err == ""
    for words in (("exec", "--", "sh", "-c", "echo $GEMINI_API_KEY"), ("env", "--shell", "dotenv")):
        done = here(*words)
        assert keys["work"] in done.out
        assert keys["default"] not in done.out
        assert "“work”" in done.err
    assert here("allow", "--list").out == f"{top}\twork\n"


def test_who_names_a_profile_gets_it(here: Here, keys: dict[str, str]) -> None:
    here("allow", "..")
    for words in (("get", "default"), ("get", "--profile", "default")):
        done = here(*words)
        assert (done.out.strip(), done.err) == (keys["default"], "")


def test_another_name_in_the_file_has_to_be_allowed_again(here: Here, keys: dict[str, str]) -> None:
    here("allow", "..")
    (here.folder.parent / folder_choice.FILE).write_text("default\n")
    assert "“default”" in here("exec", "--", "true").err
    assert "changed or is gone" in here("allow", "--list").out
    (here.folder.parent / folder_choice.FILE).write_text("work\n")
    assert here("get").out.strip() == keys["work"]
    assert here("allow", "..", "--remove").code == 0
    assert here("get").out.strip() == keys["default"]
    assert here("allow", "..", "--remove").code == 1


def test_the_nearest_file_counts_and_hides_those_above(here: Here, keys: dict[str, str]) -> None:
    here("allow", "..")
    (here.folder / folder_choice.FILE).write_text("else\n")
    assert here("get").out.strip() == keys["default"]
    made = here("allow", "--profile", "work")
    assert (made.code, (here.folder / folder_choice.FILE).read_text()) == (3, "else\n")
    (here.folder / folder_choice.FILE).unlink()
    made = here("allow", "--profile", "work")
    assert (made.code, (here.folder / folder_choice.FILE).read_text()) == (0, "work\n")
    assert here("get").out.strip() == keys["work"]


def test_a_terminal_is_told(here: Here, keys: dict[str, str]) -> None:
    here("allow", "..")
    command = f"cd {here.folder} && exec {sys.executable} -m gemini_setup get"
    seen = b""
    pid, screen = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.execve("/bin/sh", ["sh", "-c", command], here.program.environ)
    try:
        while piece := os.read(screen, 4096):
            seen += piece
    except OSError:
        pass
    os.waitpid(pid, 0)
    os.close(screen)
    assert keys["work"] in seen.decode()
    assert "“work”" in seen.decode()


@pytest.mark.parametrize("what", ["folder", "link", "pipe", "long", "key", "nothing", "binary"])
def test_what_is_no_such_file_is_looked_past(what: str, tmp_path: Path) -> None:
    place = tmp_path / folder_choice.FILE
    match what:
        case "folder":
            place.mkdir()
        case "link":
            (tmp_path / "real").write_text("work\n")
            place.symlink_to(tmp_path / "real")
        case "pipe":
            os.mkfifo(place)
        case "long":
            place.write_text("work\n" + "#" * 2000)
        case "key":
            place.write_text("AIza" + "x" * 35 + "\n")
        case "binary":
            place.write_bytes(b"\xff\0work\n")
        case _:
            place.write_text("\n# nothing\n")
    assert folder_choice.read(str(place)) is None


def test_a_name_is_what_the_reader_takes_for_one() -> None:
    assert folder_choice._NAME == reader.PROFILE_NAME


def test_a_folder_that_is_gone_chooses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert folder_choice.look() is None
