"""The floor of the first frame: a QWidget with nothing in it. When it is painted: epoch seconds, seconds of CPU, MiB twice."""

import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class Bare(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, done)


def done() -> None:
    now, cpu = time.time(), time.process_time()
    from tests.benchmarks.figures import memory

    print(now, cpu, *memory(), flush=True)
    app.quit()


app = QApplication([])
window = Bare()
window.resize(960, 660)
window.show()
app.exec()
