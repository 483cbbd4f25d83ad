"""The Cloud Console key trap, before anything was pasted and for a pasted error: two ways, and what a key needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.buttons import link
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.two_ways import TwoWays
from gemini_setup.gui.components.widgets import Fold
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.cause_texts import Action
from gemini_setup.model.credentials import Service

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Checking, Drafts, Navigation
    from gemini_setup.gui.subjects import TrapCase


class TrapPage(PageView):
    id = "trap"
    step: int | None = 1

    def __init__(self, navigation: Navigation, drafts: Drafts, checking: Checking) -> None:
        (
            self.navigation,
            self.drafts,
            self.checking,
        ) = navigation, drafts, checking
        super().__init__()

    def build(self) -> None:
        self._case: TrapCase | None = None  # the one that is shown
        self.ways = TwoWays("trap")
        self.put(self.ways)
        self.myths = Fold("trap.myths", "")
        self._myths = Paragraph("", theme.SMALL, "muted")
        self.myths.add(self._myths)
        self.put(self.myths, 8)
        self.another = link("trap.another", say("trap.back_to_key"))
        self.put(self.another, natural=True)
        self.ways.act.connect(self._act)
        self.another.clicked.connect(self._to_key)

    def footer(self) -> FooterState:
        case = self._case
        asks = case is not None and case.cause is not None and self.drafts.draft.access is not None
        return FooterState(say("window.again") if asks else "", primary=False)

    def activate(self) -> None:
        self.checking.check_again()

    def arrive(self) -> None:
        case = self.navigation.subjects.trap
        if case is not self._case:
            self._case = case
            self._show(case)

    def _show(self, case: TrapCase) -> None:
        """For the cause of a pasted error, or (None) before anything was pasted."""
        cause = case.cause
        self.step = 1 if cause is None else None
        said = cause_texts.trap(cause, cause_texts.friendly(case.facts))
        self.set_title(said.title, said.sentence)
        self.ways.show_ways(said, message=False)
        self.another.setVisible(cause is not None)
        self.myths.set_title(said.myths_title)
        self._myths.setText(said.myths)
        self.myths.set_open(False)
        self.show_top()

    def _act(self, action: Action) -> None:
        case = self._case
        if case is None:
            return
        if action.does == "switch":  # whatever the person has chosen: the trap is one of API keys
            self.navigation.open_entry(Service.VERTEX)
        else:
            self.checking.run(action, case.cause or "", case.facts)

    def _to_key(self) -> None:
        self.navigation.open_entry()

    def first_focus(self) -> QWidget:
        return self.ways.main
