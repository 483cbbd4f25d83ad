"""A key that Google recognizes and doesn't take for Gemini: two ways side by side, and what a key needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button, Flow, link
from gemini_setup.gui.components.widgets import Card, Glyph, Notice, column, empty, row
from gemini_setup.gui.presenters.check_result import NEW_KEY_PAGE
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph
from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.i18n.cause_texts import Action, TrapWords

_GAP: Final = 16  # between the two cards
_WIDE: Final = 1.25  # times the usual text, above which two cards have no room side by side


class _Way(Card):
    """A title, what it means, and its button."""

    def __init__(self, identifier: str, mend: str, kind: str) -> None:
        super().__init__()
        self.title = Paragraph("", theme.STRONG, leading=1.28)
        self.text = Paragraph("", theme.SMALL, "muted", leading=1.34)
        self.aside = Paragraph("", theme.SMALL, "amber", leading=1.34)
        self.message = link(f"{identifier}.message", say("trap.message"))
        self.button = Button(identifier, "", kind)
        self.mend = Button(mend, "", "primary")
        self.mend.hide()
        self._kind = kind
        inside = column(self, theme.GAP, (16, 12, 16, 12))
        for part in (self.title, self.text, self.aside):
            inside.addWidget(part)
        inside.addWidget(self.message, 0, Qt.AlignmentFlag.AlignLeading)
        inside.addStretch(1)
        inside.addSpacing(theme.GAP)
        self.buttons = QWidget()
        buttons = Flow(2 * theme.GAP, self.buttons)
        buttons.addWidget(self.mend)
        buttons.addWidget(self.button)
        inside.addWidget(self.buttons)
        self.action: Action | None = None

    def set_best(self, best: bool) -> None:
        """The one that is recommended stands out."""
        self.set_tone("accent_soft" if best else "card", "accent" if best else "border")

    def show_mend(self, label: str, *, instead: bool) -> None:
        """We can do it: that is the page's main button then, in this card or (`instead`) in the other one."""
        self.mend.setText(label)
        self.mend.setAccessibleName(label)
        self.mend.setVisible(bool(label))
        self.button.set_kind("link" if label else "plain" if instead else self._kind)
        if label and self.action is not None and self.action.does == "open":
            # Nobody who only hears them tells apart two names that differ by "for me".
            self.button.setText(say("plan.by_hand"))
            self.button.setAccessibleName(say("plan.by_hand"))

    def height_of_buttons(self, width: int) -> int:
        """In a card of this width."""
        inside, flow = self.layout(), self.buttons.layout()
        assert inside is not None
        assert flow is not None
        margins = inside.contentsMargins()
        return flow.heightForWidth(width - margins.left() - margins.right())

    def show_way(self, title: str, text: str, action: Action | None) -> None:
        self.action = action
        self.setVisible(action is not None)
        self.title.setText(title)
        for label, shown in ((self.text, text), (self.aside, ""), (self.message, "")):
            label.setVisible(bool(shown))
        self.text.setText(text)
        if action is not None:
            opens = action.does == "open"
            self.button.setText(action.label)
            self.button.set_icon("external" if opens else "")
            self.button.setAccessibleName(say("common.opens", text=action.label) if opens else action.label)


class _Pair(QWidget):
    """Two cards side by side, or one above the other where their buttons have no room."""

    def __init__(self, cards: Sequence[_Way]) -> None:
        super().__init__()
        self._cards = cards
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(_GAP)
        for card in cards:
            self._box.addWidget(card, 1)

    def _widest(self) -> int:
        return max(card.minimumSizeHint().width() for card in self._cards if not card.isHidden())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._widest(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        beside = event.size().width() >= 2 * self._widest() + _GAP and theme.scale() <= _WIDE
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._box.direction() is not direction:
            self._box.setDirection(direction)
            self.updateGeometry()
        self.level()
        super().resizeEvent(event)

    def level(self) -> None:
        """Side by side, their buttons begin on one line; beneath a warning there is no room for it."""
        shown = [card for card in self._cards if not card.isHidden()]
        beside = self._box.direction() is QBoxLayout.Direction.LeftToRight and len(shown) > 1
        beside = beside and all(card.aside.isHidden() for card in shown)
        width = (self.width() - _GAP) // 2
        height = max(card.height_of_buttons(width) for card in shown) if beside else 0
        for card in self._cards:
            card.buttons.setMinimumHeight(height)


class TwoWays(QWidget):
    """`act` carries the Action of the way that was chosen; `mend`: we are to do it at Google; `message_wanted`: the
    message for an administrator.
    """

    act = Signal(object)
    message_wanted = Signal()
    mend = Signal()

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._first = _Way(f"{prefix}.main", f"{prefix}.renew", "primary")
        self._second = _Way(f"{prefix}.second", f"{prefix}.mend", "plain")
        self.main, self.second, self.message = self._first.button, self._second.button, self._second.message
        ways = self._ways = _Pair((self._first, self._second))
        for way in (self._first, self._second):
            way.button.clicked.connect(partial(self._press, way))
            way.mend.clicked.connect(self.mend)
        self.watch = Notice(f"{prefix}.watch")
        self._needs = QWidget()
        self._needs_column = column(self._needs, 2)
        self.note = Paragraph("", theme.SMALL, "muted", leading=1.3)
        layout = column(self, 2 * theme.GAP)
        for part in (ways, self.watch, self.note, Label(say("trap.needs"), theme.STRONG), self._needs):
            layout.addWidget(part)
        self.message.clicked.connect(self.message_wanted)

    @property
    def main_button(self) -> Button:
        """The page's one main button."""
        mending = (way.mend for way in (self._first, self._second) if not way.mend.isHidden())
        return next(mending, self.main)

    def controls(self) -> list[QWidget]:
        """In the order of Tab."""
        first, second = self._first, self._second
        return [first.mend, first.button, second.message, second.mend, second.button]

    def _press(self, way: _Way, _checked: bool = False) -> None:
        if way.action is not None:
            self.act.emit(way.action)

    def show_ways(self, said: TrapWords, *, message: bool, mend: str = "", keeps: bool = False) -> None:
        """`message`: there is one for an administrator. Before Google was asked, the first way is to ask it."""
        new_title, new_text, keep = say("trap.new_title"), say("trap.new_text"), said.keep
        kept = bool(mend) and keeps and said.asked  # the best is what we can do about this key
        if said.asked:
            if said.main.page == NEW_KEY_PAGE:
                if mend and not keeps:
                    new_title, new_text = say("trap.renew_title"), say("trap.renew_text")
                elif not kept:
                    new_text = say("trap.new_recommended", text=new_text)
                self._first.show_way(new_title, new_text, _short(said.main))
            else:
                self._first.show_way(said.main.label, "", said.main)
            if kept:
                keep = say("trap.new_recommended", text=keep)
            self._second.show_way(said.keep_title or say("trap.keep_title"), keep, said.second)
            self._second.aside.setText(said.aside)
            self._second.aside.setVisible(bool(said.aside))
        else:
            self._first.show_way(say("trap.paste_title"), say("trap.paste_text"), said.main)
            self._second.show_way(new_title, new_text, _short(said.second))
        self._first.show_mend("" if keeps else mend, instead=bool(mend))
        self._second.show_mend(mend if keeps else "", instead=bool(mend))
        self._first.set_best(not kept)
        self._second.set_best(kept)
        self.message.setVisible(message and said.asked and not (mend and keeps))
        self._ways.level()
        self.note.setText(said.note)
        self.note.hide()  # until a page of the console is open
        empty(self._needs_column)
        for number in sorted(range(len(said.rows)), key=partial(_missing_first, said.missing)):
            self._needs_column.addWidget(_Need(said, number))

    def show_watch(self, text: str, *, opened: bool = False) -> None:
        """What happens automatically, "" for nothing; `opened`: the person has gone to the console."""
        self.watch.show_text(text, "muted", "clock")
        self.note.setVisible(opened and bool(self.note.text()))


def _short(action: Action | None) -> Action | None:
    """Beneath the title of its card, which says where, the label need not."""
    return replace(action, label=say("trap.create")) if action is not None else None


def _missing_first(missing: int | None, number: int) -> tuple[bool, int]:
    """What this very answer found missing stands at the top."""
    return number != missing, number


class _Need(QWidget):
    """What a key needs and, once Google was asked, what is known of it; its name reads out the whole row."""

    told_as = accessibility.ITEM

    def __init__(self, said: TrapWords, number: int) -> None:
        super().__init__()
        needs, studio, console = said.rows[number]
        missing = said.missing == number
        layout = row(12)
        column(self).addLayout(layout)
        icon, ground = ("warning", "solid") if missing else ("dash", "")
        layout.addWidget(
            Glyph(icon, 18, "amber" if missing else "grey", ground), 0, Qt.AlignmentFlag.AlignTop
        )
        layout.addWidget(Paragraph(needs, theme.SMALL, leading=1.3), 1)
        state = said.state if missing else say("trap.unknown") if said.asked else ""
        if state:
            kind = theme.SMALL_STRONG if missing else theme.SMALL
            label = Label(state, kind, "amber" if missing else "muted")
            layout.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        spoken = f"{needs}: {state}" if state else needs
        self.setAccessibleName(f"{spoken}. {say('trap.studio')}: {studio}. {say('trap.console')}: {console}")
