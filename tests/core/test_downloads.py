"""What git knows of a downloaded file, by the real git; and the line that keeps it out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gemini_setup.system import git
from gemini_setup.system.git import GitStatus, git_status, ignore

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def run_git(folder: Path, *arguments: str) -> str:
    quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    done = subprocess.run(
        ["git", *names, *arguments], cwd=folder, env=quiet, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "work tree"
    (folder / "sub").mkdir(parents=True)
    run_git(folder, "init", "-q")
    return folder


def made(folder: Path, name: str = "key.json") -> Path:
    path = folder / name
    path.write_text("{}")
    return path


def test_outside_of_a_work_tree_git_has_no_say(tmp_path: Path) -> None:
    assert git_status(made(tmp_path)) is GitStatus.NONE


def test_inside_of_the_git_folder_git_has_no_say(tree: Path) -> None:
    assert git_status(made(tree / ".git")) is GitStatus.NONE


def test_seen_tracked_and_ignored_are_told_apart(tree: Path) -> None:
    path = made(tree / "sub")
    assert git_status(path) is GitStatus.UNTRACKED
    (tree / ".gitignore").write_text("*.json\n")
    assert git_status(path) is GitStatus.IGNORED
    run_git(tree, "add", "-f", "sub/key.json")
    assert git_status(path) is GitStatus.TRACKED, "in the index, ignored or not"
    run_git(tree, "commit", "-qm", "x")
    assert git_status(path) is GitStatus.TRACKED


def git_that(folder: Path, does: str) -> str:
    """A folder for the PATH, with a git of ours in it."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{does}\n")
    (folder / "git").chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    "does", ["", "exit 128", "exec sleep 5", "case $* in *rev-parse*) echo true ;; *) exit 128 ;; esac"],
    ids=["not installed", "fails", "hangs", "fails later"],
)  # fmt: skip
def test_a_git_that_does_not_tell_is_not_a_no(
    does: str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for "dubious ownership" in a folder of another account: the guard must not fall open."""
    monkeypatch.setattr(git, "_PATIENCE", 0.2)
    monkeypatch.setenv("PATH", git_that(tmp_path / "bin", does) if does else str(tmp_path))
    assert git_status(made(tree)) is GitStatus.UNKNOWN
    assert git_status(tree / "not" / "there" / "yet") is GitStatus.UNKNOWN
    if not does or "rev-parse" not in does:
        assert git_status(made(tmp_path)) is GitStatus.NONE, "no repository, so nothing to be tracked in"


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"])
def test_what_the_environment_says_to_git_is_not_said_of_this_file(
    name: str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tree)
    run_git(tree, "add", "key.json")
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert git_status(path) is GitStatus.TRACKED


def test_a_file_in_a_folder_that_is_not_there_yet_is_told(tree: Path) -> None:
    assert git_status(tree / "sub" / "new" / ".env") is GitStatus.UNTRACKED
    (tree / ".gitignore").write_text(".env\n")
    assert git_status(tree / "sub" / "new" / ".env") is GitStatus.IGNORED


def test_a_git_in_the_current_folder_is_not_run(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_that(tmp_path / "bin", f"touch {tmp_path}/ran")
    monkeypatch.chdir(tmp_path / "bin")
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    assert git_status(made(tree)) is GitStatus.UNTRACKED
    assert not (tmp_path / "ran").exists()


def test_a_link_is_looked_at_where_it_leads(tree: Path, tmp_path: Path) -> None:
    path = made(tree)
    run_git(tree, "add", "key.json")
    link = tmp_path / "link.json"
    link.symlink_to(path)
    assert git_status(link) is GitStatus.TRACKED
    inward = tree / "inward.json"
    inward.symlink_to(made(tmp_path, "outside.json"))
    assert git_status(inward) is GitStatus.NONE


def test_the_ignoring_line_names_this_one_file_and_no_other(tree: Path) -> None:
    path = made(tree / "sub")
    assert ignore(path) == tree / ".gitignore"
    assert (tree / ".gitignore").read_text() == "/sub/key.json\n"
    assert git_status(path) is GitStatus.IGNORED
    assert git_status(made(tree)) is GitStatus.UNTRACKED
    ignore(path)
    assert (tree / ".gitignore").read_text() == "/sub/key.json\n", "once is enough"


def test_what_stood_in_the_file_stays_whatever_it_is(tree: Path) -> None:
    target = tree / ".gitignore"
    target.write_bytes(b"*.pyc\r\n\xff\xfe no newline at the end")
    path = made(tree)
    ignore(path)
    assert target.read_bytes() == b"*.pyc\r\n\xff\xfe no newline at the end\n/key.json\n"
    assert git_status(path) is GitStatus.IGNORED


@pytest.mark.parametrize(
    "name",
    [
        "#key.json",
        "!key.json",
        "k[e]y.json",
        "k*y.json",
        "k?y.json",
        "key .json",
        "key\\.json",
        " key.json",
        "schlüssel.json",
        "key.json ",
    ],
)
def test_names_that_mean_something_to_git_are_escaped(tree: Path, name: str) -> None:
    path, other = made(tree, name), made(tree, "kxy.json")
    assert git_status(path) is GitStatus.UNTRACKED
    ignore(path)
    assert git_status(path) is GitStatus.IGNORED
    assert git_status(other) is GitStatus.UNTRACKED
    run_git(tree, "add", "-f", "--", f":(literal){name}")
    assert git_status(path) is GitStatus.TRACKED


def test_where_no_line_can_help_it_says_so(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="work tree"):
        ignore(made(tmp_path))
    with pytest.raises(OSError, match="line break"):
        ignore(made(tree, "a\nb.json"))
    assert not (tree / ".gitignore").exists()


def test_a_repository_s_own_settings_start_nothing(tree: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/was-run'\n")
    program.chmod(0o755)
    for setting in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor"):
        run_git(tree, "config", setting, str(program))
    (tree / ".git/hooks/post-index-change").write_text(program.read_text())
    (tree / ".git/hooks/post-index-change").chmod(0o755)
    path = made(tree)
    git_status(path)
    ignore(path)
    assert not (tmp_path / "was-run").exists()


def test_without_git_there_is_no_say_and_no_fall(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tree)
    monkeypatch.setenv("PATH", "")
    assert git_status(path) is GitStatus.UNKNOWN
    with pytest.raises(OSError):
        ignore(path)
