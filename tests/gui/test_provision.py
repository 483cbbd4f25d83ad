"""Doing it at Google from the window: the real actions, the loopback Google with its management hosts, and a real store (the
plain-text file, which needs no desktop). What is pressed is counted; what Google was asked to write is held against the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.exceptions import TimeoutError as QtTimeout
from pytestqt.qtbot import QtBot

from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.actions.private_file import choose_private_file
from gemini_setup.google import oauth
from gemini_setup.gui.backend import SystemCore
from gemini_setup.gui.background.worker import Work
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service
from gemini_setup.model.made import MadeKind, Stage
from gemini_setup.model.outcomes import Outcome
from gemini_setup.provision.plan import ROLE, Flow, Plan, Retire
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.vault import Vault
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import MADE, PLAN
from tests.errands.bench import EMAIL, PROJECT, ledger, lines_of
from tests.gui import pictures
from tests.gui.driver import Driver, open_window
from tests.loopback import Google
from tests.loopback.management import ROLES, Cloud, CloudProject, Delays
from tests.processes import lives


class Place:
    """A computer with gcloud's sign-in and an owner of one project; `window` is made when it is asked for."""

    def __init__(self, google: Google, folder: Path, qtbot: QtBot) -> None:
        self.google, self.folder, self._qtbot = google, folder, qtbot
        self.cloud: Cloud = google.cloud
        self.project: CloudProject = self.cloud.project(PROJECT, services=())
        self.person = self.cloud.person(
            "someone@example.com", roles={self.project: "owner"}, quota_project=self.project
        )
        self.file = folder / "application_default_credentials.json"
        self.file.write_text(self.person.text)
        self.environ = {
            **google.environ(real_hosts=True),
            "CLOUDSDK_CONFIG": str(folder),
            "PATH": str(folder),
        }
        self.work: Work | None = None
        self._window: Driver | None = None

    @property
    def window(self) -> Driver:
        if self._window is None:
            desk = AppContext(environ=self.environ, pause=self.cloud.clock.sleep, now=self.google.now)
            self.work = Work()
            self._window = open_window(SystemCore(desk), work=self.work, opener=lambda url: True)
            self._qtbot.addWidget(self._window)
            self._window.build_pages()
            pictures.settle(self._window)
            self._window.look_around()
            self._window.google.tidy()
        return self._window

    def until(self, what: Callable[[], bool]) -> None:
        try:
            self._qtbot.waitUntil(what, timeout=30_000)
        except QtTimeout as error:
            window = self.window
            session = window.controller.provision
            end = session.end.state if session.end is not None else ""
            where = f"{window.place}, {session.phase} {end} {session.error!r}, check {window.check.state}"
            raise AssertionError(f"{where}; {window.texts()}") from error

    def press(self, identifier: str) -> None:
        """Once all that was put off is done, as for somebody who looks before they click."""
        for _ in range(3):
            QApplication.sendPostedEvents()
            QApplication.processEvents()
        self.window.press(identifier)

    def comes(self, place: str) -> None:
        self.until(lambda: self.window.place == place)

    def phase(self, name: str) -> None:
        self.until(lambda: self.window.controller.provision.phase == name)

    def shows(self, identifier: str) -> None:
        self.until(lambda: self.window.shows(identifier))

    @property
    def plan(self) -> Plan:
        plan = self.window.controller.provision.plan
        assert plan is not None
        return plan

    @property
    def vault(self) -> Vault:
        return open_vault()

    def secret(self, profile: str = "default") -> str:
        credential = self.vault.read(profile).access.credential
        assert isinstance(credential, ApiKey)
        return credential.secret.reveal()

    def save_foreign_key(self, **state: object) -> str:
        """A key that somebody made by hand, saved while it worked."""
        made = self.google.studio_key(standard=True)
        access = Access(ApiKey(Secret(made.text)), Service.STUDIO)
        self.vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")
        for name, value in state.items():
            setattr(made, name, value)
        return made.text

    def everything_said(self) -> str:
        """Every text and name that any widget of any page has, shown or not."""
        window = self.window
        widgets = [window, *window.findChildren(QLabel)]
        from PySide6.QtWidgets import QWidget

        names = [
            f"{w.accessibleName()} {w.accessibleDescription()} {w.toolTip()}"
            for w in window.findChildren(QWidget)
        ]
        return "\n".join([*names, *(w.text() for w in widgets if isinstance(w, QLabel))])

    def close(self) -> None:
        if self.work is not None:
            self.work.shutdown()


@pytest.fixture
def here(google: Google, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(oauth, "time", SimpleNamespace(time=google.now))
    choose_private_file()
    place = Place(google, tmp_path, qtbot)
    yield place
    place.close()


@pytest.fixture
def google() -> Iterator[Google]:
    with Google() as google:
        yield google


# ---------------------------------------------------------------- create


def test_create_a_key_for_me_ends_with_a_saved_and_checked_key(here: Place) -> None:
    window = here.window
    window.go(Page.KEY)
    here.shows("key.create")
    here.press("key.create")
    here.phase("plan")
    assert here.cloud.ledger.lines() == [], "looking changes nothing"
    plan = here.plan
    here.press("next")
    here.comes(Page.USE)

    assert ledger(here.cloud) == lines_of(plan.writes)
    key = here.secret()
    assert key.startswith("AQ.")
    assert key not in here.everything_said()
    assert window.draft.credential is None, "the window never had it"
    assert here.google.seen("generate"), "it was checked"
    assert here.vault.pending("default") is None


def test_the_file_page_creates_an_account_that_expires(here: Place) -> None:
    window = here.window
    _file_page(here)
    window.plan_page.view.days.combo.setCurrentIndex(0)
    here.until(lambda: window.controller.provision.phase == "plan" and here.plan.days == 30)
    plan = here.plan
    here.press("next")
    here.comes(Page.USE)
    assert ledger(here.cloud) == lines_of(plan.writes)
    private = str(here.vault.read("default").access.credential)
    assert private not in here.everything_said()
    window.go(Page.HOME)
    [made] = [one for one in here.vault.made() if one.kind is MadeKind.SERVICE_ACCOUNT_KEY]
    here.until(lambda: made.expires[:4] in window.name_of("home.default"))
    assert say("made.expires", date="").strip() in window.name_of("home.default")


def _file_page(here: Place) -> None:
    window = here.window
    window.change(window.draft.with_service(Service.VERTEX))
    window.go(Page.FILE)
    here.shows("file.create")
    here.press("file.create")
    here.phase("plan")


def test_an_organization_s_project_is_planned_in_two_parts_each_agreed_to(here: Place) -> None:
    """Whether it forbids keys can be read only once that API is on."""
    here.project.parent = "organizations/123456789012"
    here.cloud.allow(here.project, "someone@example.com", "orgpolicy.policy.get")
    _file_page(here)
    first = here.plan
    assert first.flow is Flow.ENABLE
    window = here.window
    here.press("next")
    here.until(lambda: here.plan is not first and window.controller.provision.phase == "plan")
    assert say("plan.more") in window.texts()
    second = here.plan
    here.press("next")
    here.comes(Page.USE)
    assert ledger(here.cloud) == lines_of((*first.writes, *second.writes))


def test_another_project_is_planned_for_and_the_first_is_left_alone(here: Place) -> None:
    other = here.cloud.ai_studio_project()
    other.allowed["someone@example.com"] = set(ROLES["owner"])
    window = here.window
    window.go(Page.KEY)
    here.shows("key.create")
    here.press("key.create")
    here.phase("plan")
    combo = window.plan_page.view.project.combo
    labels = [combo.itemText(number) for number in range(combo.count())]
    assert PROJECT in combo.currentText(), "what gcloud is set to comes first"
    [theirs] = [number for number, label in enumerate(labels) if other.id in label]
    assert say("plan.by_ai_studio", name="").strip(", ") in labels[theirs]
    combo.setCurrentIndex(theirs)
    here.until(lambda: here.plan.project.id == other.id and window.controller.provision.phase == "plan")
    here.press("next")
    here.comes(Page.USE)
    assert not any(PROJECT in line for line in ledger(here.cloud))


# ---------------------------------------------------------------- repair


def _check(here: Place, key: str) -> None:
    window = here.window
    window.go(Page.KEY)
    window.take_text(key)
    here.press("next")
    here.comes(Page.CHECK)


def test_the_api_of_a_blocked_key_is_turned_on_and_the_key_is_checked_and_saved_automatically(
    here: Place,
) -> None:
    key = here.cloud.plant_key(here.project).key
    _check(here, key.text)
    window = here.window
    here.shows("check.way.mend")
    assert window.shows("check.way.second"), "the way by hand stands beside it"
    here.press("check.way.mend")
    here.phase("plan")
    plan = here.plan
    assert plan.flow is Flow.ENABLE
    here.press("next")
    here.until(lambda: window.place == Page.CHECK and not window.check.running)
    if window.place == Page.CHECK:  # not known everywhere yet: it is asked again every 15 seconds
        assert window.controller.watch.running
        window.controller.watch.due.emit()
    here.comes(Page.USE)
    assert here.secret() == key.text
    assert ledger(here.cloud) == lines_of(plan.writes)


def test_a_key_for_a_website_is_replaced_by_one_that_is_right(here: Place) -> None:
    key = here.google.studio_key(standard=True, websites=("https://shop.example/*",))
    _check(here, key.text)
    window = here.window
    here.shows("check.way.renew")
    here.press("check.way.renew")
    here.until(lambda: window.controller.provision.phase in ("plan", "refused"))
    if window.controller.provision.phase == "refused":  # the key's project is somebody else's
        here.press("plan.other_one")
        here.phase("plan")
    plan = here.plan
    here.press("next")
    here.comes(Page.USE)
    assert ledger(here.cloud) == lines_of(plan.writes)
    assert here.secret() != key.text
    assert key.text not in here.everything_said()


# ---------------------------------------------------------------- rotate, restore


def _created(here: Place) -> None:
    window = here.window
    window.go(Page.KEY)
    here.shows("key.create")
    here.press("key.create")
    here.phase("plan")
    here.press("next")
    here.comes(Page.USE)


def test_two_presses_rotate_what_we_made_and_nothing_asks_the_previous_key(here: Place) -> None:
    _created(here)
    window, first = here.window, here.secret()
    window.go(Page.HOME)
    here.shows("home.default.rotate")
    [old] = here.cloud.api_keys(here.project)
    asked = len(old.used)
    before = len(ledger(here.cloud))
    here.press("home.default.rotate")
    here.phase("plan")
    plan = here.plan
    assert plan.retire is Retire.QUIET
    here.press("next")
    here.comes(Page.HOME)
    assert here.secret() != first
    assert ledger(here.cloud)[before:] == lines_of(plan.now)
    assert len(old.used) == asked, "to ask the previous key would keep it alive"
    assert first[-4:] in " ".join(window.texts())
    assert not window.shows("home.default.delete_old"), "nobody has to delete it"
    assert say("plan.rotated_quiet", profile="default") in window.texts()
    retiring = [one for one in here.vault.made() if one.stage is Stage.RETIRING]
    assert len(retiring) == 1


def test_a_deleted_one_comes_back_by_two_presses(here: Place) -> None:
    _created(here)
    window, first = here.window, here.secret()
    window.go(Page.HOME)
    here.shows("home.default.rotate")
    here.press("home.default.rotate")
    here.phase("plan")
    choices = window.plan_page.view.retire
    choices.combo.setCurrentIndex(list(Retire).index(Retire.NOW))
    here.until(lambda: window.controller.provision.phase == "plan" and here.plan.retire is Retire.NOW)
    here.press("next")
    here.comes(Page.HOME)
    here.until(lambda: any(one.state == "deleted" for one in window.google.made))
    row = window.core.listed()[0]
    window.home_page.act("rollback", row)
    here.comes(PLAN)
    here.phase("plan")
    assert here.plan.flow is Flow.RESTORE
    here.press("next")
    here.comes(Page.HOME)
    assert here.secret() == first


def test_a_start_finishes_what_waits_and_says_so(here: Place) -> None:
    here.cloud.delays = Delays.real()
    _agree(here)
    here.phase("working")
    here.until(lambda: here.vault.pending("default") is not None)
    here.window.cancel()
    here.phase("stopped")
    here.cloud.clock.advance(900)
    here.window.google.tidy()
    here.until(lambda: bool(here.vault.profiles()))
    here.until(lambda: here.vault.pending("default") is None)


def _agree(here: Place) -> None:
    window = here.window
    window.go(Page.KEY)
    here.shows("key.create")
    here.press("key.create")
    here.phase("plan")
    here.press("next")


# ---------------------------------------------------------------- what stops it


def test_a_missing_permission_is_named_with_who_can_give_it_and_nothing_was_changed(here: Place) -> None:
    here.cloud.forbid(here.project, "someone@example.com", "apikeys.keys.create")
    window = here.window
    window.go(Page.KEY)
    here.shows("key.create")
    here.press("key.create")
    here.phase("refused")
    said = " ".join(window.texts())
    assert "apikeys.keys.create" in said
    assert "roles/serviceusage.apiKeysAdmin" in said
    assert say("plan.refused") in said
    here.press("plan.fix1")
    assert "apikeys.keys.create" in window.plan_page._message.text()
    assert here.cloud.ledger.lines() == []


def test_what_exists_after_a_stop_is_said_and_can_be_looked_up(here: Place) -> None:
    window = here.window
    window.go(Page.KEY)
    here.shows("key.create")
    here.press("key.create")
    here.phase("plan")
    here.cloud.forbid(
        here.project, "someone@example.com", "apikeys.keys.create"
    )  # between the plan and its consent
    here.press("next")
    here.phase("ended")
    assert window.controller.provision.end is not None
    assert window.controller.provision.end.state == "stopped"
    assert EMAIL in window.name_of("plan.exists")
    here.press("plan.see_made")
    assert window.place == MADE
    here.until(lambda: EMAIL in " ".join(window.texts()))
    window.go_back()
    assert window.place == PLAN


def test_it_is_canceled_between_two_writes_and_no_key_is_left_unlisted(here: Place) -> None:
    _agree(here)
    here.until(lambda: bool(here.cloud.ledger.writes))
    here.window.cancel()
    here.phase("stopped")
    done = len(here.cloud.ledger.lines())
    listed = {one.name for one in here.vault.made()}
    for key in here.cloud.api_keys(here.project):
        assert key.id in listed
    assert done <= 3
    assert say("plan.stopped") in here.window.texts()
    assert not here.vault.profiles()


def test_nothing_is_received_or_left_while_it_works(here: Place) -> None:
    here.cloud.delays = Delays.real()
    _agree(here)
    here.phase("working")
    window = here.window
    window.take_text(here.google.studio_key().text)
    assert window.place == PLAN
    assert not window.rail.about.isEnabled()
    here.window.cancel()
    here.phase("stopped")


# ---------------------------------------------------------------- what is offered


@pytest.mark.parametrize("how", ["variable", "no gcloud", "gcloud"])
def test_it_is_offered_only_where_it_can_be_done(here: Place, how: str) -> None:
    if how == "variable":
        here.environ["GEMINI_SETUP_NO_PROVISION"] = "1"
    else:
        here.file.unlink()
    if how == "gcloud":
        program = here.folder / "gcloud"
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
    window = here.window
    window.go(Page.KEY)
    here.until(lambda: window.google.known)
    assert not window.shows("key.create")
    assert window.shows("key.sign_in_first") is (how == "gcloud")


def test_gcloud_s_sign_in_is_started_waited_for_and_looked_at_again(here: Place) -> None:
    text = here.file.read_text()
    here.file.unlink()
    program = here.folder / "gcloud"
    program.write_text(
        f"#!/bin/sh\nprintf '%s' \"$*\" >'{here.folder}/asked'\ncat >'{here.file}' <<'END'\n{text}\nEND\n"
    )
    program.chmod(0o755)
    here.environ["PATH"] = f"{here.folder}:/usr/bin:/bin"
    window = here.window
    window.go(Page.KEY)
    here.shows("key.sign_in_first")
    here.press("key.sign_in_first")
    assert window.place == PLAN
    here.press("next")
    here.phase("plan")
    assert (here.folder / "asked").read_text() == "auth application-default login"
    assert here.plan.flow is Flow.CREATE_KEY
    assert here.cloud.ledger.lines() == []


def test_gcloud_is_ended_with_all_that_it_has_started(here: Place) -> None:
    here.file.unlink()
    program = here.folder / "gcloud"
    program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! >'{here.folder}/child'\nwait\n")
    program.chmod(0o755)
    here.environ["PATH"] = f"{here.folder}:/usr/bin:/bin"
    window = here.window
    window.go(Page.KEY)
    here.shows("key.sign_in_first")
    here.press("key.sign_in_first")
    here.press("next")
    child = here.folder / "child"
    here.until(lambda: child.exists() and child.read_text().strip() != "")
    here.press("cancel")
    here.phase("sign-in")
    here.until(lambda: not lives(int(child.read_text())))


def test_the_list_of_what_was_made_has_everything_and_its_undo(here: Place) -> None:
    _created(here)
    window = here.window
    window.go(Page.HOME)
    here.shows("home.made")
    here.press("home.made")
    assert window.place == MADE
    said = " ".join(window.texts())
    for one in here.vault.made():
        assert one.name in said
    assert here.secret() not in said
    commands = window.widget("made.commands.copy")
    assert commands is not None


# ---------------------------------------------------------------- what is saved is repaired


def _mended(here: Place, flow: Flow) -> Plan:
    """Check the saved one on *Saved keys*, let the card's button mend what is found, and wait for the next check."""
    here.press("home.default.check")
    here.comes(Page.CHECK)
    here.shows("check.mend")
    here.press("check.mend")
    here.phase("plan")
    plan = here.plan
    assert plan.flow is flow
    here.press("next")
    window = here.window
    here.until(lambda: window.place in (Page.CHECK, Page.HOME) and window.check.state == "done")
    return plan


def test_a_saved_key_whose_api_is_off_is_repaired_and_checked_again(here: Place) -> None:
    planted = here.cloud.plant_key(here.project).key
    access = Access(ApiKey(Secret(planted.text)), Service.STUDIO)
    here.vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")
    window = here.window
    window.go(Page.HOME)
    here.until(lambda: window.google.ready)
    plan = _mended(here, Flow.ENABLE)
    assert ledger(here.cloud) == lines_of(plan.writes)
    here.until(lambda: window.core.listed()[0].cause == "works")
    assert here.secret() == planted.text


def test_a_saved_account_gets_the_role_that_it_lacks(here: Place) -> None:
    here.project.turn_on("aiplatform.googleapis.com")
    _file_page(here)
    here.press("next")
    here.comes(Page.USE)
    before = len(ledger(here.cloud))
    for binding in here.project.policy.bindings:
        if binding["role"] == ROLE:
            binding["members"].clear()
    window = here.window
    window.go(Page.HOME)
    plan = _mended(here, Flow.GRANT)
    here.until(lambda: window.core.listed()[0].cause == "works")
    assert ledger(here.cloud)[before:] == lines_of(plan.writes)


def test_a_saved_key_that_is_not_ours_is_replaced_in_a_project_that_is_chosen_and_left_alone(
    here: Place,
) -> None:
    first = here.save_foreign_key()
    window = here.window
    window.go(Page.HOME)
    here.until(lambda: window.google.ready)
    window.home_page.act("rotate", window.core.listed()[0])
    here.phase("plan")
    plan = here.plan
    assert PROJECT in window.plan_page.view.project.combo.currentText()
    assert say("plan.leaves") in window.texts()
    here.press("next")
    here.comes(Page.HOME)
    assert here.secret() not in ("", first)
    assert ledger(here.cloud) == lines_of(plan.writes)
    assert not [entry for entry in here.cloud.ledger.applied() if entry.http == "DELETE"]
    here.shows("home.default.delete_old")  # the last step is the person's
