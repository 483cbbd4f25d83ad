"""What every desktop program does by the same keys. Where the system has a menu bar, it shows the same actions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from gemini_setup.gui.help_desk import DOCUMENTATION
from gemini_setup.gui.texts import say
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import ABOUT

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gemini_setup.gui.background.exclusive_call import ExclusiveCall
    from gemini_setup.gui.controller import Controller
    from gemini_setup.gui.page_pool import PagePool
    from gemini_setup.gui.protocols import Help

#: Ctrl is the Command key on a Mac, where two more have keys of their own.
_MAC: Final = sys.platform == "darwin"
_KEYS: Final = {
    "add": ["Ctrl+N"],
    "close": ["Ctrl+W"],
    "quit": ["Ctrl+Q"],
    "again": ["F5", "Ctrl+R"] if _MAC else ["F5"],
    "settings": ["Ctrl+,"] if _MAC else [],
    DOCUMENTATION: ["F1", "Ctrl+?"] if _MAC else ["F1"],
}


class WindowActions(QObject):
    """`actions` by name; they hold in the whole window."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        calls: ExclusiveCall,
        pool: PagePool,
        help_desk: Help,
    ) -> None:
        super().__init__(window)
        self._controller, self._calls, self._pool = controller, calls, pool
        self.help = tuple(help_desk.entries)
        does: dict[str, Callable[[], object]] = {
            "add": self._add,
            "close": window.close,
            "quit": window.close,
            "again": self._look_again,
            "settings": partial(controller.go, ABOUT),
        }
        does |= {name: partial(help_desk.ask, name) for name in self.help}
        self.actions: dict[str, QAction] = {}
        for name, do in does.items():
            action = self.actions[name] = QAction(window)
            action.setObjectName(f"menu.{name}")
            action.setMenuRole(QAction.MenuRole.NoRole)  # else Qt guesses by the words
            action.setShortcuts([QKeySequence(keys) for keys in _KEYS.get(name, [])])
            action.triggered.connect(partial(_run, do))
            window.addAction(action)
        self.put_words()

    def put_words(self) -> None:
        """In the language in use."""
        for name, action in self.actions.items():
            action.setText(say(f"menu.{name}" if name not in self.help else f"help.{name}"))

    @property
    def _free(self) -> bool:
        return not self._calls.busy and not self._controller.working

    def _add(self) -> None:
        if self._free:
            self._controller.add_another()

    def _look_again(self) -> None:
        if not self._free:
            return
        if self._controller.place == Page.CHECK:
            self._controller.check_again()
        else:
            self._pool.page(self._controller.place).look_again()


def _run(do: Callable[[], object], _checked: bool = False) -> None:
    do()
