"""Where is your Gemini access from? Two cards, and a quiet way to have an error explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QWidget

from gemini_setup.gui.components.buttons import link
from gemini_setup.gui.components.widgets import ChoiceCard
from gemini_setup.gui.pages.base import WizardPage
from gemini_setup.gui.texts import say, several
from gemini_setup.model.credentials import Service
from gemini_setup.wizard.flow import Draft

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Drafts, Navigation


class ChoosePage(WizardPage):
    id = "choose"
    step = 0

    def __init__(self, navigation: Navigation, drafts: Drafts) -> None:
        super().__init__(navigation, drafts)

    def build(self) -> None:
        self.set_title(say("choose.title"), say("choose.lead"))
        self.studio = ChoiceCard(
            "choose.studio",
            "key",
            say("choose.studio"),
            say("choose.studio_summary"),
            several("choose.studio_points"),
        )
        self.vertex = ChoiceCard(
            "choose.vertex",
            "cloud",
            say("choose.vertex"),
            say("choose.vertex_summary"),
            several("choose.vertex_points"),
        )
        self._group = QButtonGroup(self)
        self._group.addButton(self.studio)
        self._group.addButton(self.vertex)
        self.put(self.studio)
        self.put(self.vertex, 12)
        self.explain = link("choose.explain", say("choose.explain"))
        self.put(self.explain, 12, natural=True)
        self.studio.setChecked(True)
        self.studio.toggled.connect(self._chosen)
        self.explain.clicked.connect(self._explain)

    def finish(self) -> None:
        self.body.addStretch(1)
        self.put_closing(say("choose.independent"))

    def _chosen(self, studio: bool) -> None:
        service = Service.STUDIO if studio else Service.VERTEX
        self.drafts.change(self.drafts.draft.with_service(service))

    def _explain(self) -> None:
        self.navigation.go("explain")

    def render_draft(self, draft: Draft) -> None:
        (self.studio if draft.service is Service.STUDIO else self.vertex).setChecked(True)

    def first_focus(self) -> QWidget:
        return self.studio if self.studio.isChecked() else self.vertex
