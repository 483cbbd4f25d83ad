"""The floor of the first frame: a QWidget with nothing in it. Prints the time (epoch seconds) when it was painted."""

import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class Bare(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, done)


def done() -> None:
    print(time.time(), flush=True)
    app.quit()


app = QApplication([])
window = Bare()
window.resize(960, 660)
window.show()
app.exec()
