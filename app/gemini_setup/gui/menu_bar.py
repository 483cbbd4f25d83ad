"""The menu bar at the top of a Mac's screen. Elsewhere a window of this kind has none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QMenuBar, QWidget

from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.gui.window_actions import WindowActions

#: What a text field does on its own, and by the menu.
_EDITS: Final = {
    "undo": QKeySequence.StandardKey.Undo,
    "cut": QKeySequence.StandardKey.Cut,
    "copy": QKeySequence.StandardKey.Copy,
    "paste": QKeySequence.StandardKey.Paste,
    "selectAll": QKeySequence.StandardKey.SelectAll,
}
_ROLES: Final = {
    "settings": QAction.MenuRole.PreferencesRole,
    "quit": QAction.MenuRole.QuitRole,
}


class MenuBar(QObject):
    """File, Edit, Help. `paste` takes what is on the clipboard where no field has the keyboard."""

    def __init__(self, bar: QMenuBar, actions: WindowActions, paste: Callable[[], None]) -> None:
        super().__init__(actions)
        self.bar, self._actions, self._paste = bar, actions, paste
        self.menus: dict[str, QMenu] = {name: bar.addMenu("") for name in ("file", "edit", "help")}
        for name, menu in self.menus.items():
            menu.setObjectName(f"menu.{name}")
        for name, role in _ROLES.items():  # Qt moves these into the program's own menu
            actions.actions[name].setMenuRole(role)
        self._fill("file", ("add", "again", "close", "settings", "quit"))
        self._fill("help", actions.help)
        self._edits: dict[str, QAction] = {}
        for name, keys in _EDITS.items():
            action = self._edits[name] = QAction(self)
            action.setObjectName(f"menu.{name}")
            action.setShortcuts(QKeySequence.keyBindings(keys))
            action.triggered.connect(partial(self._edit, name))
            self.menus["edit"].addAction(action)
        self.put_words()

    def _fill(self, menu: str, names: tuple[str, ...]) -> None:
        for name in names:
            self.menus[menu].addAction(self._actions.actions[name])

    def put_words(self) -> None:
        """In the language in use."""
        self._actions.put_words()
        for name, menu in self.menus.items():
            menu.setTitle(say(f"menu.{name}"))
        for name, action in self._edits.items():
            action.setText(say(f"menu.{name}"))

    def _edit(self, name: str, _checked: bool = False) -> None:
        field: QWidget | None = QApplication.focusWidget()
        if isinstance(field, QComboBox):
            field = field.lineEdit()
        hidden = isinstance(field, QLineEdit) and field.echoMode() is not QLineEdit.EchoMode.Normal
        if hidden and name in (
            "undo",
            "cut",
            "copy",
        ):  # as its own keys do; Qt's cut() would empty it without a copy
            return
        do = getattr(field, name, None)
        if callable(do):
            do()
        elif name == "paste":
            self._paste()
