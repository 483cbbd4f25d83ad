"""Checks again automatically after the person has gone to mend something in the browser."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

EVERY: Final = 15  # seconds
_MOST: Final = 40  # times: ten minutes


class Watch(QObject):
    """`due` is emitted every 15 seconds for ten minutes; `changed` when it begins or ends."""

    due = Signal()
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY * 1000)
        self._timer.timeout.connect(self._beat)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def start(self) -> None:
        self._left = _MOST
        if not self.running:
            self._timer.start()
            self.changed.emit()

    def stop(self) -> None:
        if self.running:
            self._timer.stop()
            self.changed.emit()

    def _beat(self) -> None:
        self._left -= 1
        if self._left < 0:
            self.stop()
        else:
            self.due.emit()
