"""Add your key: explain, open AI Studio, paste, and say at once what arrived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from gemini_setup.google.recognition import recognise
from gemini_setup.gui.components.buttons import Button, Flow, link
from gemini_setup.gui.components.creation_offer import CreationOffer
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.replace_target import ProfileNameFold, Replaces, name_reason
from gemini_setup.gui.components.secret_field import SecretField
from gemini_setup.gui.components.widgets import Fold, Notice, Numbered
from gemini_setup.gui.pages.base import PageView, WizardPage
from gemini_setup.gui.style.text import announce
from gemini_setup.gui.texts import has, say, several
from gemini_setup.i18n.messages import joined
from gemini_setup.model.credentials import ApiKey
from gemini_setup.model.recognised import Recognised, What
from gemini_setup.wizard.flow import Draft

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Drafts, Intake, Links, Navigation, Provision

_RESTS = 600  # milliseconds without a key after which what was typed is told


class KeyPage(WizardPage):
    id = "key"
    main_text = "window.check"
    follows_unseen = True  # its field forgets a secret as soon as the draft does
    step = 1

    def __init__(
        self, navigation: Navigation, drafts: Drafts, intake: Intake, links: Links, provision: Provision
    ) -> None:
        self.intake, self.links, self.provision = intake, links, provision
        super().__init__(navigation, drafts)

    def build(self) -> None:
        self._waiting: Recognised | None = None  # a service account that was pasted here
        self._ours = False
        self._speaks = QTimer(self)
        self._speaks.setSingleShot(True)
        self._speaks.setInterval(_RESTS)
        self._speaks.timeout.connect(self._speak)
        self.replaces = Replaces("key")
        self.put(self.replaces)
        self.open = Button("key.open", say("key.open"), "plain", "external")
        self.open.setAccessibleName(say("common.opens", text=say("key.open")))
        self.offer = CreationOffer("key", say("plan.offer_key"), say("plan.offer_key_about"), say("plan.or"))
        self.put(self.offer)
        steps = Numbered()
        steps.add(self.open)
        steps.add(say("key.step_create"))
        steps.add(say("key.step_paste"))
        self.put(steps)
        self.field = SecretField("key.field", say("key.label"))
        self.put(self.field, 20)
        self.notice = Notice("key.notice")
        self.put(self.notice, 8)
        self.doubt = Notice("key.doubt")
        self.put(self.doubt, 2)
        offers = QWidget()
        flow = Flow(parent=offers)
        self.to_file = Button("key.to_file", say("key.to_file"), "primary", "file")
        self.to_explain = Button("key.to_explain", say("key.to_explain"), "primary")
        for button in (self.to_file, self.to_explain):
            flow.addWidget(button)
        self._offers = offers
        self.put(offers, 8)
        self.naming = ProfileNameFold("key")
        self.put(self.naming, 8)
        self.console = link("key.console", say("key.console"))
        self.put(self.console, 12, natural=True)
        self.help = Fold("key.help", say("key.help"))
        for item in several("key.help_items"):
            line = Notice()
            line.show_text(item, "muted", "dot")
            self.help.add(line)
        self.put(self.help)
        self.offer.wanted.connect(self.provision.create)
        self.provision.offered.connect(self._show_offer)
        self._show_offer()
        self.replaces.open_page.connect(self.links.open_page)
        self.naming.named.connect(self._named)
        self.naming.opened.connect(self.changed)
        self.open.clicked.connect(self._open)
        self.field.changed.connect(self._typed)
        self.field.pasted.connect(self._pasted)
        self.field.entered.connect(self._entered)
        self.to_file.clicked.connect(self._to_file)
        self.to_explain.clicked.connect(self._to_explain)
        self.console.clicked.connect(self._console)
        self._say(Recognised(What.NOTHING))

    # ---- what the person does

    def _open(self) -> None:
        self.links.open_page("ai-studio-keys")

    def _named(self, text: str) -> None:
        self.drafts.change(self.drafts.draft.with_name(text))

    def _typed(self, text: str) -> None:
        if self._ours:
            return
        self._waiting = None
        found = recognise(text)
        self.drafts.change(self.drafts.draft.with_key(found))
        self._say(found)

    def _pasted(self, text: str) -> None:
        found = recognise(text)
        if found.what is What.SERVICE_ACCOUNT:
            self._waiting = found
            self._say(found)
            self.changed.emit()  # its button is the main one now
            return
        if found.what is What.NOTHING:
            return
        if found.what is What.ERROR_MESSAGE:
            self.navigation.explain(text)
            return
        self._waiting = None
        self._fill(_key_in(found) or " ".join(text[:4000].split()))
        self.drafts.change(self.drafts.draft.with_key(found))
        self._say(found)

    def _entered(self) -> None:
        if self._waiting is not None:
            self._to_file()
        else:
            self.goes_on.emit()

    def _to_file(self) -> None:
        if self._waiting is not None:
            found, self._waiting = self._waiting, None
            self._say(self.drafts.draft.key)
            self.intake.take(found)

    def _to_explain(self) -> None:
        self.navigation.explain(self.field.text())

    def _console(self) -> None:
        self.navigation.open_trap(None, {})

    # ---- what is shown

    def _show_offer(self) -> None:
        self.offer.show_offer(ready=self.provision.ready, signs_in=self.provision.signs_in)

    def _fill(self, text: str) -> None:
        if text != self.field.text():
            self._ours = True
            self.field.set_text(text)
            self._ours = False

    def render_draft(self, draft: Draft) -> None:
        """A key that arrived elsewhere (pasted or dropped on another page) fills the field."""
        lead = "lead_endpoint" if self.drafts.custom_endpoint else "lead"
        if self.drafts.endpoint_trouble:
            lead = "lead_trouble"
        title = say("key.title" if draft.replacing is None else "key.title_replace")
        self.set_title(title, say(f"key.{lead}"))
        self.replaces.show_draft(draft)
        self.naming.show_draft(draft)
        self.offer.let(not name_reason(draft))
        text = _key_in(draft.key)
        if draft.key.what is What.NOTHING and self._waiting is None and self.field.text().strip():
            self._fill("")  # a new way was begun: what was kept is not left lying here
        if text and recognise(self.field.text()).credential != draft.key.credential:
            self._fill(text)
            self._waiting = None
        if self._waiting is None:
            self._say(draft.key)

    def _say(self, found: Recognised) -> None:
        # The one thing to do on an empty page is to get a key; with one, the footer's button is the main one.
        empty = not self.field.text() and self._waiting is None
        leads = self.replaces.take_lead(empty)
        self.open.set_kind("primary" if empty and not leads else "plain")
        text, tone, icon = _sentence(found)
        before = self.notice.text()
        self.notice.show_text(text, tone, icon)
        doubt = (
            say(f"key.doubt.{found.doubt}", name=found.name)
            if found.doubt and found.what is What.API_KEY
            else ""
        )
        if found.length < 12 and found.doubt == "short":
            doubt = ""  # somebody is still typing
        self.doubt.show_text(doubt, "amber")
        self.to_file.setVisible(found.what is What.SERVICE_ACCOUNT)
        self.to_explain.setVisible(found.what is What.ERROR_MESSAGE)
        self._offers.setVisible(found.what in (What.SERVICE_ACCOUNT, What.ERROR_MESSAGE))
        if text != before and self.isVisible():
            self._speaks.start()

    def _speak(self) -> None:
        """What arrived, once nothing more follows: not after each key that is typed."""
        if self.isVisible():
            announce(self.field.edit, " ".join(filter(None, (self.notice.text(), self.doubt.text()))))

    def take_over(self, old: PageView) -> None:
        assert isinstance(old, KeyPage)
        self._waiting = old._waiting
        self._fill(old.field.text())
        old._fill("")  # the secret lives on here only
        self._say(self._waiting or self.drafts.draft.key)
        self.help.set_open(old.help.button.isChecked())

    def first_focus(self) -> QWidget:
        return self.field.edit

    def blocked_reason(self) -> str:
        draft = self.drafts.draft
        if self._waiting is not None:
            return ""
        return say("key.need") if draft.key.what is What.NOTHING else self.naming.unseen_reason(draft)

    def footer(self) -> FooterState:
        ours = (self.open, self.to_file, self.to_explain, self.replaces.delete)
        main = any(not button.isHidden() and button.property("kind") == "primary" for button in ours)
        return super().footer()._replace(primary=not main)

    def arrive(self) -> None:
        if self.navigation.subjects.retype:
            self.navigation.subjects.retype = False
            self.field.edit.selectAll()

    def entered(self) -> None:
        self.provision.look()

    def typed(self) -> Sequence[str]:
        return (self.field.text(),)

    def conceal(self) -> None:
        self.field.conceal()

    def left(self) -> None:
        self.conceal()


def _key_in(found: Recognised) -> str:
    """The key in clear, for the field; "" where there is none."""
    return found.credential.secret.reveal() if isinstance(found.credential, ApiKey) else ""


def _sentence(found: Recognised) -> tuple[str, str, str]:
    """(sentence, tone, icon) of what arrived: neutral for what may be a key, for only Google can tell."""
    if found.what is What.NOTHING:
        return "", "muted", ""
    if found.what is What.API_KEY:
        parts = [
            say(f"key.stripped_parts.{part}") for part in found.stripped if has(f"key.stripped_parts.{part}")
        ]
        facts = {"length": found.length, "hint": found.hint}
        if not parts:
            return say("key.arrived", **facts), "muted", "key"
        stripped = say("key.stripped", what=joined(parts))
        return say("key.arrived_stripped", stripped=stripped, **facts), "muted", "key"
    project = getattr(found.credential, "project", "")
    tone, icon = ("muted", "file") if found.what is What.SERVICE_ACCOUNT else ("red", "warning")
    return say(f"what.{found.what}", name=found.name, project=project), tone, icon
