"""A wheel as pip would install it, for the tests of what is in one."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path


def unpacked_wheel(project: Path, folder: Path) -> Path:
    """Build the project's wheel into `folder`, from what git knows, and unpack it; the folder to put on `sys.path`."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=project, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (archive,) = folder.glob("*.whl")
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder / "site")
    return folder / "site"
