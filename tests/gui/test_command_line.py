"""macOS's menu for the command line: what a press does, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QMenu, QMenuBar, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup.gui import macos_menu
from gemini_setup.gui.texts import say
from gemini_setup.system import macos_command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/zsh")
    monkeypatch.setattr(
        macos_command, "SHARED", tmp_path / "no" / "bin"
    )  # this computer's own may be writable
    return tmp_path


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def press(window: QWidget, what: str) -> QMessageBox:
    (menu,) = (a.menu() for bar in window.findChildren(QMenuBar) for a in bar.actions())
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()  # as the system does when it is opened
    action = next(a for a in window.findChildren(QAction) if a.objectName() == f"linking.{what}")
    action.trigger()
    (box,) = window.findChildren(QMessageBox)
    return box


def close(box: QMessageBox) -> None:
    box.button(QMessageBox.StandardButton.Ok).click()
    QGuiApplication.sendPostedEvents(None, 52)  # DeferredDelete


def test_install_says_what_was_made_and_remove_takes_it_away(home: Path, window: QWidget) -> None:
    command = home / "Applications" / "Gemini Setup.app" / "Contents" / "MacOS" / "gemini-setup"
    macos_menu.offer(window, command, QMenuBar(window))
    box = press(window, "install")
    place = home / ".local" / "bin" / "gemini-setup"
    assert os.readlink(place) == str(command)
    assert box.text() == "“gemini-setup” is installed for your user account"
    assert (
        say("linking.where", place="~/.local/bin/gemini-setup", app="Gemini Setup.app")
        in box.informativeText()
    )
    assert box.informativeText().endswith(macos_command.path_line("/bin/zsh"))
    copy = box.findChild(QAbstractButton, "linking.copy")
    assert isinstance(copy, QAbstractButton)
    copy.click()
    assert QGuiApplication.clipboard().text() == macos_command.path_line("/bin/zsh")
    QGuiApplication.sendPostedEvents(None, 52)

    box = press(window, "remove")
    assert not os.path.lexists(place)
    assert box.informativeText().startswith(say("linking.removed_where", place="~/.local/bin/gemini-setup"))
    close(box)


def test_a_refusal_is_said_with_its_reason(home: Path, window: QWidget) -> None:
    translocated = Path(
        "/private/var/folders/zz/T/AppTranslocation/1/d/Gemini Setup.app/Contents/MacOS/gemini-setup"
    )
    macos_menu.offer(window, translocated, QMenuBar(window))
    assert not next(a for a in window.findChildren(QAction) if a.objectName() == "linking.remove").isEnabled()
    box = press(window, "install")
    assert box.text() == "Move Gemini Setup to Applications first"
    assert not (home / ".local").exists()
    close(box)


def test_what_is_not_ours_is_left_and_named(home: Path, window: QWidget) -> None:
    place = home / ".local" / "bin" / "gemini-setup"
    place.parent.mkdir(parents=True)
    place.write_text("pipx made this")
    macos_menu.offer(
        window, home / "Gemini Setup.app" / "Contents" / "MacOS" / "gemini-setup", QMenuBar(window)
    )
    box = press(window, "install")
    assert box.text() == say("linking.foreign")
    assert box.informativeText() == say("linking.foreign_why", place="~/.local/bin/gemini-setup")
    assert place.read_text() == "pipx made this"
    close(box)
