"""Programs are found on the PATH's absolute folders, and never in the one that we happen to be in."""

from __future__ import annotations

import ntpath
import os
from pathlib import Path

import pytest

from gemini_setup.system import programs
from gemini_setup.usage import execution


def made(path: Path, text: str = "#!/bin/sh\nexit 0\n", mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_current_folder_is_no_place_for_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = made(tmp_path / "here" / "tool"), made(tmp_path / "there" / "tool")
    monkeypatch.chdir(here.parent)
    for path in ("", ".", ":", f".:{tmp_path}/nowhere", "../here", f"{tmp_path}/none::"):
        assert programs.found("tool", {"PATH": path}) is None
    assert programs.found("tool", {"PATH": f".:../here:{there.parent}"}) == str(there)
    assert programs.found("./tool", {"PATH": ""}) == "./tool"
    assert programs.found(str(here), {"PATH": ""}) == str(here)


def test_only_what_runs_is_found(tmp_path: Path) -> None:
    made(tmp_path / "a" / "tool", mode=0o644)
    (tmp_path / "b" / "tool").mkdir(parents=True)
    last = made(tmp_path / "c" / "tool")
    assert programs.found("tool", {"PATH": f"{tmp_path}/a:{tmp_path}/b"}, beside=[f"{tmp_path}/c"]) == str(
        last
    )
    assert programs.found("tool", {"PATH": f"{tmp_path}/a"}) is None


def test_windows_looks_at_absolute_folders_and_adds_the_endings(monkeypatch: pytest.MonkeyPatch) -> None:
    there: set[str] = set()
    monkeypatch.setattr(programs, "_runs", lambda path: path.lower() in there)

    def found(name: str, path: str) -> str | None:
        return programs.found(name, {"PATH": path, "PATHEXT": ".COM;.EXE;.BAT"}, windows=True)

    there |= {r"c:\git\cmd\git.exe", r"\\server\tools\git.exe"}
    assert found("git", r".;C:\Git\cmd") == r"C:\Git\cmd\git.EXE"
    assert found("git.exe", r'"C:\Git\cmd"') == r"C:\Git\cmd\git.exe"
    assert found("git", r"\\server\tools") == r"\\server\tools\git.EXE"
    there |= {r"git.exe", r".\git.exe", r"\here\git.exe", r"c:here\git.exe"}
    for place in ("", ".", r"\here", "C:here", "here"):
        assert found("git", place) is None, place
    assert found(r".\git", "") == r".\git.EXE"
    assert ntpath.isabs(found("git", r"C:\Git\cmd") or "")


def test_exec_runs_no_bare_name_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path / "ls-of-a-repository", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    monkeypatch.chdir(tmp_path)
    environ = {"PATH": f".:{os.defpath}"}
    assert execution._replace(["ls-of-a-repository"], environ) == execution.NOT_FOUND
    assert execution._supervise(["ls-of-a-repository"], environ, None) == execution.NOT_FOUND
    assert not (tmp_path / "ran").exists()
    assert execution._supervise(["./ls-of-a-repository"], environ, None) == 0
    assert (tmp_path / "ran").exists()
