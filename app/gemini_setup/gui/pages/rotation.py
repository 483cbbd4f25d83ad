"""Is the old one gone? Google is asked until it has said so twice; then it can be erased here. Leaving loses nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.diagnosis_buttons import acting_button
from gemini_setup.gui.components.findings import DiagnosisCard, StepRow
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.widgets import Card, Notice, column, empty, hairline
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import deliveries, profile_row
from gemini_setup.gui.presenters.check_result import fault_words
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, announce
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Profile
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.wizard.flow import Page

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Announcer, Links, Navigation, ProfileActions
    from gemini_setup.model.outcomes import Cause


class RotationPage(PageView):
    id = "rotation"
    step = None

    def __init__(
        self,
        navigation: Navigation,
        profiles: ProfileActions,
        links: Links,
        announcer: Announcer,
        core: Core,
    ) -> None:
        self.navigation, self.profiles, self.links, self.announcer, self.core = (
            navigation,
            profiles,
            links,
            announcer,
            core,
        )
        super().__init__()

    def build(self) -> None:
        self.phase = "idle"  # idle, asking, once, alive, unclear, dead, fault
        self._painted = False  # whether the session has been shown
        self.set_title(say("rotation.title"), say("rotation.lead"))
        self.card = DiagnosisCard("rotation.result")
        self.card.hide()
        self.put(self.card)
        self.rows = Card()
        inside = column(self.rows, 0, (16, 5, 16, 5))
        self.old = StepRow("rotation.old", say("rotation.old"), say("rotation.asking"))
        self.new = StepRow("rotation.new", say("rotation.new"), say("rotation.asking"))
        for widget in (self.old, hairline(), self.new):
            inside.addWidget(widget)
        self.put(self.rows, 12)
        self.tools: list[StepRow] = []  # one for each place that it was handed over to
        self._tools = QWidget()
        beneath = column(self._tools, theme.GAP, (0, 16, 0, 0))
        beneath.addWidget(Label(say("rotation.tools"), theme.STRONG))
        self.delivered = Card()
        self._delivered = column(self.delivered, 0, (16, 5, 16, 5))
        beneath.addWidget(self.delivered)
        self.put(self._tools)
        self.wait = Notice("rotation.wait")
        self.put(self.wait, 12)
        self._timer = QTimer(self)
        self._timer.setInterval(250)
        self._timer.timeout.connect(self._count)
        session = self.session = self.profiles.rotation
        session.began.connect(self._begin)
        session.answered.connect(self._answered)
        session.waits.connect(self._keyring_waits)
        session.failed.connect(self._failed)

    # ---- the asking

    def arrive(self) -> None:
        """A page that has been made again shows what the session knows."""
        if self._painted or self._row is None:
            return
        self._begin()
        if self.session.error is not None:
            self._failed()
        elif self.session.answer is not None:
            self._answered()

    @property
    def _row(self) -> Profile | None:
        return self.session.row

    def _begin(self) -> None:
        self._painted = True
        self.phase = "asking"
        self._timer.stop()
        self.wait.show_text("")
        self.card.hide()
        self.rows.show()
        row = self._row
        self.old.set_title(say("rotation.old", hint=self._hint))
        self.new.set_title(say("rotation.new", hint=row.hint if row is not None else ""))
        for line in (self.old, self.new):
            line.show_state("running", say("rotation.asking"))
        self._show_delivered(row.delivered if row is not None else ())

    def _show_delivered(self, delivered: Sequence[tuple[str, str, str]]) -> None:
        """The other tools that it was handed over to: which of them have the new one, and why the others have not."""
        empty(self._delivered)
        self.tools = []
        for number, (tool, place, trouble) in enumerate(delivered):
            if number:
                self._delivered.addWidget(hairline())
            count = sum(1 for other, _, _ in delivered[:number] if other == tool)
            line = StepRow(f"rotation.{tool}{f'.{count + 1}' if count else ''}", deliveries.title(tool), "")
            if trouble:
                why = deliveries.trouble(tool, place, trouble)
                line.show_state("amber", say("rotation.tool_old", why=why))
            else:
                place = "" if deliveries.is_entry(place) else deliveries.short(place)
                line.show_state("green", say("rotation.tool_has", place=place))
            self._delivered.addWidget(line)
            self.tools.append(line)
        self._tools.setVisible(bool(delivered))

    def _answered(self) -> None:
        event = self.session.answer
        if event is None:
            return
        waits = self.session.next_at > 0
        dead = not waits and getattr(event, "dead", False)
        gone = dead or getattr(event, "deaths", 0) > 0
        self._show_answers(event.old, event.new, gone)
        self._show_result(event.old, event.new, "dead" if dead else "once" if gone else "")
        if waits:
            self._timer.start()
            self._count()
        else:
            self._timer.stop()  # else its next beat says that Google is being asked
            self.wait.show_text("" if dead else say("rotation.ended"), "muted", "clock")
        self.changed.emit()

    def _show_answers(self, old: Cause, new: Cause, gone: bool) -> None:
        said = cause_texts.cause(old.id).title
        if gone:
            self.old.show_state("green", say("rotation.gone", title=said), spoken=say("rotation.state_gone"))
        elif old.outcome is Outcome.ACCEPTED:
            text = say("rotation.alive") if old.id == "works" else say("rotation.alive_but", title=said)
            self.old.show_state("amber", text, spoken=say("rotation.state_alive"))
        else:
            tone = "grey" if old.outcome is Outcome.UNANSWERED else "amber"
            self.old.show_state(tone, said)
        if new.outcome is Outcome.ACCEPTED:
            self.new.show_state("green", say("rotation.works"))
        else:
            tone = "grey" if new.outcome is Outcome.UNANSWERED else "amber"
            self.new.show_state(tone, say("rotation.fails", title=cause_texts.cause(new.id).title))

    def _show_result(self, old: Cause, new: Cause, phase: str) -> None:
        """The card; made again only when what it says has changed, so that the keyboard keeps its place."""
        title, facts = cause_texts.cause(old.id).title, {"hint": self._hint}
        where = self._deletion()
        if phase == "dead":
            shown = ("green", say("rotation.dead", **facts), say("rotation.dead_why"))
        elif phase == "once":
            shown = ("green", say("rotation.once"), say("rotation.once_why"))
        elif new.outcome is not Outcome.ACCEPTED:
            phase, named = "unclear", cause_texts.cause(new.id).title
            offline = Outcome.UNANSWERED in (old.outcome, new.outcome)
            why = say("rotation.unclear_offline") if offline else say("rotation.unclear_new", title=named)
            shown = ("grey", say("rotation.unclear"), why)
        elif old.outcome is Outcome.ACCEPTED:
            phase = "alive"
            shown = ("amber", say("rotation.still", **facts), say("rotation.still_why"))
        else:
            phase = "unclear"
            shown = ("grey", say("rotation.unclear"), say("rotation.unclear_why", title=title))
        same = self.phase == phase and self.card.title.text() == shown[1]
        self.phase = phase
        note = where.note if where is not None and phase == "alive" else ""
        self.card.show_diagnosis(*shown, note=note)
        if not same:
            self.card.set_buttons(self._buttons(phase))
            announce(self, f"{shown[1]}. {shown[2]}")
        self.card.show()
        if not same and self.card.buttons and self.isVisibleTo(self.window()):
            self.card.buttons[0].setFocus()
            self.bring_into_view(self.card.buttons[0])

    def _buttons(self, phase: str) -> list[Button]:
        made: list[Button] = []
        if phase == "dead":
            made.append(acting_button("rotation.erase", say("old.erase"), "", self._erase))
        if phase == "alive" and self._deletion() is not None:
            made.append(acting_button("rotation.delete", say("old.delete"), "external", self._delete))
        if phase in ("alive", "unclear", "fault"):
            text = say("check.try_again" if phase == "fault" else "rotation.again")
            made.append(acting_button("rotation.again", text, "", self._again))
        if made:
            made[0].set_kind("primary")
        return made

    def _keyring_waits(self, what: str) -> None:
        """Both are read from the keyring first, and that may ask the person for its password."""
        if what == "asks" and not self.wait.text():
            store = self.core.store_name() or say("use.the_keyring")
            self.wait.show_text(say("window.keyring_asks", store=store), "amber", "lock")
            announce(self, self.wait.text(), assertive=True)

    def _count(self) -> None:
        left = max(0, round(self.session.next_at - time.monotonic()))
        if left:
            self.wait.show_text(say("rotation.waits", time=f"{left // 60}:{left % 60:02}"), "muted", "clock")
            return
        self._timer.stop()
        self.wait.show_text("")
        for line in (self.old, self.new):
            line.show_state("running", say("rotation.asking"))

    def _failed(self) -> None:
        error = self.session.error
        self._timer.stop()
        self.wait.show_text("")
        if isinstance(error, NoSuchProfile):
            self.announcer.say(say("home.no_old"))
            self.navigation.go("home")
            return
        self.phase = "fault"
        self.rows.hide()
        if isinstance(error, VaultFault):
            self.card.show_diagnosis("amber", *fault_words(error.fault, error.store, error.reason))
        else:
            why = say("window.internal_act", name=type(error).__name__)
            self.card.show_diagnosis("grey", say("window.internal"), why, glyph="warning")
        self.card.set_buttons(self._buttons("fault"))
        self.card.show()
        announce(self, self.card.accessibleName(), assertive=True)
        self.changed.emit()

    # ---- what the person does

    def _again(self) -> None:
        if self._row is not None:
            self.session.start(self._row)
            self.changed.emit()

    def look_again(self) -> None:
        if self.phase in ("alive", "unclear", "fault"):
            self._again()

    def _delete(self) -> None:
        where = self._deletion()
        if where is not None:
            self.links.open_page(where.page, where.facts)

    def _erase(self) -> None:
        if self._row is not None:
            self.profiles.erase_old(self._row)

    # ---- the page

    @property
    def _hint(self) -> str:
        return self._row.old.hint if self._row is not None and self._row.old is not None else ""

    def _deletion(self) -> profile_row.Deletion | None:
        row = self._row
        if row is None or row.old is None:
            return None
        return profile_row.deletion_of_old(row.old, row.kind, row.service)

    def footer(self) -> FooterState:
        """Done once nothing is asked anymore."""
        ended = self.phase in ("dead", "alive", "unclear") and not self.session.next_at
        main = any(button.property("kind") == "primary" for button in self.card.buttons)
        return FooterState(say("window.done"), primary=not main) if ended else FooterState()

    def activate(self) -> None:
        self.navigation.go(Page.HOME)

    def show_busy(self, busy: bool) -> None:
        for button in self.card.buttons:
            button.setEnabled(not busy)

    def first_focus(self) -> QWidget | None:
        return self.card.buttons[0] if self.card.isVisibleTo(self) and self.card.buttons else None

    def left(self) -> None:
        """Nothing is asked behind the person's back; the row on This computer goes on from here."""
        self._timer.stop()
        self.session.stop()
