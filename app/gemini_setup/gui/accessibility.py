"""What assistive tools are told of our own controls where Qt's own account is not right, by a role each says of itself.

A widget's class names it in `told_as`. Qt asks the factory once for each widget, and only while a tool is listening.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QAccessibleWidget, QLabel, QWidget

WINDOW, LIST, ITEM, GROUP, HEADING, OPENS, SAYS_SO, TABS, TAB, MENU = (
    "window", "list", "item", "group", "heading", "opens", "says-so", "tabs", "tab", "menu"
)  # fmt: skip

_ROLES: Final = {
    WINDOW: QAccessible.Role.Window,
    LIST: QAccessible.Role.List,
    ITEM: QAccessible.Role.ListItem,
    GROUP: QAccessible.Role.Grouping,
    HEADING: QAccessible.Role.Heading,
    TABS: QAccessible.Role.PageTabList,
}


class _Placed(QAccessibleWidget):
    """All as Qt has it, in another role."""

    def __init__(self, widget: QWidget, role: QAccessible.Role) -> None:
        super().__init__(widget, role)

    def text(self, which: QAccessible.Text) -> str:
        found = super().text(which)
        widget = self.object()
        if not found and which is QAccessible.Text.Name and isinstance(widget, QLabel):
            return widget.text()
        return found


class _Switch(QAccessibleWidget):
    """A button that stays down is a tick box to Qt. One that opens what is beneath it is expanded or collapsed, a tab is
    selected; one whose name says what it does next ("Hide the key") has no state at all. One with a menu has
    no action in Qt's account; here it can be pressed."""

    def __init__(self, button: QAbstractButton, told: str) -> None:
        super().__init__(button, QAccessible.Role.PageTab if told == TAB else QAccessible.Role.Button)
        self._button, self._opens, self._tab, self._menu = button, told == OPENS, told == TAB, told == MENU

    def text(self, which: QAccessible.Text) -> str:
        found = super().text(which)
        if not found and which is QAccessible.Text.Name:
            return self._button.text().replace("&", "")
        return found

    def state(self) -> QAccessible.State:
        state = super().state()
        if self._opens:
            state.expandable = True
            state.expanded = self._button.isChecked()
            state.collapsed = not state.expanded
        if self._tab:
            state.selectable = True
            state.selected = self._button.isChecked()
        state.hasPopup = self._menu
        return state

    def actionNames(self) -> list[str]:
        return ["Press", *super().actionNames()] if self._button.isEnabled() else []

    def doAction(self, action: str) -> None:
        if action == "Press":
            self._button.click()
        else:
            super().doAction(action)


def _interface(_class: str, thing: QObject) -> QAccessibleInterface | None:
    told = getattr(type(thing), "told_as", "")
    if not told or not isinstance(thing, QWidget):
        return None
    if isinstance(thing, QAbstractButton):
        return _Switch(thing, told)
    return _Placed(thing, _ROLES[told])


QAccessible.installFactory(_interface)
