"""Another name for a saved key, or for the default that makes room for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.widgets import Notice
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, name
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import DEFAULT_PROFILE, Service, is_profile_name
from gemini_setup.wizard.flow import free_name

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Navigation, ProfileActions
    from gemini_setup.gui.subjects import Renaming


class RenamePage(PageView):
    id = "rename"
    step = None

    def __init__(self, navigation: Navigation, profiles: ProfileActions) -> None:
        self.navigation, self.profiles = navigation, profiles
        super().__init__()

    def build(self) -> None:
        self.renaming: Renaming | None = None
        self._busy = False
        self.field = QLineEdit()
        self.field.setMaximumWidth(round(320 * theme.scale()))
        self.field.setMaxLength(64)
        name(self.field, "rename.field")
        self._label = Label("", theme.STRONG)
        self._label.setBuddy(self.field)
        self.put(self._label)
        self.put(self.field, theme.GAP)
        self.notice = Notice("rename.notice")
        self.put(self.notice, 8)
        self.tools = Notice("rename.tools")
        self.put(self.tools, 8)
        self.field.textChanged.connect(self._typed)

    @property
    def _name(self) -> str:
        return self.field.text().strip()

    @property
    def _taken(self) -> bool:
        """By another key."""
        own = self.renaming.row.name if self.renaming is not None else ""
        return self._name != own and any(row.name == self._name for row in self.profiles.saved.rows)

    def arrive(self) -> None:
        renaming = self.navigation.subjects.renaming
        if renaming is not None and renaming is not self.renaming:
            self.renaming = renaming
            self._show(renaming)

    def _show(self, renaming: Renaming) -> None:
        row, default = renaming.row, renaming.default
        if default is not None:
            self.set_title(
                say("rename.default_title", profile=row.name), say("rename.default_lead", hint=row.hint)
            )
            self._label.setText(say("rename.default_label", hint=default.hint))
        else:
            lead = "rename.lead_default" if row.name == DEFAULT_PROFILE else "rename.lead"
            self.set_title(say("rename.title", profile=row.name), say(lead, profile=row.name))
            self._label.setText(say("rename.label"))
        self.field.setAccessibleName(self._label.text().replace("&", ""))
        names = [one.name for one in self.profiles.saved.rows]
        free = free_name(default.service or Service.STUDIO, names) if default is not None else row.name
        self.field.setText(free)
        self.field.selectAll()
        rows = [row, *([default] if default is not None else ())]
        tools = ", ".join(filter(None, map(profile_row.connected, rows)))
        self.tools.show_text(say("rename.tools", tools=tools) if tools else "", "muted", "help")
        self._typed()

    def _typed(self, _text: str = "") -> None:
        if self._taken:
            self.notice.show_text(say("rename.taken", name=self._name), "red", "warning")
        elif self._name and not is_profile_name(self._name):
            self.notice.show_text(say("target.name_bad"), "red", "warning")
        else:
            self.notice.show_text(say("target.name_bad"), "muted", "help")
        self.changed.emit()

    def footer(self) -> FooterState:
        renaming = self.renaming
        if renaming is None:
            return FooterState()
        default = renaming.default is not None
        return FooterState(
            say("rename.default_do" if default else "rename.do"),
            is_profile_name(self._name)
            and self._name != renaming.row.name
            and not self._taken
            and not self._busy,
            back_text=say("window.cancel"),
        )

    def activate(self) -> None:
        if self.renaming is not None:
            self.profiles.change_name(self.renaming, self._name)

    def take_over(self, old: PageView) -> None:
        assert isinstance(old, RenamePage)
        self.arrive()
        self.field.setText(old.field.text())

    def show_busy(self, busy: bool) -> None:
        self._busy = busy
        self.field.setEnabled(not busy)

    def first_focus(self) -> QWidget:
        return self.field
