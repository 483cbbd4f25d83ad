"""What a person sees when the program fails: by an installation that is broken, a Qt that cannot start, a signal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gemini_setup
from gemini_setup.i18n import messages
from tests.e2e.conftest import Opened, Wizard, installed_command
from tests.e2e.desktop import Desktop
from tests.e2e.test_canary import forms
from tests.loopback import Google


@pytest.fixture
def copied(desktop: Desktop, environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment in which a copy of the program runs whose files a test may break."""
    shutil.copytree(
        Path(gemini_setup.__file__).parent,
        tmp_path / "copy" / "gemini_setup",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(messages.folder(), tmp_path / "copy" / "gemini_setup" / "resources", dirs_exist_ok=True)
    return {**environ, "PYTHONPATH": str(tmp_path / "copy"), "PYTHONDONTWRITEBYTECODE": "1"}


def resource(tmp_path: Path, name: str) -> Path:
    return tmp_path / "copy" / "gemini_setup" / "resources" / "en" / name


@pytest.fixture
def broken(desktop: Desktop, copied: dict[str, str], opened: Opened, tmp_path: Path) -> Iterator[Wizard]:
    """The words of the causes are cut off, as by a disk that was full: they are read when a check has ended."""
    causes = resource(tmp_path, "causes.toml")
    causes.write_bytes(causes.read_bytes()[:-200] + b'\nwhat = "cut o')
    wizard = Wizard(desktop, copied, [sys.executable, "-m", "gemini_setup"])
    try:
        yield wizard
    finally:
        desktop.picture(tmp_path / "last.png")
        wizard.stop()


def get(desktop: Desktop, environ: dict[str, str]) -> str:
    """What a whole installation finds in the keyring."""
    done = subprocess.run(
        [installed_command(), "get"], env={**desktop.env, **environ}, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_a_broken_file_brings_a_window_a_report_without_the_key_and_what_was_kept_stays_kept(
    broken: Wizard, google: Google, desktop: Desktop, environ: dict[str, str]
) -> None:
    key = google.studio_key()
    broken.press("next")
    broken.focus_is("key.field")
    broken.paste(key.text)
    broken.press("next")
    broken.find("crash.copy")
    shown = " ".join(broken.texts())
    assert "Your saved keys are safe." in shown
    assert key.text not in shown
    broken.press("crash.copy")
    copied = desktop.clipboard_has("Gemini Setup ")
    assert "TOMLDecodeError" in copied
    assert "gemini_setup/i18n/messages.py:" in copied
    assert str(Path.home()) not in copied
    broken.press("crash.go_on")
    assert broken.find("back")["sensitive"]
    assert get(desktop, environ) == key.text
    broken.press("back")
    broken.find("page.home" if "page.home" in broken.texts() else "key.field")
    broken.close()
    assert broken.ended() == 0
    printed = broken.printed()
    assert "TOMLDecodeError" in printed
    for form in forms(key.text):
        assert form not in (copied + shown + printed).encode()


def test_closing_from_the_report_says_by_its_exit_code_that_we_failed(broken: Wizard, google: Google) -> None:
    broken.press("next")
    broken.focus_is("key.field")
    broken.paste(google.studio_key().text)
    broken.press("next")
    broken.find("crash.close")
    broken.press("crash.close")
    assert broken.ended() == 70


def test_a_window_that_cannot_come_up_is_told_in_one(
    desktop: Desktop, copied: dict[str, str], opened: Opened, tmp_path: Path
) -> None:
    resource(tmp_path, "window.toml").write_text("[window\n", encoding="utf-8")
    wizard = Wizard(desktop, copied, [sys.executable, "-m", "gemini_setup"])
    try:
        wizard.find("crash.report")
        wizard.press("crash.close")
        assert wizard.ended() == 70
        assert "TOMLDecodeError" in wizard.printed()
    finally:
        wizard.stop()


def test_a_qt_that_cannot_start_is_said_in_words_without_a_core_dump(tmp_path: Path) -> None:
    done = subprocess.run(
        [installed_command()],
        env={**os.environ, "QT_QPA_PLATFORM": "no-such-platform", "HOME": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    said, rest = messages.text("cli", "no_qt", {"command": "COMMAND"}).replace("`", "").split("COMMAND")
    assert f"gemini-setup: {said}" in done.stderr
    assert rest in done.stderr
    assert list(tmp_path.glob("core*")) == []


def test_a_hard_crash_loses_nothing_kept_and_prints_no_secret(
    wizard: Wizard, google: Google, desktop: Desktop, environ: dict[str, str], tmp_path: Path
) -> None:
    """What had been typed and not kept is gone, by design: it is written nowhere."""
    kept, typed = google.studio_key(), google.studio_key()
    wizard.press("next")
    wizard.focus_is("key.field")
    wizard.paste(kept.text)
    wizard.press("next")
    wizard.find("page.use")
    wizard.desktop.clipboard(typed.text)
    wizard.desktop.key("ctrl+v")
    wizard.find("key.field")
    wizard.focus_is("key.field")
    wizard.process.send_signal(signal.SIGSEGV)
    assert wizard.ended() == -signal.SIGSEGV
    printed = wizard.printed()
    assert "Fatal Python error: Segmentation fault" in printed
    for secret in (kept.text, typed.text):
        for form in forms(secret):
            assert form not in printed.encode()
    home = Path(desktop.env["HOME"])
    files = [path for path in home.rglob("*") if path.is_file() and path.suffix != ".keyring"]
    assert files
    assert not any(form in path.read_bytes() for path in files for form in forms(typed.text))

    again = Wizard(desktop, environ)
    try:
        again.find("page.home")
        assert any(kept.text[-4:] in text for text in again.texts())
        assert get(desktop, environ) == kept.text
        again.close()
        assert again.ended() == 0
    finally:
        again.stop()
