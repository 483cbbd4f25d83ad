"""On macOS, a menu that puts the bundle's command where a shell finds it, and takes it away again (`linking`)."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QMenuBar, QMessageBox, QWidget

from gemini_setup.gui.style.text import name
from gemini_setup.gui.texts import say
from gemini_setup.i18n.messages import joined
from gemini_setup.system import macos_command


def offer(window: QWidget, command: Path, bar: QMenuBar, before: QAction | None = None) -> QMenu:
    """A menu in that bar, `before` another one. `command` is the one in the bundle."""
    menu = QMenu(window)
    bar.insertMenu(before, menu) if before is not None else bar.addMenu(menu)
    install, remove = menu.addAction(""), menu.addAction("")
    for action, does, identifier in ((install, _install, "install"), (remove, _remove, "remove")):
        action.setObjectName(f"linking.{identifier}")
        # Else Qt moves what is called like settings into the menu of the program itself.
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.triggered.connect(partial(does, window, command))

    def put_words() -> None:
        menu.setTitle(say("linking.menu"))
        install.setText(say("linking.install"))
        remove.setText(say("linking.remove"))
        remove.setEnabled(bool(macos_command.linked(command, Path.home())))

    menu.aboutToShow.connect(put_words)
    put_words()
    return menu


def _install(window: QWidget, command: Path, _checked: bool = False) -> None:
    try:
        done = macos_command.link(command, Path.home())
    except macos_command.Refused as refused:
        _refused(window, refused)
        return
    where = say("linking.where", place=_short(done.place), app=command.parents[2].name)
    if done.on_path:
        _tell(window, say("linking.done"), where)
    else:
        line = macos_command.path_line(os.environ.get("SHELL", ""))
        _tell(window, say("linking.done_own"), f"{where}\n\n{say('linking.path')}\n\n{line}", line)


def _remove(window: QWidget, command: Path, _checked: bool = False) -> None:
    try:
        gone = macos_command.unlink(command, Path.home())
    except macos_command.Refused as refused:
        _refused(window, refused)
        return
    if gone:
        places = joined(_short(place) for place in gone)
        _tell(window, say("linking.removed"), say("linking.removed_where", place=places))


def _refused(window: QWidget, refused: macos_command.Refused) -> None:
    place = _short(refused.place) if refused.place else ""
    why = say(f"linking.{refused.reason}_why", place=place, why=refused.why)
    _tell(window, say(f"linking.{refused.reason}"), why, good=False)


def _tell(window: QWidget, title: str, text: str, line: str = "", *, good: bool = True) -> None:
    """A sheet at the window; `line` can be copied."""
    box = QMessageBox(window)
    name(box, "linking.told", title)
    box.setIcon(QMessageBox.Icon.Information if good else QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    box.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    box.addButton(QMessageBox.StandardButton.Ok)
    if line:
        copy = box.addButton(say("linking.copy"), QMessageBox.ButtonRole.ActionRole)
        copy.setObjectName("linking.copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(line))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def _short(place: Path) -> str:
    """As a person writes it: `~/.local/bin/gemini-setup`."""
    home = Path.home()
    return f"~/{place.relative_to(home)}" if place.is_relative_to(home) else str(place)
