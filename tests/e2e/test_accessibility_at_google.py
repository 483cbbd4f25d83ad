"""What is done at Google, for somebody who knows only the accessibility tree: every control of a plan, of its choices and of what
was made is told rightly and reached by Tab. The other pages are walked in test_accessibility, as on a computer without gcloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Opened, say
from tests.e2e.desktop import Desktop
from tests.e2e.test_accessibility import Starts, Walk, starts
from tests.e2e.test_provision import project, sign_in
from tests.loopback import Google
from tests.loopback.management import CloudProject

__all__ = ["project", "sign_in", "starts"]  # fixtures


@pytest.fixture
def environ(google: Google) -> dict[str, str]:
    return google.environ(real_hosts=True)


def test_a_plan_with_its_choices_and_what_was_made(
    starts: Starts, google: Google, project: CloudProject, sign_in: Path, desktop: Desktop, opened: Opened
) -> None:
    google.cloud.project("other-5678", services=())
    outside = starts()
    walk = Walk(outside, opened)
    outside.page(say("choose.title"))
    walk.press(say("choose.vertex"), "radio button")
    walk.go(say("window.continue"), say("file.title"))
    walk.look()
    walk.go(say("plan.offer_file"), say("plan.title.create-account", project="My Project"))
    walk.look()
    assert {say("plan.project").replace("&", ""), say("plan.days").replace("&", "")} <= walk.met
    walk.work()
    assert google.cloud.ledger.applied() == []

    outside.listen()
    walk.press(say("plan.agree.create-account"))
    outside.page(say("use.title"), 120)
    walk.go(say("use.saved_keys"), say("home.title"))
    walk.look()
    walk.go(say("made.open"), say("made.title"))
    walk.look()
    walk.work()
    walk.go(say("window.back"), say("home.title"))
    walk.go(f"{say('home.rotate')}: default", say("plan.title.rotate", profile="default"))
    walk.look()
    assert say("plan.retire").replace("&", "") in walk.met
    walk.work(say("plan.details"))  # open since the plan before


def test_what_can_be_mended_from_a_blocked_key(
    starts: Starts, google: Google, project: CloudProject, sign_in: Path, desktop: Desktop, opened: Opened
) -> None:
    key = google.cloud.plant_key(project).key
    outside = starts()
    walk = Walk(outside, opened)
    walk.go(say("window.continue"), say("key.title"))
    desktop.type(key.text)
    outside.listen()
    walk.press(say("window.check"))
    outside.hears(say("check.chip.blocked"), 30)
    outside.find("push button", say("plan.mend_enable"), 30)
    walk.look()
    walk.go(say("plan.mend_enable"), say("plan.title.enable", project="My Project"))
    walk.look()
    walk.work()
    outside.listen()
    walk.press(say("plan.agree.enable"))
    outside.page(say("use.title"), 120)
    outside.hears(say("use.title"))
