"""Doing it at Google with gcloud's sign-in, in a real window and a real keyring, over the accessibility tree and by the keyboard
alone: how many presses it takes, what is written at Google, and that the key is never on the screen or on the bus."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gemini_setup.i18n.messages import text
from tests.e2e.conftest import Opened, Wizard, installed_command, say
from tests.e2e.desktop import Desktop
from tests.e2e.test_canary import files_with, in_process
from tests.e2e.test_rotation import kept, says, tab_to
from tests.e2e.test_secret_on_the_bus import Bus, heard_of
from tests.loopback import Google
from tests.loopback.management import CloudProject
from tests.loopback.management.clock import GROWN

MOST_TO_CREATE = 4
MOST_TO_REPAIR = 3
MOST_TO_ROTATE = 2


@pytest.fixture
def project(google: Google) -> CloudProject:
    """As a new one: hardly any API is on."""
    return google.cloud.project("shop-1234", services=())


@pytest.fixture
def sign_in(google: Google, project: CloudProject, desktop: Desktop) -> Path:
    """gcloud's file, as gcloud writes it."""
    person = google.cloud.person("someone@example.com", roles={project: "owner"}, quota_project=project)
    file = desktop.service.home / ".config/gcloud/application_default_credentials.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(person.text)
    return file


@pytest.fixture
def starts(
    desktop: Desktop, environ: dict[str, str], opened: Opened, tmp_path: Path
) -> Iterator[Callable[[], Wizard]]:
    """The installed program; a test says when it begins, so that what is saved before is there."""
    begun: list[Wizard] = []

    def start() -> Wizard:
        begun.append(Wizard(desktop, environ))
        return begun[-1]

    yield start
    desktop.picture(tmp_path / "last.png")
    for wizard in begun:
        wizard.stop()


def written(google: Google) -> list[str]:
    """The methods of Google's that changed something, in order."""
    return [entry.id.rpartition(".")[2] for entry in google.cloud.ledger.applied()]


def test_a_key_is_created_checked_and_saved_and_never_seen(
    starts: Callable[[], Wizard], google: Google, project: CloudProject, sign_in: Path, desktop: Desktop,
    tmp_path: Path,
) -> None:  # fmt: skip
    bus = Bus(desktop, tmp_path / "bus.txt")
    wizard = starts()
    wizard.press("next")
    wizard.press("key.create")
    wizard.find("plan.write.3")
    assert wizard.nameless() == []
    assert google.cloud.ledger.lines() == []
    assert project.id in wizard.find("plan.project")["name"] or any(
        project.id in text for text in wizard.texts()
    )
    wizard.press("next")
    wizard.find("page.use", 90)
    assert wizard.presses <= MOST_TO_CREATE

    key = kept(desktop) or ""
    assert key.startswith("AQ.")
    assert google.seen("generate"), "it was checked"
    assert written(google) == ["batchEnable", "create", "create"]
    shown = " ".join(wizard.texts())
    outside = in_process(wizard.process.pid, key)
    heard = bus.stop()
    assert heard_of(key, heard) == set()
    assert key not in shown
    assert outside == []
    wizard.close()
    assert wizard.ended() == 0
    assert key not in wizard.printed()
    assert files_with(key, Path(desktop.env["HOME"]), tmp_path) == []


def test_a_blocked_key_is_repaired_by_the_keyboard_in_three(
    starts: Callable[[], Wizard], google: Google, project: CloudProject, sign_in: Path, desktop: Desktop
) -> None:
    key = google.cloud.plant_key(project).key
    wizard = starts()
    desktop.key("ctrl+Return")
    wizard.focus_is("key.field")
    wizard.paste(key.text)
    desktop.key("Return")
    wizard.find("check.way.mend")
    presses = 0
    for button, page in (("check.way.mend", "page.plan"), ("next", "")):
        wizard.focus_is(button)
        if page == "":
            assert say("plan.agree.enable") == wizard.find("next")["name"]
        desktop.key("Return")
        presses += 1
        if page:
            wizard.find(page)
            wizard.find("plan.write.1")
    wizard.find("page.use", 120)
    assert presses <= MOST_TO_REPAIR
    assert kept(desktop) == key.text
    assert written(google) == ["batchEnable"]


def test_a_key_for_a_website_gives_way_to_one_that_is_right(
    starts: Callable[[], Wizard], google: Google, project: CloudProject, sign_in: Path, desktop: Desktop
) -> None:
    fields = {"restrictions": {"browserKeyRestrictions": {"allowedReferrers": ["https://shop.example/*"]}}}
    project.turn_on("generativelanguage.googleapis.com")
    blocked = google.cloud.plant_key(project, fields=fields).key
    wizard = starts()
    desktop.key("ctrl+Return")
    wizard.focus_is("key.field")
    wizard.paste(blocked.text)
    desktop.key("Return")
    wizard.find("check.way.renew")
    before = wizard.presses
    wizard.press("check.way.renew")
    wizard.find("plan.write.1")
    wizard.press("next")
    wizard.find("page.use", 90)
    assert wizard.presses - before <= MOST_TO_REPAIR
    assert (kept(desktop) or "").startswith("AQ.")
    assert blocked.text not in " ".join(wizard.texts())
    assert not [entry for entry in google.cloud.ledger.applied() if entry.http == "DELETE"], "it is not ours"


def test_two_presses_rotate_and_the_previous_one_is_deleted_later(
    starts: Callable[[], Wizard], google: Google, project: CloudProject, sign_in: Path, desktop: Desktop,
    environ: dict[str, str],
) -> None:  # fmt: skip
    subprocess.run(
        [installed_command(), "add", "studio", "--create", "--project", project.id, "--yes", "--no-generate"],
        env={**desktop.env, **environ}, stdin=subprocess.DEVNULL, capture_output=True, timeout=90, check=True,
    )  # fmt: skip
    first = kept(desktop) or ""
    assert first.startswith("AQ.")
    [old] = google.cloud.api_keys(project)
    wizard = starts()
    tab_to(wizard, "home.default.rotate")
    used, pressed = len(old.used), ("home.default.rotate", "next")
    for button in pressed:
        wizard.focus_is(button)
        desktop.key("Return")
        if button != pressed[-1]:
            wizard.find("plan.write.2")
    says(wizard, say("plan.rotated_quiet", profile="default"), 90)
    second = kept(desktop) or ""
    assert second not in ("", first)
    assert first in (kept(desktop, "previous") or "")
    assert len(old.used) == used, "asking the previous one would keep it alive"
    assert [identifier for identifier, _ in wizard.buttons() if identifier == "home.default.delete_old"] == []
    for secret in (first, second):
        assert secret not in " ".join(wizard.texts())
    wizard.press("home.made")
    wizard.find("page.made")
    assert any(old.id in text for text in wizard.texts())
    assert len(pressed) <= MOST_TO_ROTATE


def test_gcloud_s_sign_in_is_offered_once_and_leads_on_to_the_plan(
    starts: Callable[[], Wizard], google: Google, project: CloudProject, sign_in: Path, desktop: Desktop,
    tmp_path: Path,
) -> None:  # fmt: skip
    text = sign_in.read_text()
    sign_in.unlink()
    program = tmp_path / "bin" / "gcloud"
    program.write_text(f"#!/bin/sh\necho \"$*\" >'{tmp_path}/asked'\ncat >'{sign_in}' <<'END'\n{text}\nEND\n")
    program.chmod(0o755)
    wizard = starts()
    wizard.press("next")
    wizard.press("key.sign_in_first")
    wizard.find("plan.notice")
    wizard.press("next")
    wizard.find("plan.write.1")
    assert (tmp_path / "asked").read_text().strip() == "auth application-default login"
    assert wizard.nameless() == []
    assert google.cloud.ledger.lines() == []


def test_a_start_saves_what_waited_for_google_and_says_so(
    starts: Callable[[], Wizard], google: Google, project: CloudProject, sign_in: Path, desktop: Desktop,
    environ: dict[str, str],
) -> None:  # fmt: skip
    """After the first frame: what the command line did not wait for."""
    done = subprocess.run(
        [installed_command(), "add", "studio", "--create", "--project", project.id, "--yes", "--wait", "0"],
        env={**desktop.env, **environ}, stdin=subprocess.DEVNULL, capture_output=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert kept(desktop) is None
    writes = written(google)
    google.cloud.clock.advance(GROWN)
    wizard = starts()
    [waiting] = google.cloud.api_keys(project)
    says(wizard, text("provision.loose", "saved", {"name": waiting.id}))
    assert (kept(desktop) or "").startswith("AQ.")
    assert written(google) == writes
    wizard.press("rail.saved")
    wizard.find("home.default")
