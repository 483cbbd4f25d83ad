"""The command's link on macOS: made where nothing of anybody's is, and taken away again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gemini_setup.system import macos_command
from gemini_setup.system.macos_command import Found, Refused


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
    done = macos_command.link(command, home, shared)
    assert done == macos_command.Linked(home / ".local" / "bin" / "gemini-setup", command, on_path=False)
    said = subprocess.run(
        ["gemini-setup"], env={"PATH": str(done.place.parent)}, capture_output=True, text=True, check=True
    ).stdout
    assert "it is" in said
    assert not shared.exists()
    assert macos_command.link(command, home, shared) == done  # again: nothing new
    assert macos_command.unlink(command, home, shared) == [done.place]
    assert not os.path.lexists(done.place)
    assert command.is_file()
    assert macos_command.unlink(command, home, shared) == []


def test_where_everybody_looks_when_that_needs_no_rights(command: Path, home: Path, shared: Path) -> None:
    shared.mkdir(parents=True)
    done = macos_command.link(command, home, shared)
    assert (done.place, done.on_path) == (shared / "gemini-setup", True)
    assert not (home / ".local").exists()


def test_a_folder_that_is_not_writable_is_passed_over(
    command: Path, home: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.mkdir(parents=True)
    real = os.access
    # As root everything is writable: the question itself is answered as for anybody else.
    monkeypatch.setattr(os, "access", lambda path, mode: path != shared and real(path, mode))
    assert macos_command.link(command, home, shared).place == home / ".local" / "bin" / "gemini-setup"


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
        macos_command.link(command, home, shared)
    assert (refused.value.reason, refused.value.place) == ("foreign", place)
    assert macos_command.unlink(command, home, shared) == []
    assert (place.is_symlink() and os.readlink(place), place.is_file() and place.read_text()) == before


def test_what_comes_in_the_same_moment_is_not_touched_either(
    command: Path, home: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = home / ".local" / "bin" / "gemini-setup"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    monkeypatch.setattr(macos_command, "look", lambda *_: Found.NOTHING)  # what was seen before it came
    with pytest.raises(Refused, match="foreign"):
        macos_command.link(command, home, shared)
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
    assert macos_command.look(place, command) is Found.OTHER_COPY
    assert os.readlink(macos_command.link(command, home, shared).place) == str(command)
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
        macos_command.link(Path(path), home, shared)
    assert not list(home.iterdir())


@pytest.mark.parametrize(("file", "why"), [(".local", "Not a directory"), (".local/bin", "File exists")])
def test_a_folder_that_cannot_be_made_is_told_with_its_reason(
    command: Path, home: Path, shared: Path, file: str, why: str
) -> None:
    (home / file).parent.mkdir(exist_ok=True)
    (home / file).write_text("a file, where a folder should be")
    with pytest.raises(Refused) as refused:
        macos_command.link(command, home, shared)
    assert (refused.value.reason, refused.value.why) == ("failed", why)


def test_both_places_are_cleared(command: Path, home: Path, shared: Path) -> None:
    macos_command.link(command, home, shared)
    shared.mkdir(parents=True)
    macos_command.link(command, home, shared)
    assert len(macos_command.linked(command, home, shared)) == 2
    assert len(macos_command.unlink(command, home, shared)) == 2
    assert macos_command.linked(command, home, shared) == []


def test_only_a_bundle_has_a_command_to_link(command: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert macos_command.bundled() is None
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("sys.executable", str(command.with_name("Gemini Setup")))
    assert macos_command.bundled() is None  # a checkout
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert macos_command.bundled() == command
    command.unlink()
    assert macos_command.bundled() is None


@pytest.mark.parametrize(
    ("shell", "profile"), [("zsh", ".zprofile"), ("bash", ".bash_profile"), ("sh", ".profile")]
)
def test_the_line_for_path_makes_a_new_shell_find_it(
    command: Path, home: Path, shared: Path, shell: str, profile: str
) -> None:
    macos_command.link(command, home, shared)
    line = macos_command.path_line(f"/bin/{shell}")
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
    assert macos_command.path_line("/opt/homebrew/bin/fish") == "fish_add_path ~/.local/bin"
    assert ".zprofile" in macos_command.path_line("")  # macOS's own shell
