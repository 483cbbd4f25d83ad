"""`resources/` is found from a checkout, an installed wheel and a frozen program alike."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gemini_setup.i18n import cause_texts
from tests.packaging.wheels import unpacked_wheel

ROOT = Path(__file__).parents[2]
PROGRAM = (
    "import sys; from gemini_setup.i18n import cause_texts as words; "
    "print(words.resources()); print(words.cause('works').title); print(words.trap(None).title); "
    "print(words.text('window.window', 'name'))"
)


def ask(*python: str, path: Path, before: str = "") -> list[str]:
    """Run the question in a process whose only way to gemini_setup is `path`, and that is not in the checkout."""
    done = subprocess.run(
        [*python, "-c", f"import sys; sys.path.insert(0, {str(path)!r}); {before}{PROGRAM}"],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from what git knows of the checkout, unpacked as pip does."""
    return unpacked_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


def test_from_a_checkout() -> None:
    assert ask(sys.executable, "-S", path=ROOT / "app")[0] == str(ROOT / "resources")


def test_from_an_installed_wheel(wheel: Path) -> None:
    found, *texts = ask(sys.executable, "-S", path=wheel)
    assert found == str(wheel / "gemini_setup" / "resources")
    assert texts == ["It works", cause_texts.trap(None).title, "Gemini Setup"]


def test_the_wheel_holds_all_resources_and_nothing_that_is_not_the_program(wheel: Path) -> None:
    inside = {
        p.relative_to(wheel / "gemini_setup" / "resources")
        for p in (wheel / "gemini_setup" / "resources").rglob("*")
    }
    outside = {p.relative_to(ROOT / "resources") for p in (ROOT / "resources").rglob("*")}
    compiled = {
        p for p in outside if p.parts[0] == "causes"
    }  # into diagnosis/_table.py: never read by the program
    assert len(compiled) > 50
    assert {p for p in inside if p.suffix} == {p for p in outside - compiled if p.suffix}
    assert not list(wheel.rglob("tests"))
    documents = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*.json")}
    assert documents == {"gemini_setup/resources/tools/gemini-cli-defaults.json"}, (
        "a credential is such a file"
    )


def test_from_a_frozen_program(wheel: Path, tmp_path: Path) -> None:
    """A frozen program has its modules in an archive and its data under `sys._MEIPASS`."""
    bundle = tmp_path / "bundle"
    shutil.copytree(wheel / "gemini_setup" / "resources", bundle / "gemini_setup" / "resources")
    modules = tmp_path / "modules.zip"
    with zipfile.ZipFile(modules, "w") as archive:
        for file in (wheel / "gemini_setup").rglob("*.py"):
            archive.write(file, file.relative_to(wheel))
    found, *texts = ask(
        sys.executable, "-S", path=modules, before=f"sys.frozen = True; sys._MEIPASS = {str(bundle)!r}; "
    )
    assert found == str(bundle / "gemini_setup" / "resources")
    assert texts[0] == "It works"
