"""Where the window was and how large: it opens there again, wholly on a screen that is there now."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from gemini_setup import settings

_FORM: Final = re.compile(r"(-?\d{1,5}) (-?\d{1,5}) (\d{1,5})x(\d{1,5})( maximized)?")
#: How far a window may lie outside of what its screen has to give, as some do on purpose: a frame's width.
_SLACK: Final = 8


class Place(NamedTuple):
    corner: QPoint
    size: QSize
    maximized: bool

    def __str__(self) -> str:
        big = " maximized" if self.maximized else ""
        return f"{self.corner.x()} {self.corner.y()} {self.size.width()}x{self.size.height()}{big}"


def parsed(text: str) -> Place | None:
    """None for what this program has not written."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    x, y, width, height = map(int, found.groups()[:4])
    return Place(QPoint(x, y), QSize(width, height), bool(found[5]))


def on_screen(wanted: QRect, least: QSize, screens: list[QRect]) -> QRect:
    """As near to it as can be, on the screen that shows most of it, else on the first; never larger than that."""

    def shared(screen: QRect) -> int:
        common = screen.intersected(wanted)
        return max(0, common.width()) * max(0, common.height())

    best = max(screens, key=shared)
    room = best if shared(best) else screens[0]
    size = wanted.size().boundedTo(room.size()).expandedTo(least)
    if not shared(best):
        corner = room.center() - QPoint(size.width() // 2, size.height() // 2)
    else:
        corner = wanted.topLeft()
    x = max(room.left() - _SLACK, min(corner.x(), room.right() + 1 + _SLACK - size.width()))
    y = max(room.top(), min(corner.y(), room.bottom() + 1 + _SLACK - size.height()))
    return QRect(QPoint(max(x, room.left() - _SLACK), max(y, room.top())), size)


def restore(window: QWidget) -> None:
    """Before it is shown. On Wayland only the size: there no program has a say in where its windows are."""
    place = parsed(settings.chosen(settings.WINDOW))
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    if place is None or not screens:
        return
    found = on_screen(QRect(place.corner, place.size), window.minimumSize(), screens)
    window.resize(found.size())
    if QGuiApplication.platformName() != "wayland":
        window.move(found.topLeft())
    if place.maximized:
        window.setWindowState(Qt.WindowState.WindowMaximized)


class Keeper(QObject):
    """Writes the place down when the window is closed, if the person has changed it since it was opened."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._before = _place_of(window)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close and isinstance(watched, QWidget) and watched.isVisible():
            now = _place_of(watched)
            if now != self._before:
                self._before = now
                settings.choose(settings.WINDOW, str(now))
        return False


def _place_of(window: QWidget) -> Place:
    maximized = bool(window.windowState() & Qt.WindowState.WindowMaximized)
    usual = window.normalGeometry() if maximized else QRect(window.pos(), window.size())
    return Place(usual.topLeft(), usual.size(), maximized)
