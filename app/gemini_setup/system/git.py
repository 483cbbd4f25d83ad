"""The file that was downloaded: what git knows of it, and keeping it out of a repository. Blocking; runs git."""

from __future__ import annotations

import os
import subprocess
from enum import StrEnum
from pathlib import Path

from gemini_setup.system import programs


class GitStatus(StrEnum):
    NONE = "none"  # no git work tree around it
    TRACKED = "tracked"  # in the index, so in the history as soon as somebody commits, or already
    UNTRACKED = "untracked"  # `git add .` would take it
    IGNORED = "ignored"
    UNKNOWN = "unknown"  # there is a repository around it, and git is not here, is silent or does not tell


# A repository's own configuration may name programs to run; none of them is wanted for a look.
_OPTIONS = ("--no-optional-locks", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_PATIENCE = 5.0  # seconds


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    program = programs.found("git")
    if program is None:
        return None
    # GIT_DIR, GIT_INDEX_FILE and the like would have another repository answer than the one that the file lies in.
    environ = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    try:
        return subprocess.run(
            [program, *_OPTIONS, "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
            env=environ,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _place(path: Path) -> tuple[Path, str]:
    """The real folder, as far as it is there, and the file's name in it: git looks at where a link's target lies."""
    real = path.resolve()
    folder = next((one for one in real.parents if os.path.isdir(one)), real.parent)
    return folder, real.relative_to(folder).as_posix()


def _has_repository(folder: Path) -> bool:
    return any(os.path.lexists(one / ".git") for one in (folder, *folder.parents))


def git_status(path: Path) -> GitStatus:
    """Whether git tracks, sees or ignores a file; at most a few tens of milliseconds, where git answers."""
    folder, name = _place(path)
    inside = _git(folder, "rev-parse", "--is-inside-work-tree")
    if inside is None or inside.returncode != 0:
        return GitStatus.UNKNOWN if _has_repository(folder) else GitStatus.NONE
    if inside.stdout.strip() != "true":
        return GitStatus.NONE
    tracked = _git(folder, "ls-files", "--error-unmatch", "--", f":(literal){name}")
    if tracked is None or tracked.returncode not in (0, 1):
        return GitStatus.UNKNOWN
    if tracked.returncode == 0:
        return GitStatus.TRACKED
    ignored = _git(folder, "check-ignore", "-q", "--", name)
    if ignored is not None and ignored.returncode == 0:
        return GitStatus.IGNORED
    return GitStatus.UNTRACKED


def ignore(path: Path) -> Path:
    """Add the file to the `.gitignore` at the top of its work tree; returns that file. Raises OSError.

    The line is anchored and escaped, so that it names this one file and nothing else.
    """
    folder, name = _place(path)
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None or top.returncode != 0 or not top.stdout.strip():
        raise OSError("no git work tree")
    root = Path(top.stdout.rstrip("\n"))
    relative = (folder.relative_to(root.resolve()) / name).as_posix()
    if "\n" in relative:
        raise OSError("a line break in a file's name cannot be written to .gitignore")
    escaped = "".join(f"\\{c}" if c in "\\*?[]!# " else c for c in relative)
    target = root / ".gitignore"
    before = target.read_text("utf-8", errors="surrogateescape") if target.exists() else ""
    line = f"/{escaped}"
    if line in before.splitlines():
        return target
    with target.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{'' if not before or before.endswith(chr(10)) else chr(10)}{line}\n")
    return target
