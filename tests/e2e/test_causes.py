"""One window, one bad credential or bad way after the other, as a stranger meets them: what the window says is what the
words' tables say of that cause, the ways out are offered, and nothing is kept that Google did not accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from gemini_setup.diagnosis.causes import CAUSES, TRAP
from gemini_setup.i18n import cause_texts
from gemini_setup.model.outcomes import Outcome
from tests.e2e.conftest import Wizard
from tests.e2e.desktop import Desktop
from tests.loopback import Fault, Google


@dataclass(frozen=True)
class Met:
    """A cause, and how it comes about: what is pasted after `google` was told. `undone` makes all well again."""

    cause: str
    paste: Callable[[Google], str]
    undone: Callable[[Google], Any] = lambda _: None


def key(**states: Any) -> Callable[[Google], str]:
    return lambda google: google.studio_key(**states).text


def file(**states: Any) -> Callable[[Google], str]:
    return lambda google: google.service_account(**states).text


def while_google(name: str, value: object) -> Callable[[Google], str]:
    """A good key, while something of the way is not good."""

    def told(google: Google) -> str:
        setattr(google, name, value)
        return google.studio_key().text

    return told


def _late(google: Google) -> str:
    google.clock_offset = -7200
    return google.service_account(name="late").text


def _in_time(google: Google) -> None:
    google.clock_offset = 0.0


#: What is not kept comes first: until then the keyring must stay empty.
STORY: tuple[Met, ...] = (
    Met("key-not-valid", lambda google: google.unknown_key(standard=True)),
    Met("key-leaked", key(leaked=True)),
    Met("key-suspended", key(suspended=True)),
    Met("api-disabled", key(standard=True, api_enabled=False)),
    Met("key-restricted-to-addresses", key(standard=True, addresses=("198.51.100.4",))),
    Met("location-not-supported", key(location_supported=False)),
    Met("project-denied", key(denied=True)),
    Met("role-missing", file(role=False)),
    Met("service-account-key-revoked", file(key_revoked=True, name="revoked")),
    Met("billing-disabled", file(billing="disabled", name="poor")),
    Met("clock-wrong", _late, _in_time),
    Met("tls-intercepted", while_google("untrusted", True), lambda google: setattr(google, "untrusted", False)),
    Met("proxy-needs-sign-in", while_google("proxy_auth", ("someone", "word")), lambda google: setattr(google, "proxy_auth", None)),
    Met("not-google", key(fault=Fault.captive_portal())),
    Met("quota-zero", key(quota="zero")),
    Met("quota-per-day", key(quota="per-day")),
)  # fmt: skip


def says(wizard: Wizard, met: Met) -> None:
    """The page of a diagnosis, or of the trap, says what the tables say and offers the ways out that they name."""
    outcome = CAUSES[met.cause].outcome
    shown = dict(wizard.buttons())
    if met.cause in TRAP:
        page = cause_texts.trap(met.cause)
        assert page.title in wizard.texts()
        assert page.second is not None
        assert cause_texts.text("window.trap", "create") in shown["check.way.main"]
        assert page.second.label in shown["check.way.second"]
        assert "aside" in shown
        return
    said = cause_texts.cause(met.cause)
    diagnosis = wizard.find("check.diagnosis")["name"]
    assert diagnosis.startswith(said.title)
    first_fix = cause_texts.table("causes")[met.cause]["fixes"][0]
    assert re.split(r"\[\[|\{", first_fix)[0] in diagnosis
    offered = {
        f"check.fix{number + 1}": action.label
        for number, action in enumerate(said.actions)
        if action.does != "again"  # the footer has it
    }
    assert {name: offered[name] in shown.get(name, "") for name in offered} == dict.fromkeys(offered, True)
    assert {name for name in shown if name.startswith("check.fix")} == set(offered)
    saves = outcome in (Outcome.BLOCKED, Outcome.UNANSWERED)
    assert (shown.get("aside") == cause_texts.text("window.check", "keep_anyway")) is saves


def test_the_tables_words_of_these_need_no_facts() -> None:
    for met in STORY:
        entry = cause_texts.table("causes")[met.cause]
        assert "{" not in entry["title"] + "".join(label for label, _ in entry["actions"]), met.cause


def test_each_cause_is_told_in_the_window_and_nothing_is_kept_unless_accepted(
    wizard: Wizard, google: Google, desktop: Desktop
) -> None:
    wizard.find("page.choose")
    for met in STORY:
        pasted = met.paste(google)
        wizard.paste(pasted)
        wizard.find("page.file" if pasted.startswith("{") else "page.key")
        wizard.press("next")
        wizard.find("check.way.main" if met.cause in TRAP else "check.diagnosis")
        try:
            says(wizard, met)
        except AssertionError as error:
            pytest.fail(f"{met.cause}: {error}\n{wizard.texts()}\n{wizard.buttons()}")
        assert wizard.nameless() == []
        assert pasted not in " ".join(wizard.texts())
        entry = desktop.service.lookup("gemini-credentials:v1/default.key", "default")
        head = desktop.service.lookup("gemini-credentials:v1/default.current", "default")
        if CAUSES[met.cause].outcome is Outcome.ACCEPTED:
            assert entry == pasted
        else:
            assert (entry, head) == (None, None), met.cause
        met.undone(google)
    wizard.close()
    assert wizard.ended() == 0
