"""`--smoke` from the source: it works here, and names the part that lacks a library. Of a bundle: bench_frozen.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def smoke(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the document, with `folder` before everything else that Python imports from."""
    env = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "gemini_setup", "--smoke", *arguments],
        env=env, cwd="/", capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


def test_everything_works_here_and_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    code, told = smoke(tmp_path, "--out", str(tmp_path / "told.json"))
    assert code == 0
    assert told["ok"]
    assert not told["frozen"]
    assert json.loads((tmp_path / "told.json").read_text()) == told
    assert told["parts"]["frame"]["what"].startswith("offscreen, ")
    # It asks for the store, and neither makes nor opens anything of the person's.
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["told.json"]


@pytest.mark.parametrize(
    ("lacking", "failed"),
    [
        ("PySide6", ["frame"]),
        ("truststore", ["tls"]),
        ("secretstorage", ["backend"]),
        ("cryptography", ["backend", "tls", "rsa"]),  # SecretStorage needs it, too
    ],
)
def test_it_names_the_part_that_lacks_a_library(lacking: str, failed: list[str], tmp_path: Path) -> None:
    (tmp_path / f"{lacking}.py").write_text("raise ImportError('not here')\n")
    code, told = smoke(tmp_path)
    assert (code, told["failed"]) == (1, failed)
