"""`gemini-setup-headless`: the same source without Qt, for servers and for programs that only read what was saved."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from tests.packaging.wheels import unpacked_wheel

ROOT = Path(__file__).parents[2]
HEADLESS = ROOT / "packaging" / "headless"
#: A process in which there is no Qt, though the tests' own environment has it.
WITHOUT_QT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its wheel, unpacked as pip does."""
    return unpacked_wheel(HEADLESS, tmp_path_factory.mktemp("headless"))


def run(site: Path, home: Path, code: str) -> subprocess.CompletedProcess[str]:
    libraries = sysconfig.get_path("purelib")
    start = f"{WITHOUT_QT}\nsys.path[:0] = [{str(site)!r}, {libraries!r}]\n"
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-S", "-c", start + code], cwd="/", env=env, capture_output=True, text=True, check=False, timeout=60
    )  # fmt: skip


def test_it_wants_all_that_the_main_distribution_wants_but_qt() -> None:
    main = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    light = tomllib.loads((HEADLESS / "pyproject.toml").read_text())["project"]
    assert light["dependencies"] == [one for one in main["dependencies"] if not one.startswith("PySide6")]
    assert light["scripts"] == main["scripts"]
    assert light["requires-python"] == main["requires-python"]


def test_it_is_the_same_source_and_the_same_version(site: Path) -> None:
    ours = {path.relative_to(ROOT / "app"): path.read_bytes() for path in (ROOT / "app").rglob("*.py")}
    theirs = {
        path.relative_to(site): path.read_bytes()
        for path in site.rglob("*.py")
        if "resources" not in path.parts
    }
    assert theirs == ours
    (metadata,) = site.glob("*.dist-info/METADATA")
    version = next(line for line in metadata.read_text().splitlines() if line.startswith("Version: "))
    assert (
        f'__version__ = "{version.removeprefix("Version: ")}"'
        in (ROOT / "app/gemini_setup/version.py").read_text()
    )
    resources = site / "gemini_setup" / "resources"
    assert {path.relative_to(resources) for path in resources.rglob("*") if path.is_file()} == {
        path.relative_to(ROOT / "resources")
        for path in (ROOT / "resources").rglob("*")
        if path.is_file() and path.relative_to(ROOT / "resources").parts[0] != "causes"
    }, "packaging/headless/pyproject.toml names each folder of resources/"


def test_the_command_line_works_and_the_window_says_what_is_missing(site: Path, tmp_path: Path) -> None:
    call = "import gemini_setup.cli.main as cli; sys.exit(cli.main())"
    done = run(site, tmp_path, f"sys.argv = ['gemini-setup', 'list', '--json']; {call}")
    assert (done.returncode, done.stdout) == (0, '{"version": 1, "profiles": []}\n'), done.stderr
    done = run(site, tmp_path, f"sys.argv = ['gemini-setup']; {call}")
    assert done.returncode == 2
    assert "PySide6 is missing" in done.stderr


def test_python_programs_read_with_it(site: Path, tmp_path: Path) -> None:
    """There is no keyring here: the reader gets as far as saying so."""
    code = """
import gemini_setup
try:
    gemini_setup.load()
except gemini_setup.VaultFault as error:
    print(error.fault.value, "PySide6" in sys.modules)
"""
    done = run(site, tmp_path, code)
    assert done.stdout == "missing False\n", done.stderr
