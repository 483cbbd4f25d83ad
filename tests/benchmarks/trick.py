"""One trick of the window, done or left out: `trick.py NAME on|off` prints its milliseconds of CPU.

What is measured: `import` and `collector`, all CPU up to the first painted frame; `heirs`, what the first of Qt's own
objects costs that PySide is handed; `fill` and `style`, one call in a bare window.
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

name, done = sys.argv[1], sys.argv[2] == "on"


def cpu(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return (time.process_time() - began) * 1000


def said(milliseconds: float) -> None:
    print(milliseconds, flush=True)
    os._exit(0)


def first_frame() -> None:
    """The program's own way in, until its window has been painted."""
    import importlib
    from types import ModuleType

    from gemini_setup.cli.main import main

    if name == "collector" and not done:
        gc.disable = lambda: None
    if name == "import":
        import builtins

        import PySide6.QtCore

        theirs = builtins.__import__
        assert theirs is not getattr(builtins, "__orig_import__", theirs), PySide6.__version__
        import gemini_setup.gui

        assert builtins.__import__ is not theirs, gemini_setup.gui
        if not done:
            builtins.__import__ = theirs
    original = importlib.import_module

    def listening(name: str, package: str | None = None) -> ModuleType:
        found = original(name, package)
        if name == "gemini_setup.gui.main":
            from PySide6.QtCore import QTimer

            importlib.import_module = original
            painted = found.Window.paintEvent

            def paint_event(window: object, event: object) -> None:
                painted(window, event)
                QTimer.singleShot(0, lambda: said(time.process_time() * 1000))  # its children come after it

            found.Window.paintEvent = paint_event
        return found

    importlib.import_module = listening
    main([])


def in_the_window() -> None:
    """Once all pages stand: the first look at Qt's own objects."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    module: Any = import_module("gemini_setup.gui.main")
    from tests.gui.driver import Driver

    children = QApplication.children

    def settled() -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        said(cpu(lambda: children(app)))

    class Watched(Driver):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            QTimer.singleShot(60_000, lambda: os._exit(1))

    module.qt_language.translate_qt = lambda _: settled()  # right after the trick, before anything else
    if not done:
        setattr(QApplication, "children", lambda _: [])  # noqa: B010
    module.assemble = partial(module.assemble, frame=Watched)
    module.run(scheme="light")


def bare() -> None:
    from PySide6.QtGui import QColor, QPainter, QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    class Bare(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            painter, colour = QPainter(self), QColor("red")
            if name == "style":
                said(0.0 if done else cpu(lambda: app.setStyle("fusion")))
            if done:
                painter.setBrush(colour)
                said(cpu(lambda: painter.drawRect(1, 1, 5, 5)))
            said(cpu(lambda: painter.fillRect(1, 1, 5, 5, colour)))

    app = QApplication([*sys.argv[:1], "-style", "fusion"])
    window = Bare()
    window.show()
    app.exec()


{
    "import": first_frame,
    "collector": first_frame,
    "heirs": in_the_window,
}.get(name, bare)()
