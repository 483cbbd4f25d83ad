"""`packaging/bootstrap` on a small project of the same form, so that no package index is asked and a run takes seconds."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.packaging.locks import LOCKS
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bootstrap is for systems with bash")

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "gemini-setup"
version = "1"
"""
#: The smallest build backend that can do an editable installation: ours comes from the lock, and this lock is small.
BACKEND = """\
import zipfile
METADATA = "Metadata-Version: 2.1\\nName: gemini-setup\\nVersion: 1\\nRequires-Dist: upper\\n"
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "gemini_setup-1-py3-none-any.whl"
    files = {"METADATA": METADATA, "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
             "entry_points.txt": "[console_scripts]\\ngemini-setup = upper:main\\n"}
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(f"gemini_setup-1.dist-info/{file}", text)
        wheel.writestr("gemini_setup-1.dist-info/RECORD", "".join(f"gemini_setup-1.dist-info/{f},,\\n" for f in [*files, "RECORD"]))
    return name
"""


def wheel(folder: Path, name: str, version: str, requires: str = "") -> str:
    """Write one wheel; its line in a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"def main():\n    print('{name} {version}')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
            sha = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={sha},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Checkout:
    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder, self.wheels = folder, wheels
        (folder / "packaging" / "locks").mkdir(parents=True)
        shutil.copy(LOCKS.parent / "bootstrap", folder / "packaging" / "bootstrap")
        (folder / "pyproject.toml").write_text(PYPROJECT)
        (folder / "backend.py").write_text(BACKEND)
        self.upper = wheel(wheels, "upper", "1.0", "Requires-Dist: lower[extra]>=1\nProvides-Extra: extra\n")
        self.lower = wheel(wheels, "lower", "1.0", "Provides-Extra: extra\n")
        wheel(wheels, "lower", "2.0", "Provides-Extra: extra\n")  # a newer release that no lock knows
        self.lock(self.upper + self.lower)

    def lock(self, text: str) -> None:
        (self.folder / "packaging" / "locks" / "run.txt").write_text(text)

    def start(self, **more: str) -> subprocess.Popen[str]:
        env = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
        env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PYTHON": sys.executable, **more}
        return subprocess.Popen(
            ["bash", "packaging/bootstrap", "run"], cwd=self.folder, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def run(self, **more: str) -> tuple[int, str]:
        process = self.start(**more)
        said, _ = process.communicate(timeout=100)
        return process.returncode, said

    def program(self) -> str:
        command = [str(self.folder / ".venv" / "bin" / "gemini-setup")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    return Checkout(tmp_path / "a checkout", wheels)


def test_the_lock_is_installed_and_no_newer_release_and_then_nothing_is_done(checkout: Checkout) -> None:
    code, said = checkout.run()
    assert code == 0, said
    python = checkout.folder / ".venv" / "bin" / "python"
    ask = "import importlib.metadata as m; print(m.version('lower'))"
    assert subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout == "1.0\n"
    assert checkout.program() == "upper 1.0"
    assert checkout.run() == (0, "")

    # A new lock, after an installation that was killed in the middle and so cannot be told from a whole one.
    (checkout.folder / ".venv" / ".filling").touch()
    for file in checkout.folder.glob(".venv/lib/python3*/site-packages/upper.py"):
        file.unlink()
    assert checkout.run()[0] == 0
    assert checkout.program() == "upper 1.0"

    # A checkout that was moved, whose programs name the folder that it was in.
    moved = checkout.folder.rename(checkout.folder.parent / "elsewhere")
    checkout.folder = moved
    assert checkout.run()[0] == 0
    assert checkout.program() == "upper 1.0"


def test_a_lock_that_is_not_whole_is_named(checkout: Checkout) -> None:
    checkout.lock(checkout.upper)
    code, said = checkout.run()
    assert code != 0
    assert "upper 1.0 requires lower, which is not installed" in said


def test_killed_while_the_environment_is_made_it_is_made_at_the_next_run(checkout: Checkout) -> None:
    process = checkout.start()
    until = time.monotonic() + PATIENCE
    while not (checkout.folder / ".venv" / "bin" / "python").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    code, said = checkout.run()
    assert code == 0, said
    assert checkout.program() == "upper 1.0"


def test_two_at_once_wait_for_each_other(checkout: Checkout) -> None:
    both = [checkout.start(), checkout.start()]
    said = [process.communicate(timeout=100)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert checkout.program() == "upper 1.0"
    assert sum("Waiting for another installation" in text for text in said) == 1


def test_a_python_that_is_too_old_is_said(checkout: Checkout) -> None:
    old = checkout.folder / "python3.10"
    old.write_text('#!/bin/sh\nexit 1 # what an old one answers to "are you new enough?"\n')
    old.chmod(0o755)
    code, said = checkout.run(PYTHON=str(old))
    assert code == 1
    assert "needs Python 3.11 or later" in said
    assert str(old) in said
    assert not (checkout.folder / ".venv").exists()
