"""Copies a text when pressed, and says for a moment that it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer

from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.style.text import copy_text
from gemini_setup.gui.texts import say

_SAID: Final = 1600  # milliseconds


class CopyButton(Button):
    """`source` gives the text when it is pressed; "" copies nothing."""

    def __init__(self, identifier: str, text: str, source: Callable[[], str], kind: str = "plain") -> None:
        super().__init__(identifier, text, kind, "copy")
        self._text, self._source = text, source
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAID)
        self._timer.timeout.connect(self._settle)
        self.clicked.connect(self._copy)

    def _copy(self, _checked: bool = False) -> None:
        text = self._source()
        if text:
            copy_text(self, text)
            self.setText(say("common.copied"))
            self.set_icon("check")
            self._timer.start()

    def _settle(self) -> None:
        self.setText(self._text)
        self.set_icon("copy")
