"""Links open in the browser, and where there is none the person gets the address."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gemini_setup.gui import browser
from gemini_setup.gui.background.worker import Work
from tests.gui.conftest import Browser
from tests.gui.driver import Driver, open_window
from tests.gui.made_up import MadeUpCore
from tests.gui.test_window import press

ADDRESS = "https://aistudio.google.com/api-keys"
linux = pytest.mark.skipif(sys.platform != "linux", reason="starts what a Linux desktop starts")


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@linux
@pytest.mark.parametrize(
    ("opener", "opened"),
    [("exit 0", True), ("exit 3 # no browser is installed", False), ("exit 4 # it failed", False),
     ("exec sleep 8 # it is the browser itself", True)],
)  # fmt: skip
def test_an_opener_that_fails_is_noticed(
    opener: str, opened: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "xdg-open", opener)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    monkeypatch.setattr(browser, "_LIMIT", 4.0)
    monkeypatch.setattr(browser, "_OPENERS", ("xdg-open",))
    assert browser.open_page(ADDRESS) is opened


@linux
def test_the_next_one_is_tried_and_it_gets_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "xdg-open", "exit 3")
    program(tmp_path / "bin", "x-www-browser", f'printf %s "$1" >"{tmp_path}/got"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    monkeypatch.setattr(browser, "_OPENERS", ("xdg-open", "x-www-browser"))
    assert browser.open_page(ADDRESS)
    assert (tmp_path / "got").read_text() == ADDRESS


def test_without_a_browser_the_address_is_shown_and_copied(window: Driver, opened: Browser) -> None:
    opened.broken = True
    press(window, "next")
    press(window, "key.open")
    banner = window.banners.address
    assert banner.isVisible()
    assert ADDRESS in banner.accessibleName()
    press(window, "banner.address.copy")
    assert QApplication.clipboard().text() == ADDRESS
    window.go_back()
    assert not banner.isVisible(), "it belongs to the page with the link"


@linux
def test_the_window_asks_away_from_its_own_thread(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real opener: an xdg-open that takes its time and then fails."""
    program(tmp_path / "bin", "xdg-open", "sleep 0.3; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    monkeypatch.setattr(browser, "_OPENERS", ("xdg-open",))
    work = Work()
    made = open_window(MadeUpCore(), work=work)
    qtbot.addWidget(made)
    made.show()
    made.open_page("ai-studio-keys")
    assert not made.banners.address.isVisible()
    qtbot.waitUntil(made.banners.address.isVisible, timeout=20_000)
    work.shutdown()
