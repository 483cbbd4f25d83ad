"""A button that opens a menu: what else can be done with what it stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button

#: (identifier, text) of one entry; None is a line between two groups.
Entry = tuple[str, str] | None


class MenuButton(Button):
    """The menu is made each time it opens. `done` gets the identifier of the entry that was chosen.

    A screen reader hears each entry as the keyboard comes to it; the button says that it has a menu.
    """

    told_as = accessibility.MENU

    def __init__(
        self, identifier: str, text: str, entries: Callable[[], Sequence[Entry]], done: Callable[[str], None]
    ) -> None:
        super().__init__(identifier, text)
        self._entries, self._done = entries, done
        menu = QMenu(self)
        menu.setObjectName(f"{identifier}.menu")
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def _fill(self) -> None:
        menu = self.menu()
        menu.setAccessibleName(self.accessibleName())
        menu.clear()
        for entry in self._entries():
            if entry is None:
                menu.addSeparator()
                continue
            action = QAction(entry[1], menu)
            action.setObjectName(f"{self.objectName()}.{entry[0]}")
            action.triggered.connect(partial(self._choose, entry[0]))
            menu.addAction(action)

    def _choose(self, entry: str, _checked: bool = False) -> None:
        self._done(entry)
