"""What moves beside the spinner: the sign of a result, or of success, as it lands. It never holds anything up."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from gemini_setup.gui.style import theme

LASTS: Final = 160  # milliseconds
_FRAME: Final = 16
_SMALL: Final = 0.6  # of its size, at the start


class Landing:
    """Has a small widget that paints itself grow and fade in, once.

    Only that widget is painted again; nothing is laid out again, takes the focus or waits for it. Where nothing is to
    move, and where the widget is not seen, it is there at once.
    """

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._clock = QElapsedTimer()
        self._timer = QTimer(widget)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_FRAME)
        self._timer.timeout.connect(self._frame)

    def start(self) -> None:
        if self._widget.isVisible() and not theme.THEME.still:
            self._clock.start()
            self._timer.start()

    @property
    def moving(self) -> bool:
        return self._timer.isActive()

    def _frame(self) -> None:
        if self._clock.elapsed() >= LASTS:
            self._timer.stop()
        self._widget.update()

    def place(self, painter: QPainter, box: QRectF) -> QRectF:
        """Where in `box` the sign stands now; how much of it is seen is set on the painter."""
        if not self.moving:
            return box
        done = min(1.0, self._clock.elapsed() / LASTS)
        eased = 1 - (1 - done) ** 3
        painter.setOpacity(eased)
        inset = box.width() * (1 - _SMALL) * (1 - eased) / 2
        return box.adjusted(inset, inset, -inset, -inset)
