"""What can be created at Google instead of being fetched by hand; or the quiet offer to sign in for it first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gemini_setup.gui.components.buttons import Button, link
from gemini_setup.gui.components.widgets import column
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph
from gemini_setup.gui.texts import say


class CreationOffer(QWidget):
    """`wanted`: create it. Takes no room where there is nothing to offer."""

    wanted = Signal()

    def __init__(self, prefix: str, text: str, about: str, instead: str = "") -> None:
        super().__init__()
        self.button = Button(f"{prefix}.create", text, "plain", "cloud")
        self.sign_in = link(f"{prefix}.sign_in_first", say("plan.offer_sign_in"))
        self._about = Paragraph(about, theme.SMALL, "muted", leading=1.3)
        self._line = QWidget()
        line = QHBoxLayout(self._line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self.button)
        line.addWidget(self._about, 1, Qt.AlignmentFlag.AlignVCenter)
        layout = column(self, 0, (0, 0, 0, 12))
        layout.addWidget(self._line)
        layout.addWidget(self.sign_in)
        if instead:  # the way by hand stands beneath, and is another one
            layout.addSpacing(12)
            layout.addWidget(Paragraph(instead, theme.SMALL, "muted"))
        self._ready = self._signs_in = False
        self._shown = True
        self.button.clicked.connect(self.wanted)
        self.sign_in.clicked.connect(self.wanted)
        self._show()

    def show_offer(self, *, ready: bool, signs_in: bool) -> None:
        self._ready, self._signs_in = ready, signs_in
        self._show()

    def let(self, possible: bool, *, shown: bool = True) -> None:
        """`possible`: there is a name to save it under. `shown`: nothing has been given here yet."""
        self._shown = shown
        for button in (self.button, self.sign_in):
            button.setEnabled(possible)
        self._show()

    def _show(self) -> None:
        self._line.setVisible(self._ready)
        self.sign_in.setVisible(self._signs_in)
        self.setVisible(self._shown and (self._ready or self._signs_in))
