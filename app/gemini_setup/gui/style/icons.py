"""Vector icons drawn by QPainter on a grid of 24, in the colours of the theme in use."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPainterPath, QPen, QPixmap

from gemini_setup.gui.style import theme

STROKE: Final = 1.8


def _line(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)


def _key() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(8.2, 15.8), 4.4, 4.4)
    _line(path, (11.4, 12.6), (19.6, 4.4))
    _line(path, (15.4, 8.6), (18.2, 11.4))
    _line(path, (18.2, 5.8), (20.6, 8.2))
    return path


def _cloud() -> QPainterPath:
    path = QPainterPath(QPointF(7.4, 18.6))
    path.cubicTo(4.6, 18.6, 2.8, 16.7, 2.8, 14.3)
    path.cubicTo(2.8, 12.1, 4.4, 10.3, 6.7, 10.0)
    path.cubicTo(7.4, 7.2, 9.6, 5.4, 12.3, 5.4)
    path.cubicTo(15.3, 5.4, 17.7, 7.6, 18.1, 10.5)
    path.cubicTo(20.0, 10.8, 21.4, 12.4, 21.4, 14.4)
    path.cubicTo(21.4, 16.8, 19.6, 18.6, 17.2, 18.6)
    path.closeSubpath()
    return path


def _file() -> QPainterPath:
    path = QPainterPath()
    _line(
        path,
        (13.6, 3.2),
        (5.6, 3.2),
        (5.6, 20.8),
        (18.4, 20.8),
        (18.4, 8.0),
        (13.6, 3.2),
        (13.6, 8.0),
        (18.4, 8.0),
    )
    return path


def _check() -> QPainterPath:
    path = QPainterPath()
    _line(path, (5.2, 12.6), (10.0, 17.2), (18.8, 7.2))
    return path


def _cross() -> QPainterPath:
    path = QPainterPath()
    _line(path, (6.6, 6.6), (17.4, 17.4))
    _line(path, (17.4, 6.6), (6.6, 17.4))
    return path


def _dot() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 14.4), 1.3, 1.3)  # where the middle of a line of text is
    return path


def _warning() -> QPainterPath:
    path = QPainterPath()
    _line(path, (12, 5.2), (12, 13.6))
    _line(path, (12, 18.4), (12, 18.5))
    return path


def _dash() -> QPainterPath:
    path = QPainterPath()
    _line(path, (6.6, 12), (17.4, 12))
    return path


def _question() -> QPainterPath:
    path = QPainterPath(QPointF(8.2, 8.8))
    path.cubicTo(8.2, 3.8, 15.8, 3.8, 15.8, 8.8)
    path.cubicTo(15.8, 11.8, 12, 11.6, 12, 14.6)
    _line(path, (12, 18.8), (12, 18.9))
    return path


def _clock() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 8.6, 8.6)
    _line(path, (12, 7.0), (12, 12.2), (15.6, 14.2))
    return path


def _copy() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(8.6, 8.6, 11.6, 11.6), 2, 2)
    _line(path, (5.6, 15.4), (3.8, 15.4), (3.8, 3.8), (15.4, 3.8), (15.4, 5.6))
    return path


def _external() -> QPainterPath:
    path = QPainterPath()
    _line(path, (10.4, 4.6), (4.4, 4.6), (4.4, 19.6), (19.4, 19.6), (19.4, 13.6))
    _line(path, (14.0, 4.0), (20.0, 4.0), (20.0, 10.0))
    _line(path, (20.0, 4.0), (11.2, 12.8))
    return path


def _eye() -> QPainterPath:
    path = QPainterPath(QPointF(2.4, 12))
    path.cubicTo(6.4, 4.4, 17.6, 4.4, 21.6, 12)
    path.cubicTo(17.6, 19.6, 6.4, 19.6, 2.4, 12)
    path.addEllipse(QPointF(12, 12), 3.2, 3.2)
    return path


def _gear() -> QPainterPath:
    """Eight teeth around a hub."""
    path = QPainterPath()
    corners = []
    for tooth in range(8):
        for angle, radius in ((-14, 6.6), (-9, 9.4), (9, 9.4), (14, 6.6)):
            turned = math.radians(tooth * 45 + angle)
            corners.append((12 + radius * math.sin(turned), 12 - radius * math.cos(turned)))
    _line(path, *corners, corners[0])
    path.addEllipse(QPointF(12, 12), 3.0, 3.0)
    return path


def _lock() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(4.8, 10.6, 14.4, 10.0), 2.2, 2.2)
    path.moveTo(8.2, 10.6)
    path.lineTo(8.2, 7.6)
    path.cubicTo(8.2, 2.4, 15.8, 2.4, 15.8, 7.6)
    path.lineTo(15.8, 10.6)
    return path


def _chevron_down() -> QPainterPath:
    path = QPainterPath()
    _line(path, (6.4, 9.4), (12, 15.0), (17.6, 9.4))
    return path


def _chevron_right() -> QPainterPath:
    path = QPainterPath()
    _line(path, (9.4, 6.4), (15.0, 12), (9.4, 17.6))
    return path


def _trash() -> QPainterPath:
    path = QPainterPath()
    _line(path, (3.8, 6.4), (20.2, 6.4))
    _line(path, (9.0, 6.2), (9.6, 3.4), (14.4, 3.4), (15.0, 6.2))
    _line(path, (5.8, 6.6), (6.8, 20.6), (17.2, 20.6), (18.2, 6.6))
    _line(path, (10.2, 10.4), (10.4, 16.6))
    _line(path, (13.8, 10.4), (13.6, 16.6))
    return path


def _play() -> QPainterPath:
    path = QPainterPath()
    _line(path, (8.0, 5.2), (18.6, 12.0), (8.0, 18.8), (8.0, 5.2))
    return path


def _computer() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(3.2, 4.4, 17.6, 11.8), 2, 2)
    _line(path, (12, 16.4), (12, 20.0))
    _line(path, (7.8, 20.2), (16.2, 20.2))
    return path


def _help() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 9.0, 9.0)
    path.moveTo(9.4, 9.8)
    path.cubicTo(9.4, 6.2, 14.6, 6.2, 14.6, 9.6)
    path.cubicTo(14.6, 11.8, 12, 11.8, 12, 13.8)
    _line(path, (12, 16.6), (12, 16.7))
    return path


GLYPHS: Final[dict[str, Callable[[], QPainterPath]]] = {
    "key": _key,
    "cloud": _cloud,
    "file": _file,
    "check": _check,
    "cross": _cross,
    "warning": _warning,
    "dash": _dash,
    "dot": _dot,
    "question": _question,
    "clock": _clock,
    "copy": _copy,
    "external": _external,
    "eye": _eye,
    "gear": _gear,
    "lock": _lock,
    "chevron-down": _chevron_down,
    "chevron-right": _chevron_right,
    "trash": _trash,
    "play": _play,
    "help": _help,
    "computer": _computer,
}

# What points along the line of reading, and so turns round with it.
#: "?" is mirrored with the Arabic script; a sign to play is the same everywhere.
_DIRECTED: Final = frozenset({"chevron-right", "external", "help", "question"})

# What stands for an outcome: never the colour alone.
STATE_GLYPH: Final = {"green": "check", "amber": "warning", "red": "cross", "grey": "question"}


def draw(painter: QPainter, name: str, rect: QRectF, colour: QColor, stroke: float = STROKE) -> None:
    """Draw one glyph into a square of any size."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / 24, rect.height() / 24)
    if name in _DIRECTED and QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        painter.translate(24, 0)
        painter.scale(-1, 1)
    pen = QPen(colour, stroke)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(GLYPHS[name]())
    painter.restore()


def draw_disc(painter: QPainter, rect: QRectF, state: str, glyph: str | None = None) -> None:
    """A soft disc in a state's colour with its glyph."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour(state), 1) if theme.THEME.plain else Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(f"{state}_soft"))
    painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5) if theme.THEME.plain else rect)
    inset = rect.width() * 0.22
    draw(
        painter,
        glyph or STATE_GLYPH[state],
        rect.adjusted(inset, inset, -inset, -inset),
        theme.colour(state),
        3.0,
    )
    painter.restore()


def draw_solid(painter: QPainter, rect: QRectF, state: str, glyph: str) -> None:
    """A full disc in a state's colour: the sign of a card or a line that wants to be seen."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(state))
    painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
    inset = rect.width() * (0.24 if rect.width() > 20 else 0.16)  # a small one is all glyph
    ground = theme.colour("ground" if theme.THEME.plain else f"{state}_soft")
    draw(painter, glyph, rect.adjusted(inset, inset, -inset, -inset), ground, 3.4)
    painter.restore()


def draw_ring(painter: QPainter, rect: QRectF, glyph: str | None = None) -> None:
    """An empty ring for what has not happened, with a glyph for what will not."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("border" if glyph is None else "line"), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(rect.adjusted(0.7, 0.7, -0.7, -0.7))
    if glyph:
        inset = rect.width() * 0.24
        draw(painter, glyph, rect.adjusted(inset, inset, -inset, -inset), theme.colour("muted"), 2.6)
    painter.restore()


def draw_spinner(painter: QPainter, rect: QRectF, turn: float) -> None:
    """An arc that goes round; `turn` from 0 to 1."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = max(2.0, rect.width() / 11)
    ring = rect.adjusted(width / 2 + 0.5, width / 2 + 0.5, -width / 2 - 0.5, -width / 2 - 0.5)
    pen = QPen(theme.colour("line"), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawEllipse(ring)
    pen.setColor(theme.colour("accent"))
    painter.setPen(pen)
    painter.drawArc(ring, round(-turn * 360 * 16) + 150 * 16, -100 * 16)
    painter.restore()


def draw_mark(painter: QPainter, rect: QRectF) -> None:
    """The program's mark: a key in a rounded square."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent"))
    painter.drawRoundedRect(rect, rect.width() * 0.26, rect.width() * 0.26)
    inset = rect.width() * 0.17
    draw(painter, "key", rect.adjusted(inset, inset, -inset, -inset), theme.colour("on_accent"), 2.4)
    painter.restore()


class _Engine(QIconEngine):
    """Paints a glyph at any size, in the colour that the theme has at that moment."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ink = theme.colour(self._token)
        if mode is QIcon.Mode.Disabled:
            ink = theme.colour("on_disabled") if self._token == "on_accent" else theme.off()
        side = min(rect.width(), rect.height())
        box = QRectF(rect.x(), rect.y() + (rect.height() - side) / 2, side, side)
        if QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            box.moveLeft(rect.right() + 1 - side)
        if self._name == "mark":
            draw_mark(painter, box)
        else:
            draw(painter, self._name, box, ink)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return result

    def clone(self) -> QIconEngine:
        copy = _Engine(self._name, self._token)
        _ENGINES.append(copy)
        return copy


_ENGINES: list[QIconEngine] = []  # Qt owns an engine, Python must not lose its overrides
_ICONS: dict[tuple[str, str], QIcon] = {}


def icon(name: str, token: str = "muted") -> QIcon:
    if (name, token) not in _ICONS:
        engine = _Engine(name, token)
        _ENGINES.append(engine)
        _ICONS[name, token] = QIcon(engine)
    return _ICONS[name, token]


def app_icon() -> QIcon:
    """The program's icon as pictures of the usual sizes, as window managers want it."""
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        margin = math.floor(side / 24)
        draw_mark(painter, QRectF(margin, margin, side - 2 * margin, side - 2 * margin))
        painter.end()
        result.addPixmap(picture)
    return result
