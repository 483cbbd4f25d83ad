"""The Cloud Console key trap: what a key needs, who does it in which place, and what is missing here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gemini_setup.gui.components.buttons import Button, Flow
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.widgets import Card, Fold, Glyph, Notice, column, hairline, row
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph, caps
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.cause_texts import Action, TrapWords
from gemini_setup.model.credentials import Service

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Checking, Drafts, Navigation
    from gemini_setup.gui.subjects import TrapCase

_WIDE: Final = 1.25  # times the usual text, above which the table has no room for three columns


class TrapPage(PageView):
    id = "trap"
    step = 1

    def __init__(self, navigation: Navigation, drafts: Drafts, checking: Checking, core: Core) -> None:
        self.navigation, self.drafts, self.checking, self.core = navigation, drafts, checking, core
        super().__init__()

    def build(self) -> None:
        self._case: TrapCase | None = None  # the one that is shown
        self.sentence = self.lead
        self._buttons = QWidget()
        self._flow = Flow(2 * theme.GAP, self._buttons)
        self.main = Button("trap.main", "", "primary")
        self.second = Button("trap.second", "", "plain")
        self.another = Button("trap.another", say("trap.back_to_key"), "plain")
        self.keep = Button("trap.keep_anyway", say("check.keep_anyway"), "ghost")
        for button in (self.main, self.second, self.another, self.keep):
            self._flow.addWidget(button)
        self.put(self._buttons)
        self.note = Notice("trap.note")
        self.put(self.note, 8)
        self.aside = Notice("trap.aside")
        self.put(self.aside, 8)
        self.table = Card()
        self.table.setAccessibleName(say("trap.rows_name"))
        self._table = column(self.table, 0, (16, 12, 16, 12))
        self._rows: QWidget | None = None
        self.put(self.table, 20)
        self.myths = Fold("trap.myths", "")
        self._myths = Paragraph("", theme.SMALL, "muted")
        self.myths.add(self._myths)
        self.put(self.myths, 8)
        self._acts: dict[str, Action | None] = {"trap.main": None, "trap.second": None}
        self.main.clicked.connect(partial(self._press, "trap.main"))
        self.second.clicked.connect(partial(self._press, "trap.second"))
        self.another.clicked.connect(self._to_key)
        self.keep.clicked.connect(self._keep)

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
        cause, facts, report = case.cause, case.facts, case.report
        self.step = 1 if cause is None else 2
        if report is not None and cause == report.cause.id:
            said = self.core.trap_page(report)
        else:
            pasted = cause_texts.Context.ADDING if cause is None else cause_texts.Context.PASTED
            said = cause_texts.trap(cause, cause_texts.friendly(facts), pasted)
        self.set_title(said.title, said.sentence)
        self.lead.setProperty("tone", "text")
        self._act(self.main, said.main)
        self._act(self.second, said.second)
        self.another.setVisible(cause is not None)
        new = report is not None and not report.kept
        self.keep.setVisible(new and report is not None and report.outcome.value in ("blocked", "unanswered"))
        self.aside.show_text(said.aside, "amber")
        self.note.show_text(said.note, "muted", "external")
        self.myths.set_title(said.myths_title)
        self._myths.setText(said.myths)
        self.myths.set_open(False)
        self._fill(said)
        self.show_top()

    def _act(self, button: Button, action: Action | None) -> None:
        self._acts[button.objectName()] = action
        button.setVisible(action is not None)
        if action is not None:
            button.setText(action.label)
            opens = action.does == "open"
            button.set_icon("external" if opens else "")
            button.setAccessibleName(say("common.opens", text=action.label) if opens else action.label)

    def _fill(self, said: TrapWords) -> None:
        if self._rows is not None:
            self._table.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
        order = sorted(range(len(said.rows)), key=partial(_missing_first, said.missing))
        self._rows = self._stacked(said, order) if theme.scale() > _WIDE else self._grid(said, order)
        self._table.addWidget(self._rows)

    def _grid(self, said: TrapWords, order: list[int]) -> QWidget:
        """A row for each need, with a column for either place."""
        rows = QWidget()
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for place, key in ((1, "trap.needs"), (2, "trap.studio"), (3, "trap.console")):
            grid.addWidget(caps(say(key)), 0, place)
        for position, number in enumerate(order):
            line = position * 2 + 1
            grid.addWidget(hairline(), line, 0, 1, 4)
            grid.addWidget(_sign(said, number), line + 1, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_need(said, number), line + 1, 1, Qt.AlignmentFlag.AlignTop)
            for place, text in enumerate(said.rows[number][1:], 2):
                done_by = Paragraph(text, theme.SMALL, leading=1.3)
                grid.addWidget(done_by, line + 1, place, Qt.AlignmentFlag.AlignTop)
        for place, share in ((1, 50), (2, 16), (3, 34)):
            grid.setColumnStretch(place, share)
        return rows

    def _stacked(self, said: TrapWords, order: list[int]) -> QWidget:
        """The same with the places beneath each need: with large text three columns have no room."""
        rows = QWidget()
        stack = column(rows, 8)
        for position, number in enumerate(order):
            if position:
                stack.addWidget(hairline())
            line = row(12)
            line.addWidget(_sign(said, number), 0, Qt.AlignmentFlag.AlignTop)
            texts = column(inside := QWidget(), theme.GAP)
            texts.addWidget(_need(said, number))
            for key, text in zip(("trap.studio", "trap.console"), said.rows[number][1:], strict=True):
                texts.addWidget(Paragraph(f"{say(key)}: {text}", theme.SMALL, leading=1.3))
            line.addWidget(inside, 1)
            stack.addLayout(line)
        return rows

    def _press(self, which: str, _checked: bool = False) -> None:
        action, case = self._acts[which], self._case
        if action is None or case is None:
            return
        if action.does == "switch":  # whatever the person has chosen: the trap is one of API keys
            self.navigation.open_entry(Service.VERTEX)
        else:
            self.checking.run(action, case.cause or "", case.facts)

    def _to_key(self) -> None:
        self.navigation.open_entry()

    def _keep(self) -> None:
        self.checking.keep_anyway()

    def first_focus(self) -> QWidget:
        return self.main


def _missing_first(missing: int | None, number: int) -> tuple[bool, int]:
    """What this very answer found missing stands at the top, where it is seen without scrolling."""
    return number != missing, number


def _sign(said: TrapWords, number: int) -> Glyph:
    missing = said.missing == number
    return Glyph("warning" if missing else "question", 24, "amber" if missing else "grey", "disc")


def _need(said: TrapWords, number: int) -> QWidget:
    """What a key needs and, once Google was asked, what is known of it here; its name reads out the whole row."""
    needs, studio, console = said.rows[number]
    missing = said.missing == number
    need = QWidget()
    texts = column(need, 0)
    texts.addWidget(Paragraph(needs, theme.STRONG if missing else theme.BODY, leading=1.3))
    state = said.state if missing else say("trap.unknown") if said.asked else ""
    if state:
        texts.addWidget(Paragraph(state, theme.SMALL, "amber" if missing else "muted", leading=1.3))
    spoken = f"{needs}: {state}" if state else needs
    need.setAccessibleName(f"{spoken}. {say('trap.studio')}: {studio}. {say('trap.console')}: {console}")
    return need
