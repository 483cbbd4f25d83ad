"""Back, Cancel and closing the window stop the work at once, whatever hangs."""

from __future__ import annotations

import time

import pytest

from tests.e2e.conftest import Wizard
from tests.loopback import Fault, Google
from tests.waiting import LATE

#: Seconds after which the answer would come; what hangs would hold the process as long or for ever. How quick it
#: really is, tests/benchmarks says.
ANSWERED = 20.0


def start_check(wizard: Wizard, key: str) -> None:
    wizard.press("next")
    wizard.focus_is("key.field")
    wizard.paste(key)
    wizard.press("next")


@pytest.mark.parametrize("way", ["back", "cancel", "Escape"])
def test_stopping_a_check_closes_the_connection_and_no_late_answer_comes(
    way: str, wizard: Wizard, google: Google
) -> None:
    google.fault("generate", Fault(delay=ANSWERED))
    start_check(wizard, google.studio_key().text)
    google.wait_for("generate")
    began = time.monotonic()
    if way == "Escape":
        wizard.desktop.key("Escape")
    else:
        wizard.press(way)

    google.wait_aborted("generate", LATE)
    assert time.monotonic() - began < ANSWERED, "the connection is closed before the answer would have come"
    wizard.find("page.key" if way == "back" else "page.check")
    time.sleep(ANSWERED + 0.5)  # by now the late answer would have come
    for page in ("page.use", "check.diagnosis"):
        with pytest.raises(AssertionError):
            wizard.find(page, 0.1)
    assert len(google.seen("generate")) == 1


def test_what_was_typed_survives_back(wizard: Wizard, google: Google) -> None:
    key = google.studio_key(deleted=True)
    start_check(wizard, key.text)
    wizard.find("check.diagnosis")
    wizard.press("back")
    wizard.find("page.key")
    key.deleted = False
    wizard.press("next")
    wizard.find("page.use")


def test_closing_ends_the_process_at_once_with_a_request_hanging(wizard: Wizard, google: Google) -> None:
    google.fault("models", Fault(silence=True))
    start_check(wizard, google.studio_key().text)
    google.wait_for("models")
    wizard.close()
    assert wizard.ended(LATE) == 0


def test_closing_ends_the_process_at_once_with_the_keyring_hanging(wizard: Wizard, google: Google) -> None:
    wizard.desktop.service.freeze()
    try:
        start_check(wizard, google.studio_key().text)
        google.wait_for("generate")
        time.sleep(1)  # the answer has come, and the keyring is being asked
        wizard.close()
        assert wizard.ended(LATE) == 0
    finally:
        wizard.desktop.service.thaw()
