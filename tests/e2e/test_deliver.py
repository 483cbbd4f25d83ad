"""Handing over from outside: a real window and a real keyring, other tools' files on the disk, and back again byte for byte."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gemini_setup.i18n.messages import text
from tests.e2e.conftest import Opened, Wizard, say
from tests.e2e.desktop import Desktop
from tests.e2e.test_rotation import says, tab_to
from tests.loopback import Google
from tests.waiting import PATIENCE

OTHERS = b'{"openai": "other",\r\n   "gemini": "an-older-one"}'
ENV = b"# mine\r\nOTHER=1"
ENTRY = ("service", "gemini-cli-api-key", "account", "default-api-key")


@pytest.fixture
def window(desktop: Desktop, environ: dict[str, str], opened: Opened, tmp_path: Path) -> Iterator[Wizard]:
    """The window on a computer where llm and Gemini CLI have left their folders."""
    home = desktop.service.home
    (home / ".config" / "io.datasette.llm").mkdir(parents=True)
    (home / ".config" / "io.datasette.llm" / "keys.json").write_bytes(OTHERS)
    (home / ".gemini").mkdir()
    (home / "project").mkdir()
    (home / "project" / ".env").write_bytes(ENV)
    wizard = Wizard(desktop, environ)
    yield wizard
    desktop.picture(tmp_path / "last.png")
    wizard.stop()


def press(wizard: Wizard, identifier: str) -> None:
    """By the keyboard alone."""
    tab_to(wizard, identifier)
    wizard.desktop.key("Return")


def row_says(wizard: Wizard, identifier: str, part: str) -> None:
    end = time.monotonic() + PATIENCE
    while part not in (name := wizard.find(identifier)["name"]):
        assert time.monotonic() < end, name
        time.sleep(0.05)


def test_a_key_is_handed_over_and_taken_back_byte_for_byte(
    window: Wizard, google: Google, desktop: Desktop, environ: dict[str, str]
) -> None:
    key = google.studio_key()
    home = desktop.service.home
    keys, env = home / ".config/io.datasette.llm/keys.json", home / "project" / ".env"
    settings = home / ".gemini" / "settings.json"
    window.find("page.choose")
    window.paste(key.text)
    window.focus_is("key.field")
    desktop.key("Return")
    window.find("page.use")

    spoken = window.find("use.hand.llm")["name"]
    assert "~/.config/io.datasette.llm/keys.json" in spoken
    assert text("window.handing.notes", "plain-text") in spoken
    assert keys.read_bytes() == OTHERS
    press(window, "use.hand.llm.do")
    says(window, say("handing.done", proof=text("delivery.proof", "format", {"tool": "llm"})))
    window.focus_is("use.hand.llm.undo")
    assert json.loads(keys.read_text()) == {"openai": "other", "gemini": key.text}
    assert window.nameless() == []

    press(window, "use.hand.gemini-cli.do")
    window.focus_is("use.hand.gemini-cli.undo")
    found = json.loads(desktop.run("secret-tool", "lookup", *ENTRY))
    assert found["token"]["accessToken"] == key.text
    assert settings.exists()

    press(window, "use.hand.choose_dotenv")
    window.focus_is("QApplication.QFileDialog.fileNameEdit")  # the system's own dialog
    desktop.type(str(env.parent))
    desktop.key("Return")
    window.find("use.hand.dotenv")
    press(window, "use.hand.dotenv.do")
    window.focus_is("use.hand.dotenv.undo")
    assert key.text in env.read_text()
    assert env.read_bytes().startswith(ENV)
    window.close()
    assert window.ended() == 0
    assert key.text not in window.printed()

    again = Wizard(desktop, environ)
    try:
        assert (
            say("home.also_in", tools="Gemini CLI, llm, ~/project/.env") in again.find("home.default")["name"]
        )
        tab_to(again, "home.default.hand_over")
        desktop.key("Return")
        for tool in ("gemini-cli", "llm", "dotenv"):
            assert (
                say("handing.has_follows", thing=say("check.thing_key"))
                in again.find(f"handing.{tool}")["name"]
            )
            press(again, f"handing.{tool}.undo")
            row_says(again, f"handing.{tool}", say("handing.undone"))
            again.focus_is(f"handing.{tool}.do")
        assert keys.read_bytes() == OTHERS
        assert env.read_bytes() == ENV
        assert not settings.exists()
        assert desktop.run("secret-tool", "search", "--all", *ENTRY[:2]) == ""
        desktop.key("Escape")
        assert say("home.also_in", tools="") not in again.find("home.default")["name"]
    finally:
        again.stop()
