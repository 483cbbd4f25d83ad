"""The ways to use a kept credential, as texts to copy: one stands open, the others lie in folds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.widgets import CodeBlock, Fold, column, empty
from gemini_setup.gui.texts import say
from gemini_setup.usage.snippets import Use

_GROUPS = ("code", "elsewhere")


class MoreSnippets(QWidget):
    """The other ways; those for a program and for production lie in a fold of their own each.

    What is in a fold is made when it is opened for the first time: all at once would stop the window for 40 ms in the
    moment when the check is done. Then `grown` says that there are new controls.
    """

    grown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._column = column(self, 0)

    def show_uses(self, uses: Sequence[Use], prefix: str) -> None:
        empty(self._column)
        for use in uses:
            if use.group not in _GROUPS:
                self._column.addWidget(self._fold(use, prefix))
        for name in _GROUPS:
            grouped = [use for use in uses if use.group == name]
            if grouped:
                group = Fold(f"{prefix}.group.{name}", say(f"use.group.{name}"))
                group.opened.connect(partial(self._fill_group, group, grouped, prefix))
                self._column.addWidget(group)

    def _fold(self, use: Use, prefix: str) -> Fold:
        fold = Fold(f"{prefix}.{use.id}.open", use.title)
        fold.opened.connect(partial(self._fill, fold, use, prefix))
        return fold

    def _fill(self, fold: Fold, use: Use, prefix: str, opened: bool) -> None:
        if opened and not fold.body.count():
            fold.add(CodeBlock(f"{prefix}.{use.id}", use.text.rstrip(), use.title))
            self.grown.emit()

    def _fill_group(self, group: Fold, uses: Sequence[Use], prefix: str, opened: bool) -> None:
        if opened and not group.body.count():
            for use in uses:
                group.add(self._fold(use, prefix))
            self.grown.emit()
