"""Renders every page in every state into PNGs: `python -m tests.gui.pictures OUTDIR [light] [STATE... | causes]`.

Light and dark, at 1x and 2x; the main pages also at 1.25x and 1.5x, on a wide and a 4K screen, with text at 200 %, in other
languages and in high contrast. `light` alone leaves it at light, 1x: a quick look. `--baselines` in place of all renews what
tests/gui/test_pictures.py compares with.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from pathlib import Path
from unittest import mock

from PIL import Image
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPoint, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPainter, QPalette, QPixmap, QRegion
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.gui import qt_language
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.theme import THEME
from gemini_setup.i18n import cause_texts, messages
from tests.gui import made_up, states
from tests.gui.driver import Driver

SIZE = QSize(880, 600)
WIDE = QSize(1600, 1000)
SCREEN = QSize(3840, 2160)  # 4K, without a scale
POINTS = 10.5
#: Languages for the main pages, with the font where Inter has no letters for them.
SPOKEN = {"de": "", "ar": "Noto Sans Arabic", "ja": "Noto Sans CJK JP"}


def settle(window: Driver, size: QSize = SIZE) -> None:
    """Lay everything out and let it be shown, timers left alone."""
    window.resize(size)
    window.show()
    for _ in range(3):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def picture(widget: QWidget, ratio: float = 1) -> QPixmap:
    result = QPixmap((widget.size().toSizeF() * ratio).toSize())
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    widget.render(
        result, QPoint(), QRegion(), QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren
    )
    for menu in widget.findChildren(QMenu):  # a window of its own
        if menu.isVisible():
            painter = QPainter(result)
            painter.drawPixmap(widget.mapFromGlobal(menu.pos()), picture(menu, ratio))
            painter.end()
    return result


def prepare(scheme: str, points: float = POINTS, family: str = "") -> QApplication:
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    font = QFont(["Inter", family] if family else ["Inter"])
    font.setPointSizeF(points)
    app.setFont(font)
    THEME.still = True
    THEME.install(app, scheme)
    return app


def bring(state: str) -> Driver:
    """A window in that state, laid out, where a person would look."""
    window = states.bring(state)
    settle(window)
    if state in states.SCROLLED:
        bar = window.page(window.place).verticalScrollBar()
        bar.setValue(bar.maximum())
    check = window.check_page
    if check.outcome.isVisible() and not check.fold.isChecked() and not check.admin.isVisible():
        check.show_main()
    return window


def open_menu(window: Driver, state: str) -> None:
    """Where it opens at the window's present size."""
    window.menu(states.MENUS[state]).close()
    window.press(states.MENUS[state])


def away(window: Driver) -> None:
    """Close it and let it go at once."""
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def render(folder: Path, names: Sequence[str], *, quick: bool = False) -> int:
    """Write the pictures of these states at this process's own scale and give how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0

    def save(window: Driver, name: str) -> None:
        nonlocal count
        state = next((one for one in states.MENUS if name.startswith(one)), "")
        if state:
            open_menu(window, state)
        ratio = window.devicePixelRatioF()
        picture(window, ratio).save(str(folder / f"{name}{'' if ratio == 1 else f'-{ratio:g}x'}.png"))
        count += 1

    prepare("light")
    scaled = os.environ.get("QT_SCALE_FACTOR", "1") != "1"
    for state in names:
        window = bring(state)
        for scheme in ("light",) if quick else ("light", "dark"):
            THEME.force(scheme)  # a live switch, as the system would make it
            settle(window)
            save(window, f"{state}-{scheme}")
        THEME.force("light")
        if state in states.MAIN and not quick and not scaled:
            for size, what in ((SCREEN, "4k"), (WIDE, "wide")):
                settle(window, size)
                save(window, f"{state}-{what}")
        away(window)
    if quick or scaled:
        return count
    mains = [name for name in names if name in states.MAIN]
    prepare("light", POINTS * 2)
    for state in mains:
        save(window := bring(state), f"{state}-large")
        away(window)
    for code, family in SPOKEN.items():
        if family and family not in QFontDatabase.families():
            print(f"without the letters of {code}: install {family}", file=sys.stderr)
        app = prepare("light", family=family)
        messages.use(code)
        qt_language.turn(app)
        for state in mains:
            save(window := bring(state), f"{state}-{code}")
            away(window)
    messages.use("en")
    qt_language.turn(prepare("light"))
    THEME.force(None)
    THEME.ask_for_contrast(True, _high_contrast())
    for state in mains:
        save(window := bring(state), f"{state}-contrast")
        away(window)
    return count


def _high_contrast() -> QPalette:
    """As Windows has it: few colours, far apart."""
    result, role = QPalette(), QPalette.ColorRole
    for name in (role.Window, role.Base, role.Button, role.HighlightedText):
        result.setColor(name, QColor("#000000"))
    for name in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        result.setColor(name, QColor("#ffffff"))
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor("#3ff23f"))
    result.setColor(role.Highlight, QColor("#1aebff"))
    return result


def at_scale(scale: str, *arguments: str) -> None:
    """The same in a process of its own, as on a screen with that scale: Qt takes it only at the start."""
    command = [sys.executable, "-m", "tests.gui.pictures", *arguments]
    subprocess.run(command, env={**os.environ, "QT_SCALE_FACTOR": scale}, check=True)


# ---- what every machine draws alike

BASELINES = Path(__file__).parent / "baselines"
FAMILY = "Gemini Setup Pictures"  # Inter 3.19, cut down to the letters that are needed
#: (state, scheme) of each baseline: one of every kind of page, and of every state's colour.
COMPARED = (
    ("choose", "light"),
    ("choose", "dark"),
    ("key-pasted", "light"),
    ("file-chosen", "light"),
    ("checking", "light"),
    ("limited", "light"),
    ("refused", "dark"),
    ("trap", "light"),
    ("use-key", "light"),
    ("home-old-alive", "dark"),
    ("remove", "light"),
    ("about", "dark"),
    ("plan-key", "light"),
    ("plan-refused", "dark"),
    ("mend-api", "light"),
)


class _Noon(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _Noon:
        return cls(2026, 11, 21, 12, tzinfo=UTC)


_honest_ago = cause_texts.ago


def _ago(at: str | None, now: datetime | None = None) -> str:
    return _honest_ago(at, now or _Noon.now(UTC))


def _code_font() -> QFont:
    return theme.font((0.95, 400))


@contextmanager
def pinned() -> Iterator[None]:
    """One font without hinting in all places, one time of day, no caret that blinks: what differs then is ours."""
    app = prepare("light")
    loaded = [QFontDatabase.addApplicationFont(str(file)) for file in sorted(BASELINES.glob("*.otf"))]
    assert loaded, "the pinned font is missing"
    assert -1 not in loaded, "the pinned font cannot be read"
    font = QFont(FAMILY)
    font.setPointSizeF(POINTS)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    strategy = QFont.StyleStrategy
    font.setStyleStrategy(
        strategy.PreferAntialias
        | strategy.NoSubpixelAntialias
        | strategy.NoFontMerging
        | strategy.PreferOutline
    )
    blink = app.cursorFlashTime()
    app.setFont(font)
    app.setCursorFlashTime(0)
    try:
        with (
            mock.patch.object(theme, "code_font", _code_font),
            mock.patch.object(profile_row, "datetime", _Noon),
            mock.patch.object(cause_texts, "ago", _ago),
            mock.patch.object(made_up, "datetime", _Noon),
        ):
            THEME.install(app, "light")
            yield
    finally:
        app.setCursorFlashTime(blink)
        for number in loaded:
            QFontDatabase.removeApplicationFont(number)


def shot(state: str, scheme: str) -> Image.Image:
    """The window in that state as an image; only inside `pinned`."""
    THEME.force(scheme)
    window = bring(state)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture(window).save(buffer, "BMP")
    away(window)
    return Image.open(BytesIO(bytes(buffer.data().data()))).convert("RGB").point(_coarse)


def _coarse(value: int) -> int:
    """In steps of 16, which makes the files half as large."""
    return min(255, (value + 8) // 16 * 16)


def renew() -> int:
    with pinned():
        for state, scheme in COMPARED:
            shot(state, scheme).save(BASELINES / f"{state}-{scheme}.png", optimize=True)
    return len(COMPARED)


def main() -> int:
    if sys.argv[1:] == ["--baselines"]:
        print(f"{renew()} baselines")
        return 0
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    known = [*states.STATES, *states.WINDOWS]
    folder, quick = Path(sys.argv[1]), "light" in sys.argv[2:]
    names = [name for name in sys.argv[2:] if name != "light"] or known
    if names == ["causes"]:
        names = [f"cause-{name}" for name in CAUSES if name != "works"]
    print(f"{render(folder, names, quick=quick)} pictures", flush=True)
    if not quick and "QT_SCALE_FACTOR" not in os.environ:
        mains = [name for name in names if name in states.MAIN]
        for scale, shown in (("1.25", mains), ("1.5", mains), ("2", names)):
            if shown:
                at_scale(scale, str(folder), *shown)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
