"""I have an error message: paste it, and read what it means. Nothing leaves this computer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from gemini_setup.actions.explanation import Explanation
from gemini_setup.google.recognition import recognise
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.chip import OutcomeLine
from gemini_setup.gui.components.diagnosis_buttons import acting_button
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.result_view import ResultView
from gemini_setup.gui.components.widgets import CodeBlock, Fold, Notice, column
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters.check_result import explained, fetches_a_key
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph, announce, name
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Service
from gemini_setup.model.outcomes import Cause, Outcome
from gemini_setup.model.recognised import What
from gemini_setup.security.redaction import redact
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Background, Checking, Intake, Navigation

_LONGEST = 200_000  # characters that are looked at


class _Box(QPlainTextEdit):
    """Plain text only; Tab goes on to the next control, as everywhere else.

    It shows its text in clear, on the screen and to assistive tools. A pasted or dropped key or service account goes to
    `credential` instead, and one that stands in an error message is masked.
    """

    credential = Signal(object)  # recognised
    pasted = Signal()  # or dropped: an error message

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()[:_LONGEST]
        found = recognise(text)
        # By its form a reason alone ("ACCESS_TOKEN_TYPE_UNSUPPORTED") can be a key: only what begins as Google's keys
        # do is hidden here. Nothing is refused by it: any other key is a message that explains nothing.
        if found.credential is not None and (found.family or found.what is What.SERVICE_ACCOUNT):
            self.credential.emit(found)
        else:
            self.insertPlainText(redact(text))
            self.pasted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() in (
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        ):
            event.ignore()
            return
        super().keyPressEvent(event)


class ExplainPage(PageView):
    id = "explain"
    step = 0

    def __init__(
        self,
        navigation: Navigation,
        checking: Checking,
        intake: Intake,
        background: Background,
        core: Core,
    ) -> None:
        self.navigation, self.checking, self.intake = navigation, checking, intake
        self.background, self.core = background, core
        super().__init__()

    def build(self) -> None:
        self.set_title(say("explain.title"), say("explain.lead"))
        self.box = _Box()
        self.box.setTabChangesFocus(True)
        self.box.setPlaceholderText(say("explain.placeholder"))
        self.box.setFixedHeight(round(96 * theme.scale()))
        self.box.setFont(theme.code_font())
        name(self.box, "explain.box", say("explain.label").replace("&", ""))
        label = Label(say("explain.label"), theme.STRONG)
        label.setBuddy(self.box)
        self.put(label)
        self.put(self.box, theme.GAP)
        self.result = QWidget()
        inside = column(self.result)
        self.outcome = OutcomeLine("explain.outcome")
        self.cause = Paragraph("", theme.TITLE, leading=1.28)
        self.what = Paragraph("")
        self.card = ResultView("explain.diagnosis")
        for part, gap in ((self.outcome, 0), (self.cause, 4), (self.what, 12), (self.card, 0)):
            inside.addWidget(part)
            inside.addSpacing(gap)
        self.result.hide()
        self.put(self.result, 20)
        self.on_the_way = Notice("explain.on_the_way")
        self.put(self.on_the_way, 12)
        self.on_the_way_do = Button("explain.on_the_way_do", say("explain.on_the_way_do"))
        self.on_the_way_do.hide()
        self.put(self.on_the_way_do, 8, natural=True)
        self.on_the_way_do.clicked.connect(self._on_the_way)
        self.admin = Fold("explain.admin", say("file.none.admin"))
        self._message = CodeBlock("explain.message", "", say("file.none.admin"), prose=True)
        self.admin.add(self._message)
        self.admin.hide()
        self.put(self.admin, 8)
        self.found: Explanation | None = None
        self._question = 0
        self.asked_on_the_way = False
        self.box.textChanged.connect(self._typed)
        self.box.credential.connect(self.intake.take)
        self.box.pasted.connect(self._pasted)

    def _typed(self) -> None:
        self.background.forget(self._question)
        self.found = None
        self.result.hide()
        self.admin.hide()
        self._offer(None)
        self.changed.emit()

    def footer(self) -> FooterState:
        return FooterState(
            say("explain.explain"),
            self.ready,
            primary=self.found is None,
            reason=self.blocked_reason(),
        )

    def activate(self) -> None:
        self.explain()

    def arrive(self) -> None:
        error, self.navigation.subjects.error = self.navigation.subjects.error, None
        if error is not None:
            self.show_error(error)

    def typed(self) -> Sequence[str]:
        return (self.box.toPlainText(),)

    @property
    def ready(self) -> bool:
        return bool(self.box.toPlainText().strip())

    def show_error(self, text: str) -> None:
        """What was pasted or dropped elsewhere, filled in and explained."""
        self.box.setPlainText(redact(text[:_LONGEST]))
        self.explain()

    def explain(self, *, on_the_way: bool = False) -> None:
        text = self.box.toPlainText()[:_LONGEST]
        self.asked_on_the_way = on_the_way
        self.background.forget(self._question)
        self._question = self.background.ask(
            partial(blocking, partial(self.core.explain, text, on_the_way=on_the_way)),
            self.show_explanation,
        )

    def _pasted(self) -> None:
        if self.ready:
            self.explain()

    def _on_the_way(self, _checked: bool = False) -> None:
        self.box.setFocus()  # the button goes away
        self.explain(on_the_way=True)

    def _offer(self, cause: Cause | None) -> None:
        """What it would be from a program on its way to Gemini: offered, since every program has such errors."""
        text = say("explain.on_the_way", title=cause_texts.cause(cause.id).title) if cause is not None else ""
        self.on_the_way.show_text(text, "muted", "help")
        self.on_the_way_do.setVisible(cause is not None)
        self.on_the_way_do.setAccessibleName(f"{self.on_the_way_do.text()}. {text}")

    def show_explanation(self, found: Explanation) -> None:
        self.found = found
        said = explained(found.cause, found.words, found.facts)
        self.outcome.show_outcome(said.chip, said.tone, said.meta)
        self.cause.setText(said.title)
        self.what.setText(said.lead)
        self.card.show_result(said.why, said.fixes, said.facts, note=said.note, command=said.command)
        self.card.setAccessibleName(f"{said.title} {said.lead} {self.card.accessibleName()}")
        buttons = [
            acting_button(
                f"explain.fix{number + 1}",
                action.label,
                "external" if action.does == "open" else "",
                partial(self.checking.run, action, found.cause.id, found.facts),
            )
            for number, action in enumerate(said.actions)
            if action.does in ("open", "trap", "key")  # the others need a credential
        ]
        if buttons:
            buttons[0].set_kind("primary")
        if fetches_a_key(said.actions):  # whoever comes back with one goes on from here
            studio = partial(self.navigation.open_entry, Service.STUDIO)
            word = "explain.check_key" if found.cause.outcome is Outcome.BLOCKED else "explain.add_key"
            buttons.append(acting_button("explain.add_key", say(word), "", studio))
        self.card.set_buttons(buttons)
        self.result.show()
        self._offer(found.on_the_way)
        self._message.set_text(found.admin)
        self.admin.set_open(False)
        self.admin.setVisible(bool(found.admin))
        announce(self, " ".join(filter(None, (f"{said.title}. {said.lead}", self.on_the_way.text()))))
        self.changed.emit()
        self.bring_into_view(self.result)

    def take_over(self, old: PageView) -> None:
        assert isinstance(old, ExplainPage)
        self.box.setPlainText(old.box.toPlainText())
        if old.found is not None:
            self.explain(on_the_way=old.asked_on_the_way)

    def first_focus(self) -> QWidget:
        return self.box

    def blocked_reason(self) -> str:
        return "" if self.ready else say("explain.empty")
