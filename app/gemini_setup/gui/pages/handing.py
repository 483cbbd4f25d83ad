"""Other tools on this computer: where a kept credential can be handed over to, where it has been, and the way back."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gemini_setup.credentials import Profile
from gemini_setup.gui import profiles
from gemini_setup.gui.handing import Handing, chain
from gemini_setup.gui.pages.page import PageView
from gemini_setup.gui.wording import say


class HandingPage(PageView):
    id = "handing"
    step = None

    def build(self) -> None:
        self.set_title(say("handing.title"))
        self.handing = Handing(self.host, self, "handing")
        self.put(self.handing)
        self.handing.changed.connect(self._order)

    def show_profile(self, row: Profile) -> None:
        self.set_title(say("handing.title"), say("handing.lead", thing=profiles.thing(row), profile=row.name))
        self.handing.show_profile(row, patient=True)

    def _order(self) -> None:
        chain(self.handing.controls())

    def show_busy(self, busy: bool) -> None:
        self.handing.show_busy(busy)

    def entered(self) -> None:
        self.handing.entered()

    def left(self) -> None:
        self.handing.left()

    def first_focus(self) -> QWidget | None:
        return next(iter(self.handing.controls()), None)
