"""A passing word for the person, said by anyone and shown by the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal


class Announcements(QObject):
    """`said` carries the text ("" takes the last one away), whether it is good news, and what takes it back, or None."""

    said = Signal(str, bool, object)

    def say(self, text: str, *, good: bool = False, undo: Callable[[], None] | None = None) -> None:
        self.said.emit(text, good, undo)
