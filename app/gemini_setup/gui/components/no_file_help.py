"""I don't have a file yet: five steps in Google Cloud, and what to do when key files are forbidden."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from gemini_setup.gui.components.buttons import Button, link
from gemini_setup.gui.components.widgets import CodeBlock, Fold, Numbered
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph, name
from gemini_setup.gui.texts import say

_STEPS = (
    ("project", "new-project"),
    ("enable", "enable-vertex"),
    ("account", "service-accounts"),
    ("role", "iam"),
)


class NoFile(Fold):
    """Links open with the project that is typed here filled in.

    `open_page` carries a page of Google's and the facts for its address; `to_studio`: a key is wanted instead.
    """

    open_page = Signal(str, object)
    to_studio = Signal()

    def __init__(self) -> None:
        super().__init__("file.none", say("file.none_yet"))
        self.add(Paragraph(say("file.none.lead"), tone="muted"))
        self.project = QLineEdit()
        self.project.setPlaceholderText(say("file.none.project_placeholder"))
        name(self.project, "file.none.project", say("file.none.project").replace("&", ""))
        label = Label(say("file.none.project"), theme.STRONG)
        label.setBuddy(self.project)
        self.add(label)
        self.add(self.project)
        self.body.addSpacing(theme.GAP)
        steps = Numbered()
        for step, page in _STEPS:
            button = link(f"file.none.open_{step}", say(f"file.none.open_{step}"), "external")
            button.setAccessibleName(say("common.opens", text=button.text()))
            button.clicked.connect(partial(self._open, page))
            steps.add(say(f"file.none.step_{step}"), button)
        steps.add(say("file.none.step_key"))
        self.add(steps)
        self._add_disabled()
        self._add_admin()
        self.project.textChanged.connect(self._show_message)

    def take_over(self, old: NoFile) -> None:
        self.project.setText(old.project.text())
        self.set_open(old.button.isChecked())

    def open_all(self) -> None:
        """Everything there is to read here."""
        for fold in (self, self._disabled, self._admin):
            fold.set_open(True)

    def _add_disabled(self) -> None:
        fold = self._disabled = Fold("file.none.disabled", say("file.none.disabled"))
        fold.add(Paragraph(say("file.none.disabled_text")))
        studio = Button("file.none.studio", say("file.none.to_studio"), "plain", "key")
        studio.clicked.connect(self.to_studio)
        fold.add(studio)
        self.add(fold)

    def _add_admin(self) -> None:
        self._admin = Fold("file.none.admin", say("file.none.admin"))
        self._message: CodeBlock | None = None
        self.add(self._admin)
        self._show_message("")

    def _show_message(self, project: str) -> None:
        message = say("file.none.admin_message", project=project.strip()).strip()
        if self._message is not None:
            self._message.set_text(message)
            return
        self._message = CodeBlock("file.none.message", message, say("file.none.admin"), prose=True)
        self._admin.add(self._message)

    def message(self) -> str:
        """The message to the administrator as it stands."""
        return self._message.text() if self._message is not None else ""

    def _open(self, page: str, _checked: bool = False) -> None:
        self.open_page.emit(page, {"project": self.project.text().strip()})
