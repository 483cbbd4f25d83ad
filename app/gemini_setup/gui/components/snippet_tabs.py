"""The ways to use a saved credential: tabs with the code in view, the rest in folds behind the last tab."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button, Flow, TabButton
from gemini_setup.gui.components.snippet_list import MoreSnippets
from gemini_setup.gui.components.widgets import CodeBlock, Notice, column
from gemini_setup.gui.style.text import name
from gemini_setup.gui.texts import apart, say
from gemini_setup.usage.snippets import Use

#: Those that have a tab of their own, in this order.
_TABS: Final = ("google-genai", "node", "shell", "dotenv", "curl")
_MORE: Final = "more"


class _Bar(QWidget):
    told_as = accessibility.TABS


class SnippetTabs(QWidget):
    """`grown`: there are other controls now."""

    grown = Signal()

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix
        self._uses: dict[str, Use] = {}
        # For the last tab, until that is opened: its folds take a frame to make.
        self._rest: list[Use] | None = None
        self.current = ""  # the id of the tab that is open
        bar = _Bar()
        name(bar, f"{prefix}.tabs", say("use.tabs"))
        flow = Flow(24, bar)
        group = QButtonGroup(self)
        self.tabs: dict[str, TabButton] = {}
        for tab in (*_TABS, _MORE):
            button = self.tabs[tab] = TabButton(f"{prefix}.tab.{tab}", apart(say(f"use.tab.{tab}")))
            button.toggled.connect(partial(self._toggled, tab))
            group.addButton(button)
            flow.addWidget(button)
        self.code = CodeBlock(f"{prefix}.code", "\n")
        self.run = CodeBlock(f"{prefix}.run", "", say("use.run"))
        self._note = Notice(f"{prefix}.note")
        self._more = MoreSnippets()
        layout = column(self, 12)
        for part in (bar, self.code, self.run, self._note, self._more):
            layout.addWidget(part)
        self._more.grown.connect(self.grown)
        self.hide()

    def show_uses(self, uses: Sequence[Use]) -> None:
        """None: they are still looked for."""
        self.setVisible(bool(uses))
        if not uses:
            return
        found = {use.id: use for use in uses}
        self._uses = {tab: found[tab] for tab in _TABS if tab in found}
        self._rest = [use for use in uses if use.id not in _TABS]
        for tab, button in self.tabs.items():
            button.setVisible(tab in self._uses or tab == _MORE)
        chosen = self.current if self.current in (*self._uses, _MORE) else next(iter(self._uses), _MORE)
        self.tabs[chosen].setChecked(True)
        self._show(chosen)

    def _toggled(self, tab: str, on: bool) -> None:
        if on:
            self._show(tab)

    def _show(self, tab: str) -> None:
        self.current = tab
        for (
            name_,
            button,
        ) in self.tabs.items():  # Qt leaves the place in Tab's order to the one that had the keyboard
            chosen = name_ == tab
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)
        use = self._uses.get(tab)
        if use is None and self._rest is not None:
            self._more.show_uses(self._rest, self._prefix)
            self._rest = None
        self.code.setVisible(use is not None)
        self.run.setVisible(use is not None and bool(use.run))
        self.run.set_text(use.run if use is not None else "")
        self._more.setVisible(use is None)
        self._note.show_text(say("use.dotenv_note") if tab == "dotenv" else "", "amber")
        if use is not None:
            self.code.set_text(use.text.rstrip(), use.title)
            name(self.code.copy_button, f"{self._prefix}.{tab}.copy")
        self.grown.emit()

    def controls(self) -> list[QWidget]:
        """In the order of Tab."""
        if self.isHidden():
            return []
        inside: list[QWidget] = [*self._more.findChildren(Button)]
        if not self.code.isHidden():
            inside = [block.copy_button for block in (self.code, self.run) if not block.isHidden()]
        return [self.tabs[self.current], *inside]
