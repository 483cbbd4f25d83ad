"""The ways to use a kept credential, as texts to copy: one stands open, the others lie in folds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from gemini_setup.gui import theme
from gemini_setup.gui.text import Label
from gemini_setup.gui.widgets import CodeBlock, Fold, column, empty
from gemini_setup.gui.wording import say
from gemini_setup.uses import Use

_GROUPS = ("code", "elsewhere")


class First(QWidget):
    """The first way, open."""

    def __init__(self) -> None:
        super().__init__()
        self._column = column(self, 0)

    def show_use(self, use: Use | None, prefix: str) -> None:
        empty(self._column)
        if use is None:
            return
        self._column.addSpacing(16)
        self._column.addWidget(Label(use.title, theme.STRONG))
        self._column.addSpacing(theme.GAP)
        self._column.addWidget(CodeBlock(f"{prefix}.{use.id}", use.text.rstrip(), use.title))
        self._column.addSpacing(12)


class Others(QWidget):
    """The other ways; those for a program and for production lie in a fold of their own each."""

    def __init__(self) -> None:
        super().__init__()
        self._column = column(self, 0)

    def show_uses(self, uses: Sequence[Use], prefix: str) -> None:
        empty(self._column)
        groups = {name: Fold(f"{prefix}.group.{name}", say(f"use.group.{name}")) for name in _GROUPS}
        for use in uses:
            fold = Fold(f"{prefix}.{use.id}.open", use.title)
            fold.add(CodeBlock(f"{prefix}.{use.id}", use.text.rstrip(), use.title))
            group = groups.get(use.group)
            if group is not None:
                group.add(fold)
            else:
                self._column.addWidget(fold)
        for name, group in groups.items():
            if any(use.group == name for use in uses):
                self._column.addWidget(group)
