"""What is known of a saved key: since when, where, and what has happened to it. From the list alone; no key is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_setup.gui.components.result_view import FactRows
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_events, profile_row
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label
from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Navigation


class HistoryPage(PageView):
    id = "history"
    step = None

    def __init__(self, navigation: Navigation) -> None:
        self.navigation = navigation
        super().__init__()

    def build(self) -> None:
        self.facts = FactRows("history.facts", copies=False)
        self.put(self.facts)
        self._heading = Label(say("history.events"), theme.STRONG)
        self.put(self._heading, 20)
        self.events = FactRows("history.events", copies=False)
        self.put(self.events, theme.GAP)

    def arrive(self) -> None:
        row = self.navigation.subjects.history
        if row is None:
            return
        self.set_title(say("history.title", profile=row.name), profile_row.summary(row))
        self.facts.show_facts(profile_events.facts(row))
        events = profile_events.events(row)
        self._heading.setVisible(bool(events))
        self.events.show_facts(events)
