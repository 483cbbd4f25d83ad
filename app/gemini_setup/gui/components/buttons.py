"""Buttons of seven kinds, a row that wraps, and the focus ring that appears only for the keyboard."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleStateChangeEvent,
    QIcon,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QLayout, QLayoutItem, QPushButton, QSizePolicy, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.text import announce, name
from gemini_setup.gui.texts import say

_ICON_TOKEN = {
    "destroy": "on_accent",
    "primary": "on_accent",
    "plain": "text",
    "ghost": "muted",
    "link": "accent",
    "tab": "muted",
    "nav": "text",
    "row": "muted",
}
#: Icons that stand behind a link's text, so that the text itself begins at the column's edge.
_TRAILING = frozenset({"chevron-down", "chevron-right", "external"})
_LINK_PADDING = 5  # above and below
_ROW = 44  # a row's least height
_ROW_SIDE = 20  # left and right in it


def draw_focus(widget: QWidget, radius: float = theme.RADIUS, inset: int = 1) -> None:
    """The ring of the focused control, once the keyboard has been used to move. `inset` keeps it clear of a frame."""
    if not (widget.hasFocus() and theme.THEME.focus_visible):
        return
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset)
    if isinstance(widget, QPushButton) and widget.property("kind") == "primary":
        painter.setPen(QPen(theme.colour("on_accent"), 2))
        painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), radius - 3, radius - 3)
    painter.setPen(QPen(theme.colour("text" if widget.property("kind") == "primary" else "accent"), 2))
    painter.drawRoundedRect(box, radius - 1, radius - 1)


class Button(QPushButton):
    """A button: "primary" (one a page), "destroy" (the main one where it destroys), "plain", "ghost", "tab", "link" (its
    text begins at its edge), "nav" (an item of the rail), or "row" (a line of a card, its icon at the far end)."""

    def __init__(self, identifier: str, text: str, kind: str = "plain", icon: str = "") -> None:
        super().__init__()  # with a text, Qt would tell of it before this is a button of ours
        self.setText(text)
        self._icon = icon
        self._rests_until = 0.0
        name(self, identifier)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        wide = QSizePolicy.Policy.Preferred if kind == "row" else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(theme.STRONG))
        scale = theme.scale()
        line = self.fontMetrics().height()  # an icon never makes a button taller than its text does
        self.setIconSize(QSize(round(26 * scale), min(round(18 * scale), line)))
        self.setProperty("kind", kind)
        self.set_icon(icon)

    def set_kind(self, kind: str) -> None:
        if self.property("kind") == kind:
            return
        self.setProperty("kind", kind)
        self.set_icon(self._icon)
        self.style().unpolish(self)
        self.style().polish(self)
        self.update()

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self.setIcon(icons.icon(icon, _ICON_TOKEN[str(self.property("kind"))]) if icon else QIcon())

    def sizeHint(self) -> QSize:
        """As tall in every script, so that buttons and fields side by side are: taller letters have the padding."""
        hint, metrics = super().sizeHint(), self.fontMetrics()
        if self.property("kind") == "row":
            width = metrics.size(Qt.TextFlag.TextShowMnemonic, self.text()).width()
            height = max(round(_ROW * theme.scale()), metrics.height() + 2 * theme.GAP)
            return QSize(2 * _ROW_SIDE + width + 2 * theme.GAP + self._side(), height)
        if self.property("kind") == "link":
            text = metrics.size(Qt.TextFlag.TextShowMnemonic, self.text())
            icon = self._side() + 2 * theme.GAP if self._icon else 0
            return QSize(text.width() + icon, metrics.height() + 2 * _LINK_PADDING)
        more = metrics.size(Qt.TextFlag.TextShowMnemonic, self.text()).height() - metrics.height()
        return QSize(hint.width(), hint.height() - max(0, more))

    def rest(self, milliseconds: int) -> None:
        """Take no press for so long: it has come up where another button was, and the press may be meant for that one."""
        self._rests_until = time.monotonic() + milliseconds / 1000

    @property
    def rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def hitButton(self, place: QPoint) -> bool:
        return not self.rests and super().hitButton(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses the focused button, as it does everywhere else on a desktop."""
        if self.rests and event.key() in _PRESSES:
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() in _BARE:
            self.animateClick()
            return
        super().keyPressEvent(event)

    def _side(self) -> int:
        """Of a link's icon."""
        return min(round(16 * theme.scale()), self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.property("kind") in ("link", "row"):
            (self._paint_link if self.property("kind") == "link" else self._paint_row)()
            return
        super().paintEvent(event)
        draw_focus(self)

    def _paint_row(self) -> None:
        """The whole line is pressed; its icon says what comes of it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)
        ink, sign = theme.colour("text"), theme.colour("muted")
        if not self.isEnabled():
            ink = sign = theme.off()
        elif self.underMouse():
            ink = sign = theme.colour("accent")
        side = self._side()
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        if self._icon:
            x = _ROW_SIDE if mirrored else self.width() - _ROW_SIDE - side
            box = QRectF(x, (self.height() - side) / 2, side, side)
            icons.draw(painter, self._icon, box, sign)
        painter.setFont(self.font())
        painter.setPen(ink)
        box = QRectF(self.rect()).adjusted(_ROW_SIDE, 0, -_ROW_SIDE, 0)
        place = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        flags = Qt.AlignmentFlag.AlignVCenter | place | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(box, flags | Qt.TextFlag.TextShowMnemonic, self.text())
        painter.end()
        draw_focus(self, inset=3)

    def _paint_link(self) -> None:
        """Text and icon from edge to edge. There is no room for a ring: a ground and a thick line show the keyboard."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = theme.colour("accent") if self.isEnabled() else theme.off()
        if self.hasFocus() and theme.THEME.focus_visible:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRect(self.rect())
            painter.setBrush(ink)
            painter.drawRect(0, self.height() - 2, self.width(), 2)
        side, gap = self._side(), 2 * theme.GAP
        length = self.sizeHint().width() - (side + gap if self._icon else 0)
        behind = self._icon in _TRAILING
        places = [(0, length), (length + gap, side)] if behind else [(side + gap, length), (0, side)]
        if not self._icon:
            places = [(0, length)]
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            places = [(self.width() - x - width, width) for x, width in places]
        if self._icon:
            box = QRectF(places[1][0], (self.height() - side) / 2, side, side)
            icons.draw(painter, self._icon, box, ink)
        font = self.font()
        font.setUnderline(self.underMouse() and self.isEnabled())
        painter.setFont(font)
        painter.setPen(ink)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic
        painter.drawText(QRectF(places[0][0] - 1, 0, length + 2, self.height()), flags, self.text())


_PRESSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_BARE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class LinkButton(Button):
    """Opens what is beneath it, and closes it again."""

    told_as = accessibility.OPENS

    def __init__(self, identifier: str, text: str, kind: str = "plain", icon: str = "") -> None:
        super().__init__(identifier, text, kind, icon)
        self.setCheckable(True)
        self.toggled.connect(self._tell)

    def _tell(self, opened: bool) -> None:
        """Qt passes no change of this state on to Linux's bus, so it is said as well."""
        if QAccessible.isActive():
            changed = QAccessible.State()
            changed.expanded = True
            QAccessible.updateAccessibility(QAccessibleStateChangeEvent(self, changed))
            announce(self, say("common.opened" if opened else "common.closed"))


class ToggleButton(Button):
    """Stays down, and its name says what a press does next."""

    told_as = accessibility.SAYS_SO

    def __init__(self, identifier: str, text: str, kind: str = "plain", icon: str = "") -> None:
        super().__init__(identifier, text, kind, icon)
        self.setCheckable(True)


class TabButton(Button):
    """One of a row of tabs: in an exclusive group, so that arrows go from one to the other."""

    told_as = accessibility.TAB

    def __init__(self, identifier: str, text: str) -> None:
        super().__init__(identifier, text, "tab")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.toggled.connect(self._take_tab)

    def _take_tab(self, chosen: bool) -> None:
        """Tab comes to the chosen one. Qt sees to that only once the keyboard is in the group, and who chooses by an
        assistive tool has it elsewhere."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)


def cross(identifier: str) -> Button:
    """Puts away what it stands in."""
    made = Button(identifier, "", "ghost", "cross")
    made.setAccessibleName(say("toast.close"))
    made.setToolTip(say("toast.close"))
    made.setProperty("bare", "true")
    return made


def link(identifier: str, text: str, icon: str = "") -> Button:
    return Button(identifier, text, "link", icon)


class Flow(QLayout):
    """Puts widgets side by side and goes on below where the width ends, so that no button is ever cut off."""

    def __init__(self, gap: int = 2 * theme.GAP, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, True)

    def sizeHint(self) -> QSize:
        shown = [item for item in self._items if not item.isEmpty()]
        width = sum(item.sizeHint().width() for item in shown) + sum(map(self._before, shown[1:]))
        return QSize(width, max((item.sizeHint().height() for item in shown), default=0))

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, place: bool) -> int:
        margins = self.contentsMargins()
        area = rect.adjusted(margins.left(), margins.top(), -margins.right(), -margins.bottom())
        parent = self.parentWidget()
        mirrored = parent is not None and parent.layoutDirection() is Qt.LayoutDirection.RightToLeft
        y = area.y()
        for number, line in enumerate(self._lines(area.width())):
            x, y = area.x(), y + self._gap if number else y
            height = max(item.sizeHint().height() for item in line)
            for item in line:
                hint = item.sizeHint()
                x += self._before(item) if item is not line[0] else 0
                if place:
                    left = area.left() + area.right() + 1 - x - hint.width() if mirrored else x
                    top = y + (height - hint.height()) // 2
                    size = QSize(min(hint.width(), max(area.width(), 1)), hint.height())
                    item.setGeometry(QRect(QPoint(left, top), size))
                x += hint.width()
            y += height
        return y - rect.y() + margins.bottom()

    def _before(self, item: QLayoutItem) -> int:
        """Beside what has a frame, text alone needs more room."""
        widget = item.widget()
        return 2 * self._gap if widget is not None and widget.property("kind") == "link" else self._gap

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """What stands side by side; each is centred on its line."""
        lines: list[list[QLayoutItem]] = []
        taken = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wide = item.sizeHint().width()
            if lines and taken + self._before(item) + wide <= width:
                lines[-1].append(item)
                taken += self._before(item) + wide
            else:
                lines.append([item])
                taken = wide
        return lines


class ButtonRow(QWidget):
    """The buttons under a result, made again for each one. Without any, the row is hidden."""

    def __init__(self, above: int = 0, below: int = 0) -> None:
        super().__init__()
        self._flow = Flow(2 * theme.GAP, self)
        self._flow.setContentsMargins(0, above, 0, below)
        self.buttons: list[Button] = []

    def set_buttons(self, buttons: Sequence[Button]) -> None:
        """The first is shown first, and is the main one where its kind says so."""
        for old in self.buttons:
            self._flow.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = list(buttons)
        for button in buttons:
            self._flow.addWidget(button)
            button.show()
        self.setVisible(bool(buttons))
        self.updateGeometry()
