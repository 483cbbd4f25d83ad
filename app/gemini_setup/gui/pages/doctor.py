"""Which key do your tools use? Those that are installed, by the key that each uses, and the line that mends a group."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

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
from gemini_setup.gui.presenters import key_use
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph, announce
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from gemini_setup.doctor.report import Examination
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.presenters.key_use import Group
    from gemini_setup.gui.protocols import Background, ProfileActions
    from gemini_setup.model.credentials import Profile


class DoctorPage(PageView):
    id = "doctor"
    step = None

    def __init__(self, profiles: ProfileActions, background: Background, core: Core) -> None:
        self.profiles, self.background, self.core = profiles, background, core
        super().__init__()

    def build(self) -> None:
        self.set_title(say("doctor.title"), say("doctor.lead"))
        self.found: Examination | None = None
        self._question = 0
        self.state = Notice("doctor.state")
        self.put(self.state, 4)
        self.tools = Card()
        self.tools.setAccessibleName(say("doctor.tools"))
        self._rows = column(self.tools, 0, (20, 6, 20, 6))
        self.tools.hide()
        self.put(self.tools, 12)
        buttons = QWidget()
        flow = Flow(2 * theme.GAP, buttons)
        self.connect_button = Button("doctor.connect", say("doctor.connect"), "plain")
        self.again = Button("doctor.again", say("doctor.again"), "plain")
        for button in (self.connect_button, self.again):
            flow.addWidget(button)
        self.connect_button.hide()
        self.put(buttons, 16)
        self.details = Fold("doctor.details", say("doctor.details"))
        self._details = column(inside := QWidget(), theme.GAP)
        self.details.add(inside)
        self.copy = CopyButton("doctor.copy", say("doctor.copy"), self._as_json, "link")
        self.details.body.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeading)
        self.details.hide()
        self.put(self.details, 12)
        self.again.clicked.connect(self.look)
        self.connect_button.clicked.connect(self._connect)

    def entered(self) -> None:
        self.look()

    def left(self) -> None:
        self.background.forget(self._question)

    def look_again(self) -> None:
        self.look()

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
        self.state.show_text(*key_use.summary(found))
        empty(self._rows)
        groups = key_use.groups(found)
        for number, group in enumerate(groups):
            if number:
                self._rows.addWidget(hairline())
            self._rows.addWidget(_row(group, f"doctor.group{number + 1}"))
        self.tools.setVisible(bool(groups))
        self.connect_button.setVisible(bool(groups and self._profile()))
        self._show_details(found)
        announce(self, self.state.text())

    def _show_details(self, found: Examination) -> None:
        empty(self._details)
        self._heading(say("doctor.places"))
        lines = list(key_use.details(found)) or [say("doctor.no_places")]
        for line in lines:
            self._details.addWidget(Paragraph(line, theme.SMALL, "muted"))
        if found.verdicts:
            self._heading(say("doctor.basis"))
        for verdict in found.verdicts:
            line = f"{key_use.name(verdict.tool)} · {cause_texts.basis(verdict.basis)}"
            self._details.addWidget(Paragraph(line, theme.SMALL, "muted"))
        self._details.addSpacing(2 * theme.GAP)
        self.details.show()
        self.copy.setEnabled(True)

    def _heading(self, text: str) -> None:
        self._details.addSpacing(2 * theme.GAP)
        self._details.addWidget(Label(text, theme.STRONG))

    def _profile(self) -> Profile | None:
        """What a tool is connected to: the default, else the first that is saved."""
        saved = self.found.profiles if self.found is not None else ()
        return next((one for one in saved if one.name == "default"), next(iter(saved), None))

    def _connect(self, _checked: bool = False) -> None:
        profile = self._profile()
        if profile is not None:
            self.profiles.hand_over(profile)

    def _as_json(self) -> str:
        if self.found is None:
            return ""
        return json.dumps(self.found.as_json(), indent=1, ensure_ascii=False) + "\n"

    def first_focus(self) -> QWidget:
        return self.again


def _row(group: Group, identifier: str) -> QWidget:
    """A key, the tools that use it, and the line that takes it out of the way; its name reads out the whole."""
    whole = QWidget()
    line = row(12)
    line.addWidget(Glyph(group.icon, 22, group.tone, "disc"), 0, Qt.AlignmentFlag.AlignTop)
    texts = column(inside := QWidget(), 2)
    texts.addWidget(Paragraph(group.title, theme.STRONG, leading=1.3))
    texts.addWidget(Paragraph(group.tools, theme.BODY, "muted", leading=1.3))
    if group.fix:
        texts.addSpacing(2 * theme.GAP)
        texts.addWidget(Paragraph(group.how, theme.SMALL, "muted", leading=1.3))
        texts.addSpacing(theme.GAP)
        texts.addWidget(CodeBlock(f"{identifier}.fix", group.fix, group.fix))
    if group.note:
        texts.addSpacing(theme.GAP)
        texts.addWidget(Paragraph(group.note, theme.SMALL, "muted", leading=1.3))
    line.addWidget(inside, 1)
    outer = column(whole, 0, (0, 12, 0, 12))
    outer.addLayout(line)
    whole.setAccessibleName(group.spoken)
    return whole
