"""What is kept already, in a real window and a real keyring, by the keyboard alone: replace a key until the old one is
proven dead and erased, bring one back, lose the keyring and find it again, remove, and do without a keyring.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import text
from tests.e2e.conftest import Opened, Wizard, installed_command, say
from tests.e2e.desktop import Desktop
from tests.loopback import Google
from tests.waiting import PATIENCE

#: The window's own command with less time between the two answers that prove a death; all else is as installed.
QUICK = """
import sys
from gemini_setup.actions import rotate as rotation
rotation.APART = rotation.PATIENCE = 1.0
from gemini_setup.cli.main import main
sys.exit(main(sys.argv[1:]))
"""

Starts = Callable[[], Wizard]


@pytest.fixture
def starts(desktop: Desktop, environ: dict[str, str], opened: Opened, tmp_path: Path) -> Iterator[Starts]:
    """Open the window, as often as a test wants; each one before is closed."""
    open_now: list[Wizard] = []

    def start() -> Wizard:
        for before in open_now:
            before.close()
            assert before.ended() == 0
        open_now.append(Wizard(desktop, environ, [sys.executable, "-c", QUICK]))
        return open_now[-1]

    yield start
    desktop.picture(tmp_path / "last.png")
    for wizard in open_now:
        wizard.stop()


def add(desktop: Desktop, environ: dict[str, str], key: str) -> None:
    subprocess.run(
        [installed_command(), "add", "studio", "--no-generate"],
        env={**desktop.env, **environ},
        input=key,
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    )


def kept(desktop: Desktop, entry: str = "key") -> str | None:
    return desktop.service.lookup(f"gemini-credentials:v1/default.{entry}", "default")


def tab_to(wizard: Wizard, identifier: str, key: str = "Tab") -> None:
    """Press Tab until that control has the keyboard."""
    wizard.find(identifier)
    for _ in range(30):
        if wizard.find(identifier)["focused"]:
            return
        wizard.desktop.key(key)
        time.sleep(0.03)
    raise AssertionError(f"Tab never came to {identifier}")


def choose(wizard: Wizard, *keys: str, name: str = "default") -> None:
    """Open the menu of that profile by the keyboard, and choose the entry that these keys lead to."""
    tab_to(wizard, f"home.{name}.more")
    wizard.desktop.key("Return")
    time.sleep(0.5)  # the menu is a window of its own
    for key in (*keys, "Return"):
        wizard.desktop.key(key)


def says(wizard: Wizard, part: str, seconds: float = 60) -> str:
    end = time.monotonic() + seconds
    while True:
        found = [text for text in wizard.texts() if part in text]
        if found:
            return found[0]
        assert time.monotonic() < end, f"nothing that shows says {part!r}: {wizard.texts()[-12:]}"
        time.sleep(0.1)


def test_a_key_is_replaced_and_the_old_one_followed_to_its_end(
    starts: Starts, google: Google, desktop: Desktop, environ: dict[str, str], opened: Opened
) -> None:
    first, second = google.studio_key(), google.studio_key()
    add(desktop, environ, first.text)
    wizard = starts()
    wizard.find("page.home")
    assert f"…{first.text[-4:]}" in wizard.find("home.default")["name"]
    tab_to(wizard, "home.default.replace")
    desktop.key("Return")
    wizard.focus_is("key.field")
    assert f"…{first.text[-4:]}" in wizard.find("key.replaces")["name"]
    wizard.paste(second.text)
    desktop.key("Return")

    wizard.find("page.use")
    assert kept(desktop) == second.text
    assert f"…{first.text[-4:]}" in wizard.find("use.old")["name"]
    wizard.focus_is("use.delete")
    desktop.key("Return")
    assert opened.wait(1) == ["https://aistudio.google.com/api-keys"]
    tab_to(wizard, "use.deleted")
    desktop.key("Return")

    wizard.find("page.rotation")
    wizard.find("rotation.delete")  # it still lives, and is asked again by itself
    assert wizard.nameless() == []
    asked = len(google.seen("generate"))
    first.deleted = True
    wizard.find("rotation.erase")
    assert len(google.seen("generate")) == asked
    wizard.focus_is("rotation.erase")
    assert first.text in (kept(desktop, "previous") or "")
    desktop.key("Return")
    says(wizard, say("home.erased", hint=first.text[-4:]))
    assert kept(desktop, "previous") is None
    assert kept(desktop) == second.text
    shown = [identifier for identifier, _ in wizard.buttons()]
    assert "home.default.check" in shown
    assert "home.default.prove" not in shown
    wizard.close()
    assert wizard.ended() == 0
    printed = wizard.printed()
    assert first.text not in printed
    assert second.text not in printed


def test_one_comes_back_the_keyring_goes_and_comes_and_all_is_removed(
    starts: Starts, google: Google, desktop: Desktop, environ: dict[str, str]
) -> None:
    first, second = google.studio_key(), google.studio_key()
    add(desktop, environ, first.text)
    add(desktop, environ, second.text)
    wizard = starts()
    wizard.find("page.home")
    choose(wizard, "Down", "Down", "Down")  # past the key and its name: the one before it
    says(wizard, say("home.rolled_back", hint=first.text[-4:]))
    assert kept(desktop) == first.text

    desktop.service.kill()
    tab_to(wizard, "home.default.check")
    desktop.key("Return")
    wizard.find("check.try_again")
    title = cause_texts.text("faults.gone", "title")
    assert title in wizard.find("check.diagnosis")["name"]
    desktop.service.start_daemon(unlock=True)
    wizard.focus_is("check.try_again")
    desktop.key("Return")
    says(wizard, say("check.title_works", thing=say("check.thing_key")))
    wizard.focus_is("next")
    desktop.key("Return")
    assert say("home.state.works", ago=say("ago.now")) in wizard.find("home.default")["name"]

    choose(wizard, "Up")  # the last
    wizard.find("page.confirm")
    wizard.focus_is("back")
    desktop.key("Return")  # keeps it
    wizard.find("page.home")
    assert kept(desktop) == first.text
    choose(wizard, "Up")  # the last
    tab_to(wizard, "next")
    desktop.key("Return")
    wizard.find("page.choose")
    end = time.monotonic() + PATIENCE  # until then it can be undone
    while kept(desktop, "current") is not None:  # the last of its entries to go
        assert time.monotonic() < end, "not removed"
        time.sleep(0.2)
    assert kept(desktop) is kept(desktop, "previous") is None


def test_a_key_gets_another_name_and_its_removal_is_undone(
    starts: Starts, google: Google, desktop: Desktop, environ: dict[str, str]
) -> None:
    def saved(name: str) -> str | None:
        return desktop.service.lookup(f"gemini-credentials:v1/{name}.key", name)

    key = google.studio_key().text
    add(desktop, environ, key)
    wizard = starts()
    wizard.find("page.home")
    choose(wizard, "Down", "Down")
    wizard.focus_is("rename.field")
    desktop.type("shop")
    desktop.key("Return")
    says(wizard, say("rename.done", profile="default", name="shop"))
    assert (saved("shop"), saved("default")) == (key, None)
    choose(wizard, "Up", name="shop")  # the last
    tab_to(wizard, "next")
    desktop.key("Return")
    says(wizard, say("home.removed", profile="shop"))
    assert saved("shop") == key, "programs that run go on until it is final"
    wizard.press("toast.undo")
    says(wizard, say("home.kept_after_all", profile="shop"))
    wizard.find("home.shop.check")
    choose(wizard, "Up", name="shop")
    tab_to(wizard, "next")
    desktop.key("Return")
    says(wizard, say("home.removed", profile="shop"))
    wizard.close()  # the end of the window is the end of Undo
    assert wizard.ended() == 0
    assert saved("shop") is None


def test_without_a_keyring_plain_text_is_a_choice_and_moves_when_there_is_one(
    starts: Starts, google: Google, desktop: Desktop
) -> None:
    desktop.service.stop_daemon()
    key = google.studio_key()
    wizard = starts()
    wizard.find("page.choose")
    wizard.focus_is("choose.studio")
    desktop.key("ctrl+Return")
    wizard.focus_is("key.field")
    wizard.paste(key.text)
    desktop.key("Return")
    wizard.find("check.plain")
    private = desktop.service.home / ".local/share/gemini-setup/private"
    assert not private.exists()
    tab_to(wizard, "check.plain")
    desktop.key("Return")
    tab_to(wizard, "next")
    desktop.key("Return")
    wizard.find("page.use")
    assert key.text in {file.read_text() for file in private.iterdir()}
    says(wizard, say("rail.foot_plain"))

    desktop.service.start_daemon(unlock=True)
    wizard = starts()
    wizard.find("page.home")
    wizard.find("home.move")
    tab_to(wizard, "home.move")
    desktop.key("Return")
    says(wizard, text("faults.private", "moved", {"store": "GNOME Keyring"}))
    assert not private.exists()
    assert kept(desktop) == key.text
