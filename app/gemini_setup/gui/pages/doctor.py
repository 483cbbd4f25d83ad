"""Who wins here: which credential each tool on this computer uses, where else one lies, and what to do about it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gemini_setup.doctor.report import Examination, Found, Verdict, removal
from gemini_setup.gui.components.buttons import Button, Flow
from gemini_setup.gui.components.copy_button import CopyButton
from gemini_setup.gui.components.widgets import (
    Card,
    CodeBlock,
    Fold,
    Glyph,
    Notice,
    column,
    empty,
    hairline,
    row,
)
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph, announce
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import joined
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Background

_SIGNS = {True: ("check", "green"), False: ("warning", "amber"), None: ("dash", "grey")}


class DoctorPage(PageView):
    id = "doctor"
    step = None

    def __init__(self, background: Background, core: Core) -> None:
        self.background, self.core = background, core
        super().__init__()

    def build(self) -> None:
        self.set_title(say("doctor.title"), say("doctor.lead"))
        self.found: Examination | None = None
        self._question = 0
        self.state = Notice("doctor.state")
        self.put(self.state, 4)
        self.tools = Card()
        self.tools.setAccessibleName(say("doctor.tools"))
        self._rows = column(self.tools, 0, (16, 8, 16, 8))
        self.tools.hide()
        self.put(self.tools, 8)
        self.places = Fold("doctor.places", "")
        self._places = column(inside := QWidget(), theme.GAP)
        self.places.add(inside)
        self.places.hide()
        self.put(self.places, 8)
        buttons = QWidget()
        flow = Flow(2 * theme.GAP, buttons)
        self.copy = CopyButton("doctor.copy", say("doctor.copy"), self._as_json)
        self.again = Button("doctor.again", say("doctor.again"), "plain")
        for button in (self.copy, self.again):
            flow.addWidget(button)
        self.put(buttons, 12)
        self.again.clicked.connect(self.look)

    def entered(self) -> None:
        self.look()

    def left(self) -> None:
        self.background.forget(self._question)

    def look(self, _checked: bool = False) -> None:
        """Files and variables are read, and Google is asked whether it is there; nothing is changed."""
        self.background.forget(self._question)
        self.state.show_text(say("doctor.looking"), "muted", "clock")
        self.copy.setEnabled(False)
        self._question = self.background.ask(
            partial(blocking, self.core.doctor), self.show_found, self._failed
        )

    def _failed(self, _: BaseException) -> None:
        self.state.show_text(say("doctor.failed"), "amber")

    def show_found(self, found: Examination) -> None:
        self.found = found
        others = [verdict.tool for verdict in found.verdicts if verdict.kept is False]
        if others:
            self.state.show_text(say("doctor.others", tools=joined(others)), "amber")
        elif found.unused:
            self.state.show_text(_said("unused"), "muted")
        else:
            self.state.show_text(say("doctor.fine"), "green")
        empty(self._rows)
        for number, verdict in enumerate(found.verdicts):
            if number:
                self._rows.addWidget(hairline())
            self._rows.addWidget(_row(verdict, found))
        self.tools.show()
        empty(self._places)
        for one in found.found:
            self._places.addWidget(Paragraph(_place(one, found), theme.SMALL, "muted"))
        if not found.found:
            self._places.addWidget(Paragraph(_said("no_places"), theme.SMALL, "muted"))
        self.places.set_title(say("doctor.places", count=len(found.found)))
        self.places.show()
        self.copy.setEnabled(True)
        announce(self, self.state.text())

    def _as_json(self) -> str:
        if self.found is None:
            return ""
        return json.dumps(self.found.as_json(), indent=1, ensure_ascii=False) + "\n"

    def first_focus(self) -> QWidget:
        return self.again


def _said(key: str, **facts: str) -> str:
    return cause_texts.text("cli.doctor", key, facts)


def _place(one: Found, found: Examination) -> str:
    where = f" · {found.mask(one.where)}{f':{one.line}' if one.line else ''}" if one.where else ""
    return f"{_said(f'place_{one.place}')}: {one.name} {found.mask(one.shown)}{where}"


def _row(verdict: Verdict, found: Examination) -> QWidget:
    """A tool, what wins for it, and the line that takes it out of the way; its name reads out the whole."""
    source = verdict.source
    if source is None:
        sentence = _said(f"do_{verdict.do}", program=verdict.program)
    else:
        kept = {True: "wins_kept", False: "wins_other", None: "wins"}[verdict.kept]
        sentence = f"{_place(source, found)} {_said(kept)}"
    whole = QWidget()
    line = row(12)
    icon, tone = _SIGNS[verdict.kept if source is not None else None]
    line.addWidget(Glyph(icon, 22, tone, "disc"), 0, Qt.AlignmentFlag.AlignTop)
    texts = column(inside := QWidget(), 2)
    texts.addWidget(Label(verdict.tool, theme.STRONG))
    small = Paragraph(sentence, theme.SMALL, "muted", leading=1.3)
    small.setToolTip(cause_texts.basis(verdict.basis))
    texts.addWidget(small)
    spoken = [verdict.tool, sentence]
    if verdict.kept is False:
        fix = found.mask(removal(source, found.mask.windows))
        said = _said(f"do_{verdict.do}", fix=fix)
        if verdict.do == "unset":
            texts.addSpacing(theme.GAP)
            texts.addWidget(CodeBlock(f"doctor.{verdict.tool}.fix", fix, verdict.tool))
        else:
            texts.addWidget(Paragraph(said, theme.SMALL, "amber", leading=1.3))
        spoken.append(said)
    line.addWidget(inside, 1)
    outer = column(whole, 0, (0, 10, 0, 10))
    outer.addLayout(line)
    whole.setAccessibleName(". ".join(spoken))
    return whole
