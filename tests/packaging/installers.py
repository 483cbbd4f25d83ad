"""Does each installer of today and of the last years install the locks, on each Python? `python -m tests.packaging.installers`

For each Python that is named (by default those found on this computer) and each release of pip, and for uv where there is one: a
new environment, the lock of the tests and that of the program installed as `packaging/bootstrap` does it, and `pip check` asked
whether the set is closed. Some forty seconds each; needs a package index, so it is no part of the test suite.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.packaging.locks import LOCKS

ROOT = LOCKS.parents[1]
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
PIPS = ("22.3", "23.2.1", "24.0", "25.0", "26.3")


def version(python: str) -> tuple[int, int] | None:
    """None where there is no such Python."""
    try:
        said = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    major, minor = said.split()
    return int(major), int(minor)


def attempt(python: str, installer: str, folder: Path) -> str:
    """Empty where all went well, else the last line of what was said."""
    place = folder / "venv"
    inside = str(place / "bin" / "python")
    subprocess.run([python, "-m", "venv", str(place)], check=True)
    pip = [inside, "-m", "pip", "-qq", "--disable-pip-version-check"]
    if installer == "uv":
        install = ["uv", "pip", "install", "-q", "--python", inside]
    else:
        install = [*pip, "install", "--root-user-action=ignore"]
        subprocess.run([*install, f"pip=={installer}"], check=True)
    for lock in ("run", "test"):
        steps = [
            [*install, "--require-hashes", "--no-deps", "-r", str(LOCKS / f"{lock}.txt")],
            [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
            [inside, "-m", "pip", "check"],
        ]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                return f"{lock}: {(done.stdout + done.stderr).strip().splitlines()[-1][:200]}"
    return ""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pythons", nargs="*", default=[name for name in PYTHONS if version(name)])
    failed = False
    for python in options.parse_args().pythons:
        known = version(python)
        for installer in (*PIPS, "uv"):
            if installer == "uv" and not shutil.which("uv"):
                continue
            if installer == "22.3" and known and known >= (3, 12):
                continue  # it imports pkgutil.ImpImporter, which that Python no longer has
            with tempfile.TemporaryDirectory() as folder:
                start = time.monotonic()
                said = attempt(python, installer, Path(folder))
                failed |= bool(said)
                print(
                    f"{python:<12}{installer:<8}{said or 'ok':<60}{time.monotonic() - start:6.0f} s",
                    flush=True,
                )
    sys.exit(failed)


if __name__ == "__main__":
    main()
