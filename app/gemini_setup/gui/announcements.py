"""A passing word for the person, said by anyone and shown by the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Announcements(QObject):
    """`said` carries the text ("" takes the last one away) and whether it is good news."""

    said = Signal(str, bool)

    def say(self, text: str, *, good: bool = False) -> None:
        self.said.emit(text, good)
