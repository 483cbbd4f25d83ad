"""The Cloud Console key trap, met by a stranger: it opens by itself, says what is missing, and its buttons lead there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gemini_setup.i18n import cause_texts
from tests.e2e.conftest import Opened, Wizard
from tests.loopback import Fault, Google

STUDIO = "https://aistudio.google.com/api-keys"
ACTIVATE = (
    "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project={}"
)
CREDENTIALS = "https://console.cloud.google.com/apis/credentials?project={}"

NOT_SUPPORTED = {
    "error": {
        "code": 401,
        "message": "API keys are not supported by this API. Expected OAuth2 access token or other authentication "
        "credentials that assert a principal.",
        "status": "UNAUTHENTICATED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "CREDENTIALS_MISSING",
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            }
        ],
    }
}

TRAPS: list[tuple[str, dict[str, Any], str, str]] = [
    ("api-disabled", {"api_enabled": False}, "api-disabled", ACTIVATE),
    ("other-apis", {"restricted_to_other_apis": True}, "key-restricted-to-other-apis", CREDENTIALS),
    ("websites", {"websites": ("https://shop.example/*",)}, "key-restricted-to-websites", CREDENTIALS),
    ("addresses", {"addresses": ("198.51.100.4",)}, "key-restricted-to-addresses", CREDENTIALS),
    ("android", {"android": True}, "key-restricted-to-android-apps", CREDENTIALS),
    ("ios", {"ios": True}, "key-restricted-to-ios-apps", CREDENTIALS),
    ("not-supported", {}, "api-keys-not-supported", CREDENTIALS),
]


def to_check(wizard: Wizard, key: str) -> None:
    wizard.press("next")
    wizard.focus_is("key.field")
    wizard.paste(key)
    wizard.press("next")


@pytest.mark.parametrize(("name", "state", "cause", "second"), TRAPS, ids=[trap[0] for trap in TRAPS])
def test_the_trap_opens_with_its_own_words_and_buttons(
    name: str, state: dict[str, Any], cause: str, second: str, wizard: Wizard, google: Google, opened: Opened
) -> None:
    key = google.studio_key(standard=True, **state)
    if name == "not-supported":
        google.fault("models", Fault(status=401, body=json.dumps(NOT_SUPPORTED).encode()))

    to_check(wizard, key.text)
    wizard.find("check.way.main")

    said = " ".join(wizard.texts())
    assert cause_texts.trap(cause, {"side": "studio"}).title in said
    assert cause_texts.text("window.check", "not_saved") in wizard.find("check.outcome")["name"]
    wizard.press("check.way.main")
    opened.wait(1)
    wizard.press("check.way.second")
    number = key.project.number if name != "not-supported" else ""
    assert opened.wait(2) == [STUDIO, second.format(number) if number else CREDENTIALS.partition("?")[0]]
    assert wizard.nameless() == []


@pytest.mark.parametrize(
    "state",
    [{"deleted": True}, {"expired": True}, {"quota": "per-day"}, {"quota": "zero"}, {"quota": "per-minute"}],
    ids=["key-not-valid", "key-expired", "quota-per-day", "quota-zero", "quota-per-minute"],
)
def test_the_trap_stays_shut_for_what_is_none(state: dict[str, Any], wizard: Wizard, google: Google) -> None:
    to_check(wizard, google.studio_key(standard=True, **state).text)

    wizard.find("check.diagnosis")
    with pytest.raises(AssertionError):
        wizard.find("check.way.main", 0.3)


def test_the_trap_is_one_click_away_before_anything_is_pasted(wizard: Wizard, opened: Opened) -> None:
    wizard.press("next")
    wizard.press("key.console")
    wizard.find("page.trap")
    assert cause_texts.trap(None).title in wizard.texts()
    wizard.press("trap.second")
    assert opened.wait(1) == [STUDIO]
    wizard.press("trap.main")
    wizard.focus_is("key.field")
