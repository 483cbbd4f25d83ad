"""Where a credential goes: what it replaces, or the name that it gets. On the pages where it is given."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from gemini_setup.gui.components.banner import Banner
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.findings import DiagnosisCard
from gemini_setup.gui.components.widgets import Fold, Notice, column
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, name
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import Kind, Profile, Service, is_profile_name
from gemini_setup.model.reminders import Reminder, reminders
from gemini_setup.wizard.flow import Draft


class Replaces(QWidget):
    """What the new one takes the place of, or looks like; for a leaked one, first the way to stop it. Else takes no room.

    `open_page` carries a page of Google's and the facts for its address.
    """

    open_page = Signal(str, object)

    def __init__(self, page: str) -> None:
        super().__init__()
        self._row: Profile | None = None
        layout = column(self, 8, (0, 0, 0, 12))
        self.stop = DiagnosisCard(f"{page}.stop")
        self.delete = Button(f"{page}.delete", say("old.delete"), "plain", "external")
        self.delete.setAccessibleName(say("common.opens", text=say("old.delete")))
        self.stop.set_buttons([self.delete])
        self.banner = Banner(f"{page}.replaces", "accent", "key")
        layout.addWidget(self.stop)
        layout.addWidget(self.banner)
        self.delete.clicked.connect(self._delete)
        self.hide()

    def show_draft(self, draft: Draft) -> None:
        row, twin = draft.replaces, draft.twin
        self._row = row
        self.setVisible(row is not None or twin is not None)
        if row is None:
            self.stop.hide()
            if twin is not None:
                self.banner.set_text(say("target.twin", profile=twin.name, hint=twin.hint))
            return
        leaked = Reminder.LEAKED in reminders(row)
        self.banner.set_text(_sentence(draft, row, leaked=leaked))
        where = profile_row.deletion_of(row) if leaked else None
        self.stop.setVisible(leaked)
        if leaked:
            note = where.note if where is not None else ""
            self.stop.show_diagnosis("red", say("target.stop"), say("target.stop_why"), note=note)
        self.delete.setVisible(where is not None)

    def take_lead(self, possible: bool) -> bool:
        """A leaked key is deleted before a new one is fetched: if `possible`, that is the page's main button."""
        leads = possible and not any(part.isHidden() for part in (self, self.stop, self.delete))
        self.delete.set_kind("primary" if leads else "plain")
        return leads

    def _delete(self) -> None:
        where = profile_row.deletion_of(self._row) if self._row is not None else None
        if where is not None:
            facts: Mapping[str, str] = where.facts
            self.open_page.emit(where.page, facts)


def _sentence(draft: Draft, row: Profile, *, leaked: bool) -> str:
    if row.kind is None:
        return say("target.replaces_unknown", profile=row.name)
    facts = {"kind": profile_row.kind(row), "hint": row.hint, "profile": row.name}
    key = draft.service is Service.STUDIO
    service = Service.VERTEX if draft.express or not key else Service.STUDIO
    if (row.kind is Kind.API_KEY, row.service) == (key, service):
        return say("target.replaces_leaked" if leaked else "target.replaces", **facts)
    new = "account" if not key else service.value
    return say("target.replaces_other", new=say(f"kind.{new}"), **facts)


class ProfileNameFold(Fold):
    """The name of a new profile, shown and changeable. Takes no room while there is no choice to make."""

    named = Signal(str)

    def __init__(self, page: str) -> None:
        super().__init__(f"{page}.name", "")
        self._ours = False
        self.field = QLineEdit()
        self.field.setMaximumWidth(round(280 * theme.scale()))
        self.field.setMaxLength(64)
        name(self.field, f"{page}.name_field", say("target.name_label").replace("&", ""))
        label = Label(say("target.name_label"), theme.STRONG)
        label.setBuddy(self.field)
        self.notice = Notice(f"{page}.name_notice")
        self.add(label)
        self.add(self.field)
        self.add(self.notice)
        self.field.textChanged.connect(self._typed)
        self.hide()

    def _typed(self, text: str) -> None:
        if not self._ours:
            self.named.emit(text)

    def show_draft(self, draft: Draft) -> None:
        self.setVisible(draft.replacing is None and (bool(draft.kept) or bool(draft.name)))
        self.set_title(say("target.name", name=draft.profile))
        if self.field.text().strip() != draft.profile and not self.field.hasFocus():
            self._ours = True
            self.field.setText(draft.profile)
            self._ours = False
        if is_profile_name(draft.profile):
            hint = draft.profile if draft.profile != "default" else ""
            self.notice.show_text(say("target.name_hint", name=hint), "muted", "help")
        else:
            self.notice.show_text(say("target.name_bad"), "red", "warning")

    def unseen_reason(self, draft: Draft) -> str:
        """Why one can't go on with this name, where the line beneath its field isn't seen."""
        return "" if self.button.isChecked() else name_reason(draft)


def name_reason(draft: Draft) -> str:
    """Why one can't go on with this name; "" for one that will do."""
    return "" if is_profile_name(draft.profile) else say("target.name_bad")
