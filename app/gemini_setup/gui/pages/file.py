"""Choose your file: drop it or choose it, see whose it is, and change project and location."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QWidget

from gemini_setup.google import urls
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.combo_box import Combo
from gemini_setup.gui.components.creation_offer import CreationOffer
from gemini_setup.gui.components.no_file_help import NoFile
from gemini_setup.gui.components.replace_target import ProfileNameFold, Replaces, name_reason
from gemini_setup.gui.components.widgets import Card, DropZone, Glyph, Notice, column, row
from gemini_setup.gui.pages.base import PageView, WizardPage
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph, announce, name
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import GcloudSignIn, Kind, Service
from gemini_setup.model.recognised import Recognised, What
from gemini_setup.system.git import GitStatus
from gemini_setup.system.threads import blocking
from gemini_setup.wizard.flow import Draft

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Background, Drafts, Intake, Links, Navigation, Provision


class FilePage(WizardPage):
    id = "file"
    main_text = "window.check"
    step = 1

    def __init__(
        self,
        navigation: Navigation,
        drafts: Drafts,
        intake: Intake,
        links: Links,
        background: Background,
        provision: Provision,
        core: Core,
    ) -> None:
        self.intake, self.links, self.background = intake, links, background
        self.provision, self.core = provision, core
        super().__init__(navigation, drafts)

    def build(self) -> None:
        self._shown: tuple[Recognised, Path | None] | None = None
        self._git_question = 0
        self._ours = False
        self.set_title(say("file.title"), say("file.lead"))
        self.replaces = Replaces("file")
        self.put(self.replaces)
        self._have = Label(say("file.have"), theme.STRONG)
        self.put(self._have)
        self.body.addSpacing(theme.GAP)
        self.drop = DropZone("file.drop", say("file.drop"), say("file.choose"))
        self.put(self.drop)
        self.wrong = Notice("file.wrong")
        self.put(self.wrong, 8)
        self.to_key = Button("file.to_key", say("file.to_key"), "plain", "key")
        self.put(self.to_key, 4, natural=True)
        self.sign_in = Button("file.sign_in", say("file.sign_in"), "plain", "cloud")
        self.sign_in.hide()
        self.put(self.sign_in, 8, natural=True)
        self.offer = CreationOffer("file", say("plan.offer_file"), say("plan.offer_key_about"))
        self.put(self.offer, 8)
        self._sign_in_project: str | None = None
        self._sign_in_question = 0
        self._build_card()
        self.naming = ProfileNameFold("file")
        self.put(self.naming, 12)
        self.none = NoFile()
        self.put(self.none, 8)
        self.offer.wanted.connect(self.provision.create)
        self.provision.offered.connect(self._show_offer)
        self._show_offer()
        self.replaces.open_page.connect(self.links.open_page)
        self.naming.named.connect(self._named)
        self.naming.opened.connect(self.changed)
        self.none.open_page.connect(self.links.open_page)
        self.none.to_studio.connect(partial(self.navigation.open_entry, Service.STUDIO))
        self.drop.dropped.connect(self._dropped)
        self.drop.clicked.connect(self._choose)
        self.to_key.clicked.connect(self._to_key)
        self.sign_in.clicked.connect(self._use_sign_in)
        self.remove.clicked.connect(self._remove)
        self.add_ignore.clicked.connect(self._add_ignore)
        self.project.textChanged.connect(self._project_typed)
        self.location.currentTextChanged.connect(self._location_typed)

    def _build_card(self) -> None:
        self.card = Card()
        inside = column(self.card, 12, (16, 12, 16, 16))
        head = row(12)
        self._file_name = Paragraph("", theme.STRONG, leading=1.3)
        self._summary = Paragraph("", theme.SMALL, "muted", leading=1.3)
        both = QWidget()
        names = column(both)
        self._sign = Glyph("file", 22, "accent")
        names.addWidget(self._file_name)
        names.addWidget(self._summary)
        self.remove = Button("file.remove", say("file.remove"), "link")
        self.remove.setAccessibleName(say("file.remove_name"))
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(both, 1)
        head.addWidget(self.remove)
        inside.addLayout(head)
        self.project = QLineEdit()
        name(self.project, "file.project", say("file.project").replace("&", ""))
        self.location = Combo(
            "file.location", say("file.location").replace("&", ""), urls.LOCATIONS, editable=True
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(theme.GAP)
        for place, (text, widget) in enumerate(
            ((say("file.project"), self.project), (say("file.location"), self.location))
        ):
            label = Label(text, theme.STRONG)
            label.setBuddy(widget)
            grid.addWidget(label, 0, place)
            grid.addWidget(widget, 1, place)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        inside.addLayout(grid)
        self.fields_notice = Notice("file.fields_notice")
        inside.addWidget(self.fields_notice)
        self.git = Notice("file.git")
        inside.addWidget(self.git)
        self.add_ignore = Button("file.add_ignore", say("file.git.add"), "plain")
        self.add_ignore.hide()
        inside.addWidget(self.add_ignore, 0, Qt.AlignmentFlag.AlignLeading)
        self.card.hide()
        self.put(self.card, 12)

    # ---- what the person does

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), say("file.choose_title"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(say("file.choose_filter"))
        downloads = Path.home() / "Downloads"
        if downloads.is_dir():
            dialog.setDirectory(str(downloads))
        dialog.fileSelected.connect(self._dropped)
        dialog.open()

    def _dropped(self, path: str) -> None:
        if path:
            self.intake.take_path(Path(path))

    def entered(self) -> None:
        """Whether gcloud has signed somebody in here is looked up beside; many companies forbid key files."""
        self.provision.look()
        self.background.forget(self._sign_in_question)
        self._sign_in_question = self.background.ask(
            partial(blocking, self.core.sign_in), self.show_sign_in, _nothing
        )

    def show_sign_in(self, project: str | None) -> None:
        """`project` is the one that gcloud counts requests to, "" where it names none; None where there is no sign-in."""
        self._sign_in_project = project
        self._show_title(self.drafts.draft)
        self.sign_in.setVisible(project is not None and self.drafts.draft.file.credential is None)
        if self._begins_at_sign_in(self.drafts.draft) and self.drop.hasFocus():
            self.sign_in.setFocus(Qt.FocusReason.OtherFocusReason)
            self.bring_into_view(self.sign_in)

    def _begins_at_sign_in(self, draft: Draft) -> bool:
        return self._replaces_sign_in(draft) and not self.sign_in.isHidden()

    def _replaces_sign_in(self, draft: Draft) -> bool:
        return draft.replacing is not None and draft.replacing.kind is Kind.ADC

    def _use_sign_in(self) -> None:
        found = Recognised(What.ADC_USER, credential=GcloudSignIn())
        draft = self.drafts.draft.with_file(found).with_project(self._sign_in_project or "")
        self.drafts.change(draft)
        (self.location if draft.project else self.project).setFocus(Qt.FocusReason.OtherFocusReason)

    def _to_key(self) -> None:
        self.intake.take(self.drafts.draft.file)

    def _remove(self) -> None:
        self.drafts.change(self.drafts.draft.with_file(Recognised(What.NOTHING)))
        self.drop.setFocus(Qt.FocusReason.OtherFocusReason)

    def _named(self, text: str) -> None:
        self.drafts.change(self.drafts.draft.with_name(text))

    def _project_typed(self, text: str) -> None:
        if not self._ours:
            self.drafts.change(self.drafts.draft.with_project(text))

    def _location_typed(self, text: str) -> None:
        if not self._ours:
            self.drafts.change(self.drafts.draft.with_location(text))

    def _add_ignore(self) -> None:
        path = self.drafts.draft.path
        if path is not None:
            self.background.ask(
                partial(blocking, partial(self.core.ignore, path)), self._ignored, self._not_ignored
            )

    def _ignored(self, _: Any) -> None:
        self.add_ignore.hide()
        self.git.show_text(say("file.git.added"), "green")
        announce(self, self.git.text())

    def _not_ignored(self, error: BaseException) -> None:
        self.git.show_text(say("file.git.failed", why=getattr(error, "strerror", None) or ""), "amber")

    # ---- what is shown

    def _show_offer(self) -> None:
        self.offer.show_offer(ready=self.provision.ready, signs_in=self.provision.signs_in)

    def render_draft(self, draft: Draft) -> None:
        found = draft.file
        self._show_title(draft)
        self.replaces.show_draft(draft)
        self.naming.show_draft(draft)
        self.offer.let(not name_reason(draft), shown=draft.file.credential is None)
        if self._shown != (found, draft.path):
            self._shown = (found, draft.path)
            self._show_file(draft)
        self._show_fields(draft)
        self.none.setVisible(found.credential is None)
        self.sign_in.setVisible(found.credential is None and self._sign_in_project is not None)

    def _show_title(self, draft: Draft) -> None:
        title, lead = "title", "lead" if self._sign_in_project is None else "lead_or_sign_in"
        if self._replaces_sign_in(draft):
            title, lead = "title_replace_sign_in", "lead_sign_in"
        elif draft.replacing is not None:
            title = "title_replace"
        self.set_title(say(f"file.{title}"), say(f"file.{lead}"))

    def _show_file(self, draft: Draft) -> None:
        found, path = draft.file, draft.path
        credential = found.credential
        wrong = found.what is not What.NOTHING and (credential is None or found.what is What.API_KEY)
        sentence = say(f"what.{found.what}", name=found.name, project="") if wrong else ""
        self.wrong.show_text(sentence, "muted" if found.what is What.API_KEY else "red", "warning")
        self.to_key.setVisible(found.what is What.API_KEY)
        chosen = credential is not None and found.what is not What.API_KEY
        self.card.setVisible(chosen)
        self._have.setVisible(not chosen)
        self.drop.set_compact(chosen, say("file.drop_other" if chosen else "file.drop"))
        if chosen:
            ours = isinstance(credential, GcloudSignIn)
            pasted = say("file.signed_in" if ours else "file.pasted")
            self._sign.show_icon("cloud" if ours else "file", "accent")
            self._file_name.setText(path.name if path else pasted)
            self._summary.setText(say("file.signed_in_lead") if ours else getattr(credential, "email", ""))
        if wrong or chosen:
            announce(self, sentence or f"{self._file_name.text()}. {self._summary.text()}")
        self._show_git(path if chosen else None)

    def _show_git(self, path: Path | None) -> None:
        self.git.show_text("")
        self.add_ignore.hide()
        self.background.forget(self._git_question)
        if path is not None:
            self._git_question = self.background.ask(
                partial(blocking, partial(self.core.git, path)), self._git_known, _nothing
            )

    def _git_known(self, status: GitStatus) -> None:
        if status is not GitStatus.NONE:
            tone = (
                "red" if status is GitStatus.TRACKED else "muted" if status is GitStatus.IGNORED else "amber"
            )
            icon = "check" if status is GitStatus.IGNORED else "warning"
            self.git.show_text(say(f"file.git.{status}"), tone, icon)
        self.add_ignore.setVisible(status is GitStatus.UNTRACKED)

    def _show_fields(self, draft: Draft) -> None:
        own = getattr(draft.file.credential, "project", "")
        project = draft.project or own
        self._ours = True
        if self.project.text().strip() != project and not self.project.hasFocus():
            self.project.setText(project)
        if self.location.currentText().strip() != draft.location and not self.location.hasFocus():
            self.location.setCurrentText(draft.location)
        self._ours = False
        if draft.file.credential is None:
            return
        if not project:
            self.fields_notice.show_text(say("file.project_need"), "amber")
        elif not urls.is_project(project):
            self.fields_notice.show_text(say("file.project_bad"), "red", "warning")
        elif not urls.is_location(draft.location):
            self.fields_notice.show_text(say("file.location_bad"), "red", "warning")
        else:
            self.fields_notice.show_text(say("file.location_hint"), "muted", "help")

    def take_over(self, old: PageView) -> None:
        assert isinstance(old, FilePage)
        self._sign_in_project = old._sign_in_project
        self.none.take_over(old.none)

    def first_focus(self) -> QWidget | None:
        """The place to drop; once a file is there that can be checked, the button that goes on."""
        if self.drafts.draft.access is not None:
            return None
        return self.sign_in if self._begins_at_sign_in(self.drafts.draft) else self.drop

    def blocked_reason(self) -> str:
        draft = self.drafts.draft
        return say("file.need") if draft.file.what is What.NOTHING else self.naming.unseen_reason(draft)


def _nothing(_: BaseException) -> None:
    """A look around that failed shows nothing; the page works without it."""
