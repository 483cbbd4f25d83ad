"""The command's link on macOS: made where nothing of anybody's is, and taken away again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gemini_setup import linking
from gemini_setup.linking import Found, Refused


@pytest.fixture
def command(tmp_path: Path) -> Path:
    return bundle(tmp_path / "Applications")


def bundle(folder: Path, name: str = "Gemini Setup.app") -> Path:
    command = folder / name / "Contents" / "MacOS" / "gemini-setup"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\necho "it is $0"\n')
    command.chmod(0o755)
    return command


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Where /usr/local/bin would be: not there at all, as on a new Mac."""
    return tmp_path / "usr" / "local" / "bin"


def test_it_is_made_in_a_folder_of_the_persons_own_and_runs(command: Path, home: Path, shared: Path) -> None:
    done = linking.link(command, home, shared)
    assert done == linking.Linked(home / ".local" / "bin" / "gemini-setup", command, on_path=False)
    said = subprocess.run(
        ["gemini-setup"], env={"PATH": str(done.place.parent)}, capture_output=True, text=True, check=True
    ).stdout
    assert "it is" in said
    assert not shared.exists()
    assert linking.link(command, home, shared) == done  # again: nothing new
    assert linking.unlink(command, home, shared) == [done.place]
    assert not os.path.lexists(done.place)
    assert command.is_file()
    assert linking.unlink(command, home, shared) == []


def test_where_everybody_looks_when_that_needs_no_rights(command: Path, home: Path, shared: Path) -> None:
    shared.mkdir(parents=True)
    done = linking.link(command, home, shared)
    assert (done.place, done.on_path) == (shared / "gemini-setup", True)
    assert not (home / ".local").exists()


def test_a_folder_that_is_not_writable_is_passed_over(
    command: Path, home: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.mkdir(parents=True)
    real = os.access
    # As root everything is writable: the question itself is answered as for anybody else.
    monkeypatch.setattr(os, "access", lambda path, mode: path != shared and real(path, mode))
    assert linking.link(command, home, shared).place == home / ".local" / "bin" / "gemini-setup"


@pytest.mark.parametrize("kind", ["file", "folder", "link to another program", "link to nothing of ours"])
def test_what_is_not_ours_is_never_touched(command: Path, home: Path, shared: Path, kind: str) -> None:
    place = home / ".local" / "bin" / "gemini-setup"
    place.parent.mkdir(parents=True)
    pipx = home / ".local" / "pipx" / "venvs" / "gemini-setup" / "bin" / "gemini-setup"
    match kind:
        case "file":
            place.write_text("mine")
        case "folder":
            place.mkdir()
        case "link to another program":
            pipx.parent.mkdir(parents=True)
            pipx.write_text("mine")
            place.symlink_to(pipx)
        case _:
            place.symlink_to("gone")
    before = (place.is_symlink() and os.readlink(place), place.is_file() and place.read_text())
    with pytest.raises(Refused) as refused:
        linking.link(command, home, shared)
    assert (refused.value.reason, refused.value.place) == ("foreign", place)
    assert linking.unlink(command, home, shared) == []
    assert (place.is_symlink() and os.readlink(place), place.is_file() and place.read_text()) == before


def test_what_comes_in_the_same_moment_is_not_touched_either(
    command: Path, home: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = home / ".local" / "bin" / "gemini-setup"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    monkeypatch.setattr(linking, "look", lambda *_: Found.NOTHING)  # what was seen before it came
    with pytest.raises(Refused, match="foreign"):
        linking.link(command, home, shared)
    assert place.read_text() == "mine"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_to_another_copy_follows_this_one(
    command: Path, home: Path, shared: Path, tmp_path: Path, there: bool
) -> None:
    old = tmp_path / "Downloads" / "Gemini Setup 2.app" / "Contents" / "MacOS" / "gemini-setup"
    if there:
        bundle(tmp_path / "Downloads", "Gemini Setup 2.app")
    place = home / ".local" / "bin" / "gemini-setup"
    place.parent.mkdir(parents=True)
    place.symlink_to(old)
    assert linking.look(place, command) is Found.OTHER_COPY
    assert os.readlink(linking.link(command, home, shared).place) == str(command)
    assert old.exists() is there


@pytest.mark.parametrize(
    "path",
    [
        "/private/var/folders/zz/0123/T/AppTranslocation/6E0B/d/Gemini Setup.app/Contents/MacOS/gemini-setup",
        "/Volumes/Gemini Setup/Gemini Setup.app/Contents/MacOS/gemini-setup",
    ],
)
def test_no_link_to_where_the_program_will_not_stay(home: Path, shared: Path, path: str) -> None:
    with pytest.raises(Refused, match="moved"):
        linking.link(Path(path), home, shared)
    assert not list(home.iterdir())


@pytest.mark.parametrize(("file", "why"), [(".local", "Not a directory"), (".local/bin", "File exists")])
def test_a_folder_that_cannot_be_made_is_told_with_its_reason(
    command: Path, home: Path, shared: Path, file: str, why: str
) -> None:
    (home / file).parent.mkdir(exist_ok=True)
    (home / file).write_text("a file, where a folder should be")
    with pytest.raises(Refused) as refused:
        linking.link(command, home, shared)
    assert (refused.value.reason, refused.value.why) == ("failed", why)


def test_both_places_are_cleared(command: Path, home: Path, shared: Path) -> None:
    linking.link(command, home, shared)
    shared.mkdir(parents=True)
    linking.link(command, home, shared)
    assert len(linking.linked(command, home, shared)) == 2
    assert len(linking.unlink(command, home, shared)) == 2
    assert linking.linked(command, home, shared) == []


def test_only_a_bundle_has_a_command_to_link(command: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert linking.bundled() is None
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("sys.executable", str(command.with_name("Gemini Setup")))
    assert linking.bundled() is None  # a checkout
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert linking.bundled() == command
    command.unlink()
    assert linking.bundled() is None


@pytest.mark.parametrize(
    ("shell", "profile"), [("zsh", ".zprofile"), ("bash", ".bash_profile"), ("sh", ".profile")]
)
def test_the_line_for_path_makes_a_new_shell_find_it(
    command: Path, home: Path, shared: Path, shell: str, profile: str
) -> None:
    linking.link(command, home, shared)
    line = linking.path_line(f"/bin/{shell}")
    clean = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", line], env=clean, check=True)
    assert [file.name for file in home.iterdir() if file.is_file()] == [profile]
    # zsh is not on every computer that runs the tests; what the line wrote is the same in all three.
    asked = f'. "$HOME/{profile}"; gemini-setup'
    assert (
        "it is"
        in subprocess.run(
            ["/bin/sh", "-c", asked], env=clean, capture_output=True, text=True, check=True
        ).stdout
    )


def test_the_line_for_fish_and_for_a_shell_that_is_not_known() -> None:
    assert linking.path_line("/opt/homebrew/bin/fish") == "fish_add_path ~/.local/bin"
    assert ".zprofile" in linking.path_line("")  # macOS's own shell
