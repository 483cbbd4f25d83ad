"""About: the language, the appearance, and what the program is made of. Both choices hold at once and are kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QWidget

from gemini_setup import settings
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
    from gemini_setup.gui.protocols import Announcer, Background, Languages

_APPEARANCES = ("", "light", "dark")


class AboutPage(PageView):
    id = "about"
    step = None

    def __init__(self, announcer: Announcer, background: Background, languages: Languages) -> None:
        self.announcer, self.background, self.languages = announcer, background, languages
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
        card = Card()
        grid = QGridLayout()
        grid.setContentsMargins(20, 16, 20, 16)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(theme.GAP)
        for place, (key, combo) in enumerate((("language", self.language), ("appearance", self.appearance))):
            label = Label(say(f"about.{key}"), theme.STRONG)
            label.setBuddy(combo)
            grid.addWidget(label, 0, place)
            grid.addWidget(combo, 1, place)
            grid.setColumnStretch(place, 1)
        inside = column(card)
        inside.addLayout(grid)
        self.put(card)
        self.note = Notice("about.note")
        self.put(self.note, 8)
        self.put(Paragraph(say("about.parts"), theme.TITLE, leading=1.3), 24)
        self.put(Paragraph(say("about.licence"), theme.BODY, "muted"), 4)
        self.parts = Card()
        self._rows = column(self.parts, 0, (20, 8, 20, 8))
        self.put(self.parts, 12)
        self.copy = CopyButton("about.copy", say("about.copy"), self._versions, "link")
        self.copy.setEnabled(False)
        self.put(self.copy, 8, natural=True)
        self._known: Sequence[Part] = ()
        self.show_choices()
        self.language.currentIndexChanged.connect(self._speak)
        self.appearance.currentIndexChanged.connect(self._dress)

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
        columns: tuple[list[Label], list[Label]] = ([], [])
        for number, part in enumerate(found):
            if number:
                self._rows.addWidget(hairline())
            whole = QWidget()
            line = row(24)
            columns[0].append(Label(part.name))
            columns[1].append(Label(part.version, theme.SMALL, "muted"))
            for column_ in columns:
                line.addWidget(column_[-1])
            line.addWidget(Paragraph(part.licence, theme.SMALL, "muted"), 1)
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
