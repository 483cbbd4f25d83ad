"""The keyring did not do what was asked on *This computer*: which of its six faults it is, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.chip import OutcomeLine
from gemini_setup.gui.components.result_view import ResultView
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters.check_result import fault_words
from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Navigation


class FaultPage(PageView):
    id = "fault"
    step = None

    def __init__(self, navigation: Navigation) -> None:
        self.navigation = navigation
        super().__init__()

    def build(self) -> None:
        self.outcome = OutcomeLine("fault.outcome")
        self.body.insertWidget(0, self.outcome)
        self.card = ResultView("fault.diagnosis")
        self.again = Button("fault.again", say("check.try_again"), "primary")
        self.card.set_buttons([self.again])
        self.put(self.card)
        self.again.clicked.connect(self._try)

    def arrive(self) -> None:
        case = self.navigation.subjects.fault
        if case is None:
            return
        error = case.error
        title, why, fixes = fault_words(error.fault, error.store, error.reason)
        self.set_title(title, why)
        self.outcome.show_outcome(say("fault.chip"), "amber", [say("fault.lead")])
        self.card.show_result("", fixes)

    def show_busy(self, busy: bool) -> None:
        self.again.setEnabled(not busy)

    def _try(self) -> None:
        case = self.navigation.subjects.fault
        if case is not None:
            case.again()

    def first_focus(self) -> QWidget:
        return self.again

    def spoken(self) -> str:
        return f"{super().spoken()} {self.card.accessibleName()}"
