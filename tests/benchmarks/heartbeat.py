"""The largest gap between the beats of a 5 ms timer on the GUI thread, idle and during a whole check with keeping."""

import json
import sys
import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from gemini_setup.actions import Desk
from gemini_setup.flow import Page, receive
from gemini_setup.gui.core import SystemCore
from gemini_setup.gui.main import application
from gemini_setup.gui.theme import THEME
from gemini_setup.gui.window import Window
from gemini_setup.recognise import recognise
from gemini_setup.vault import open_vault

kind, text = sys.argv[1:3]
app = application()
THEME.install(app, "light")
vault = open_vault()
window = Window(SystemCore(Desk(open_vault=lambda: vault)))
window.show()
window.build_pages()
window.core.warm_up()

gaps: list[float] = []
last = time.perf_counter()
began = 0.0
idle = 0.0


def beat() -> None:
    global last
    now = time.perf_counter()
    gaps.append((now - last) * 1000)
    last = now
    if began and window._place == Page.USE:
        print(json.dumps({"gap": max(gaps), "idle": idle, "check": (now - began) * 1000}), flush=True)
        QApplication.exit(0)


def start() -> None:
    global began, idle, last
    draft, _ = receive(window.draft, recognise(text))
    window.change(draft)
    window.go(Page.KEY if kind == "key" else Page.FILE)
    QTimer.singleShot(300, check)


def check() -> None:
    global began, idle, last
    idle = max(gaps[-40:])
    gaps.clear()
    began = last = time.perf_counter()
    window.go_on()


timer = QTimer()
timer.setTimerType(Qt.TimerType.PreciseTimer)
timer.timeout.connect(beat)
timer.start(5)
QTimer.singleShot(500, start)
QTimer.singleShot(30000, lambda: QApplication.exit(1))
code = app.exec()
window.work.shutdown()
sys.exit(code)
