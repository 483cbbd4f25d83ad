"""The file that was downloaded: what git knows of it, and keeping it out of a repository. Blocking; runs git."""

from __future__ import annotations

import subprocess
from enum import StrEnum
from pathlib import Path


class GitStatus(StrEnum):
    NONE = "none"  # no git work tree around it, or no git on this computer
    TRACKED = "tracked"  # in the index, so in the history as soon as somebody commits, or already
    UNTRACKED = "untracked"  # `git add .` would take it
    IGNORED = "ignored"


# A repository's own configuration may name programs to run; none of them is wanted for a look.
_GIT = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            [*_GIT, "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _place(path: Path) -> tuple[Path, str]:
    """The real folder and the file's name: git looks at where a link's target lies."""
    real = path.resolve()
    return real.parent, real.name


def git_status(path: Path) -> GitStatus:
    """Whether git tracks, sees or ignores a file; at most a few tens of milliseconds."""
    folder, name = _place(path)
    inside = _git(folder, "rev-parse", "--is-inside-work-tree")
    if inside is None or inside.returncode != 0 or inside.stdout.strip() != "true":
        return GitStatus.NONE
    tracked = _git(folder, "ls-files", "--error-unmatch", "--", f":(literal){name}")
    if tracked is not None and tracked.returncode == 0:
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
