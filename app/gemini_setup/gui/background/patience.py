"""Notices while something is done that the keyring waits: for the person's password, or without saying why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

_LOOKS: Final = 300  # milliseconds between two looks
_SLOW: Final = 5  # looks after which a keyring that does not say that it asks is called slow


class Patience(QObject):
    """`waits` carries "asks" or "slow", once for each; `asking` says whether the keyring asks the person just now."""

    waits = Signal(str)

    def __init__(self, asking: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asking = asking
        self._looks = 0
        self.said = ""  # the last of it; "" while nothing is waited for
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        self._looks = 0
        self.said = ""
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self.said = ""

    def _look(self) -> None:
        self._looks += 1
        what = "asks" if self._asking() else "slow" if self._looks >= _SLOW else ""
        if what and what != self.said:
            self.said = what
            self.waits.emit(what)
