"""A passing word for the person, said by anyone and shown by the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal


class Word(NamedTuple):
    """`good` for what was done as asked, else it wants to be noticed. "" ends the word before.

    `undo` takes back what was done. `ended` is called once the word is gone and nothing was taken back.
    """

    text: str
    good: bool = False
    undo: Callable[[], None] | None = None
    ended: Callable[[], None] | None = None


class Announcements(QObject):
    said = Signal(object)  # a Word

    def say(
        self,
        text: str,
        *,
        good: bool = False,
        undo: Callable[[], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        self.said.emit(Word(text, good, undo, ended))
