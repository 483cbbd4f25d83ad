"""Renders every page in every state into PNGs: `python -m tests.gui.pictures OUTDIR [STATE... | causes]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QFont, QPixmap, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from gemini_setup.causes import CAUSES
from gemini_setup.gui.theme import THEME
from gemini_setup.gui.window import Window
from tests.gui import states

SIZE = QSize(880, 600)
POINTS = 10.5


def settle(window: Window) -> None:
    """Lay everything out and let it be shown, timers left alone."""
    window.resize(SIZE)
    window.show()
    for _ in range(3):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def picture(widget: QWidget, ratio: int = 1) -> QPixmap:
    result = QPixmap(widget.size() * ratio)
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    widget.render(
        result, QPoint(), QRegion(), QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren
    )
    return result


def prepare(scheme: str, points: float = POINTS) -> QApplication:
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])

    font = QFont("Inter")
    font.setPointSizeF(points)
    app.setFont(font)
    THEME.still = True
    THEME.install(app, scheme)
    return app


def render(folder: Path, names: list[str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    count = 0

    def save(name: str, state: str, ratios: tuple[int, ...]) -> None:
        nonlocal count
        window = states.bring(state)
        settle(window)
        if state in states.SCROLLED:
            bar = window.page(window.place).verticalScrollBar()
            bar.setValue(bar.maximum())
        check = window.check_page
        if check.card.isVisible() and not check.fold.isChecked() and not check.admin.isVisible():
            check.show_main()
        for ratio in ratios:
            file = folder / f"{name}{'' if ratio == 1 else f'-{ratio}x'}.png"
            picture(window, ratio).save(str(file))
            count += 1
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    for scheme in ("light", "dark"):
        prepare(scheme)
        for state in names:
            save(f"{state}-{scheme}", state, (1, 2))
    app = prepare("light", POINTS * 2)
    for state in [name for name in names if name in states.LARGE]:
        save(f"{state}-large", state, (1,))
    app = prepare("light")
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    for state in [name for name in names if name in states.MIRRORED]:
        save(f"{state}-mirrored", state, (1,))
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    return count


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    known = [*states.STATES, *states.WINDOWS]
    names = sys.argv[2:] or known
    if names == ["causes"]:
        names = [f"cause-{name}" for name in CAUSES if name != "works"]
    print(f"{render(Path(sys.argv[1]), names)} pictures")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
