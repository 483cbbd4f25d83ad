"""The keyring did not do what was asked on *This computer*: which of its six faults it is, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.findings import DiagnosisCard
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters.check_result import fault_words
from gemini_setup.gui.texts import say
from gemini_setup.vault.faults import VaultFault


class FaultPage(PageView):
    id = "fault"
    step = None

    def build(self) -> None:
        self._again: Callable[[], None] | None = None
        self.card = DiagnosisCard("fault.diagnosis")
        self.again = Button("fault.again", say("check.try_again"), "primary")
        self.card.set_buttons([self.again])
        self.put(self.card)
        self.again.clicked.connect(self._try)

    def show_fault(self, error: VaultFault, again: Callable[[], None]) -> None:
        self._again = again
        self.set_title(say("fault.title"), say("fault.lead"))
        title, why, fixes = fault_words(error.fault, error.store, error.reason)
        self.card.show_diagnosis("amber", title, why, fixes)

    def show_busy(self, busy: bool) -> None:
        self.again.setEnabled(not busy)

    def _try(self) -> None:
        if self._again is not None:
            self._again()

    def first_focus(self) -> QWidget:
        return self.again

    def spoken(self) -> str:
        return f"{super().spoken()} {self.card.accessibleName()}"
