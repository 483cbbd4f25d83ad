"""One application for all tests of the window: offscreen, a fixed font, the light scheme."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("QT_SCALE_FACTOR", None)
os.environ.pop("QT_FONT_DPI", None)
os.environ.pop("QT_SCREEN_SCALE_FACTORS", None)

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gemini_setup.gui.background.collector import collect_due
from gemini_setup.gui.background.worker import Work
from gemini_setup.gui.style.theme import THEME
from tests.gui import pictures, states
from tests.gui.driver import Driver, open_window
from tests.gui.made_up import MadeUpCore


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> Iterator[None]:
    gc.disable()  # as in the program: a worker's thread must never take a window apart
    pictures.prepare("light")
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else every window lives on to the end
    collect_due()
    QApplication.clipboard().clear()
    THEME.focus_visible = False


@pytest.fixture
def core() -> MadeUpCore:
    return MadeUpCore()


class Browser(list[str]):
    """The addresses that a browser was sent to; one that is `broken` opens none."""

    broken = False

    def open(self, url: str) -> bool:
        if not self.broken:
            self.append(url)
        return not self.broken


@pytest.fixture
def opened() -> Browser:
    return Browser()


@pytest.fixture
def window(qtbot: QtBot, core: MadeUpCore, opened: Browser) -> Iterator[Driver]:
    """The real window with the real worker, over a made-up core."""
    work = Work()
    made = open_window(core, work=work, opener=opened.open)
    qtbot.addWidget(made)
    made.build_pages()
    pictures.settle(made)
    made.activateWindow()
    yield made
    work.shutdown()


@pytest.fixture
def still(qtbot: QtBot) -> Driver:
    """A window whose runs stand still."""
    made = states.window()
    qtbot.addWidget(made)
    pictures.settle(made)
    return made
