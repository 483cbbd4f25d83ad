"""Settings: the language and the appearance, which hold at once and are remembered; help; and the parts with licenses."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gemini_setup import settings
from gemini_setup.gui.components.buttons import Button, LinkButton
from gemini_setup.gui.components.combo_box import Combo
from gemini_setup.gui.components.copy_button import CopyButton
from gemini_setup.gui.components.widgets import Card, Notice, column, empty, hairline, row
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.system.threads import blocking
from gemini_setup.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemini_setup.about import Part
    from gemini_setup.gui.protocols import Announcer, Background, Help, Languages

_APPEARANCES: Final = ("", "light", "dark")
_ROW: Final = 44  # a row's least height
_SIDE: Final = 20  # left and right in a card
_COMBO: Final = 240


class AboutPage(PageView):
    id = "about"
    step = None

    def __init__(
        self, announcer: Announcer, background: Background, languages: Languages, help_desk: Help
    ) -> None:
        self.announcer, self.background, self.languages = announcer, background, languages
        self.help_desk = help_desk
        super().__init__()

    def build(self) -> None:
        self.set_title(say("about.title"), say("about.lead", version=__version__))
        self._codes = ["", *(one.code for one in messages.languages())]
        self.language = Combo("about.language", say("about.language").replace("&", ""), self._names())
        self.appearance = Combo(
            "about.appearance",
            say("about.appearance").replace("&", ""),
            [say(f"about.appearances.{name or 'system'}") for name in _APPEARANCES],
        )
        chosen = Card()
        lines = column(chosen, 0, (0, 4, 0, 4))
        for key, combo in (("language", self.language), ("appearance", self.appearance)):
            if lines.count():
                lines.addWidget(_line())
            lines.addWidget(_choice(Label(say(f"about.{key}"), theme.STRONG), combo))
        self.put(chosen)
        self.note = Notice("about.note")
        self.put(self.note, 8)
        self.put(self._more(), 16)
        self._known: Sequence[Part] = ()
        self.show_choices()
        self.language.currentIndexChanged.connect(self._speak)
        self.appearance.currentIndexChanged.connect(self._dress)

    def _more(self) -> Card:
        """Help, where no menu bar has it, and what the program is made of."""
        card = Card()
        lines = column(card, 0, (0, 4, 0, 4))
        for entry in () if sys.platform == "darwin" else self.help_desk.entries:
            button = Button(f"about.{entry}", say(f"help.{entry}"), "row", self.help_desk.icon(entry))
            if self.help_desk.icon(entry) == "external":
                button.setAccessibleName(say("common.opens", text=button.text()))
            button.clicked.connect(partial(_ask, self.help_desk, entry))
            lines.addWidget(button)
            lines.addWidget(_line())
        self.copy = CopyButton("about.copy", say("about.copy"), self._versions, "row")
        self.copy.setEnabled(False)
        lines.addWidget(self.copy)
        lines.addWidget(_line())
        self.parts_button = LinkButton("about.parts", say("about.parts"), "row", "chevron-right")
        lines.addWidget(self.parts_button)
        self.parts = QWidget()
        self._rows = column(self.parts, 0, (_SIDE, 4, _SIDE, 8))
        self.parts.hide()
        lines.addWidget(self.parts)
        self.parts_button.toggled.connect(self._show_parts)
        return card

    def _show_parts(self, opened: bool) -> None:
        self.parts_button.set_icon("chevron-down" if opened else "chevron-right")
        self.parts.setVisible(opened)

    def _names(self) -> list[str]:
        """Each language in its own words, so that a person who reads no other finds the way back."""
        names = [say("about.follow")]
        for one in messages.languages():
            names.append(say("about.draft", name=one.name) if one.draft else one.name)
        return names

    def show_choices(self) -> None:
        """What is chosen now."""
        chosen = settings.chosen(settings.LANGUAGE)
        self.language.setCurrentIndex(self._codes.index(chosen) if chosen in self._codes else 0)
        dress = settings.chosen(settings.APPEARANCE)
        self.appearance.setCurrentIndex(_APPEARANCES.index(dress) if dress in _APPEARANCES else 0)
        self.note.show_text(say("about.draft_note") if messages.language().draft else "", "amber")

    def _speak(self, index: int) -> None:
        kept = settings.choose(settings.LANGUAGE, self._codes[index])
        self.languages.speak(self._codes[index])
        self._kept(kept)

    def _dress(self, index: int) -> None:
        kept = settings.choose(settings.APPEARANCE, _APPEARANCES[index])
        theme.THEME.force(_APPEARANCES[index] or None)
        self._kept(kept)

    def _kept(self, kept: bool) -> None:
        if not kept:
            self.announcer.say(say("about.not_kept"))

    def entered(self) -> None:
        if not self._known:
            from gemini_setup.about import parts

            self.background.ask(partial(blocking, parts), self.show_parts)

    def show_parts(self, found: Sequence[Part]) -> None:
        self._known = found
        empty(self._rows)
        self._rows.addWidget(Paragraph(say("about.license"), theme.SMALL, "muted"))
        self._rows.addSpacing(theme.GAP)
        columns: tuple[list[Label], list[Label]] = ([], [])
        for part in found:
            self._rows.addWidget(hairline())
            whole = QWidget()
            line = row(24)
            columns[0].append(Label(part.name))
            columns[1].append(Label(part.version, theme.SMALL, "muted"))
            for column_ in columns:
                line.addWidget(column_[-1])
            line.addWidget(Paragraph(part.license, theme.SMALL, "muted"), 1)
            column(whole, 0, (0, 8, 0, 8)).addLayout(line)
            whole.setAccessibleName(say("about.part", **part._asdict()))
            self._rows.addWidget(whole)
        for column_ in columns:  # each line is a layout of its own, and they stand beneath one another
            width = max((label.sizeHint().width() for label in column_), default=0)
            for label in column_:
                label.setMinimumWidth(width)
        self.copy.setEnabled(True)

    def _versions(self) -> str:
        return "".join(f"{' '.join(part)}\n" for part in self._known)

    def first_focus(self) -> QWidget:
        return self.language


def _ask(help_desk: Help, entry: str, _checked: bool = False) -> None:
    help_desk.ask(entry)


def _choice(label: Label, combo: Combo) -> QWidget:
    """What is chosen, and from what, on one line of a card."""
    whole = QWidget()
    whole.setMinimumHeight(round(_ROW * theme.scale()))
    label.setBuddy(combo)
    line = row(16)
    line.addWidget(label, 1)
    combo.setMinimumWidth(round(_COMBO * min(theme.scale(), 1.4)))
    line.addWidget(combo, 0, Qt.AlignmentFlag.AlignVCenter)
    column(whole, 0, (_SIDE, 5, _SIDE, 5)).addLayout(line)
    return whole


def _line() -> QWidget:
    """Between two lines of a card, from text edge to edge."""
    whole = QWidget()
    column(whole, 0, (_SIDE, 0, _SIDE, 0)).addWidget(hairline())
    return whole
