"""The line at the foot: Back, the reason why one can't go on, Cancel, and the one button that goes on."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSpacerItem, QWidget

from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph
from gemini_setup.gui.texts import say

#: What presses its buttons from anywhere in the window.
BACK_KEYS: Final = "Alt+Left"
NEXT_KEYS: Final = "Ctrl+Return"
_LATE_PRESS: Final = 700  # milliseconds, from making up one's mind to the press


class FooterState(NamedTuple):
    """What the footer shows; "" hides a button."""

    next: str = ""
    enabled: bool = True
    primary: bool = True
    danger: bool = False  # it destroys something: no key presses it alone
    aside: str = ""  # a quiet button left of it, for what is no way to mend anything
    back: bool = True
    back_text: str = ""  # for another word than Back
    cancel: bool = False
    reason: str = ""
    stops: bool = False  # Cancel ends a check instead of closing the window
    closes: bool = False  # nothing is under way: Cancel is called Close
    cancel_name: str = ""  # what Cancel does here, where it is none of these
    returns: bool = False  # Cancel leads back to what is saved instead of closing the window


class Footer(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.back = Button("back", say("window.back"), "ghost")
        self.cancel = Button("cancel", say("window.cancel"), "ghost")
        self.next = Button("next", say("window.continue"), "primary")
        self.next.setMinimumWidth(100)
        self.aside = Button("aside", "", "ghost")
        self.back.setToolTip(_native(BACK_KEYS))
        self.reason = Paragraph("", theme.SMALL, "muted", leading=1.25)
        self.reason.at_end = True
        inside = QWidget()
        inside.setMaximumWidth(theme.column() + 2 * theme.PADDING)
        line = QHBoxLayout(inside)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.back)
        line.addWidget(self.reason, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.cancel)
        line.addWidget(self.aside)
        line.addWidget(self.next)
        self._end = QSpacerItem(theme.PADDING, 0)  # mirrors Back's, whose text lines up with the column
        line.addItem(self._end)
        self._line = line
        side, less = theme.margin() - theme.PADDING, 6 if theme.is_large() else 0
        layout = QHBoxLayout(self)
        layout.setContentsMargins(side, 15 - less, side, 16 - less)
        layout.addStretch(0)  # beneath the page's column, wherever that stands
        layout.addWidget(inside, 1)
        layout.addStretch(0)

    def first(self) -> Button | None:
        """Where the keyboard stands when the page has no place for it: at the main button, if that destroys nothing."""
        if self.next.property("kind") == "destroy":
            return self.back
        return self.next if not self.next.isHidden() and self.next.isEnabled() else None

    def ready(self) -> bool:
        """Whether a key that presses the main button from anywhere does so now. What destroys is pressed itself."""
        main = self.next
        shown = main.isVisibleTo(self.window()) and main.isEnabled() and not main.rests
        return shown and main.property("kind") != "destroy"

    def rest(self) -> None:
        """The page has turned by itself: who was about to press Continue must not press Done, which closes the window."""
        self.next.rest(_LATE_PRESS)

    def show_state(self, shown: FooterState) -> None:
        self.back.setVisible(shown.back)
        self.back.setText(shown.back_text or say("window.back"))
        self.aside.setVisible(bool(shown.aside))
        self.aside.setText(shown.aside)
        self.cancel.setVisible(shown.cancel)
        self.cancel.setText(say("window.close" if shown.closes else "window.cancel"))
        spoken = "window.cancel_name"
        if shown.stops or shown.returns:
            spoken = "window.stop_name" if shown.stops else "window.return_name"
        self.cancel.setAccessibleName(
            shown.cancel_name or say("window.close_name" if shown.closes else spoken)
        )
        self.next.setVisible(bool(shown.next))
        self._end.changeSize(
            theme.PADDING if shown.next else 0, 0
        )  # so does the text of a flat button that is last
        self._line.invalidate()
        if shown.next:
            self.next.setText(shown.next)
            self.next.setAccessibleName(shown.next)
        self.next.set_kind("destroy" if shown.danger else "primary" if shown.primary else "plain")
        self.next.setToolTip("" if shown.danger else _native(NEXT_KEYS))
        self.next.setEnabled(shown.enabled)
        self.next.setAccessibleDescription(shown.reason)
        self.reason.setText("" if shown.enabled else shown.reason)

    def paintEvent(self, event: QPaintEvent) -> None:
        # A line along the edge would be lost at 1.25x, where the edge lies between two pixels.
        QPainter(self).fillRect(0, 0, self.width(), 1, theme.colour("line"))


def _native(keys: str) -> str:
    """As this system writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
