"""The whole window for somebody who knows only the accessibility tree: finds things by role and name, reads labels and
descriptions, hears announcements and where the keyboard is. Nothing here knows an identifier or a pixel.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.i18n import cause_texts
from tests.e2e.conftest import Opened, installed_command
from tests.e2e.desktop import Desktop
from tests.e2e.outside import Outside
from tests.loopback import Google

BROWSER = " (opens your browser)"
FIELDS = ("text", "password text", "combo box")
#: What leads to another page, ends the program, or is done by the walk itself.
BY_THE_WALK = frozenset(
    {"Continue", "Back", "Check and save", "Finish", "Settings", "Cancel and close Gemini Setup", "Close Gemini Setup",
     "Cancel the check", "Add another", "This computer", "You are at: This computer", "You are at: Settings"}
)  # fmt: skip

MAIN = ("Continue", "Check and save", "Explain it")


class Walk:
    """Looks at every page it comes to, and remembers what it has met and what it has operated."""

    def __init__(self, outside: Outside, opened: Opened) -> None:
        self.outside, self.opened = outside, opened
        self.met: set[str] = set()
        self.operated: set[str] = set()

    # ---- looking

    def look(self, *, tabs: bool = True) -> list[dict[str, Any]]:
        """Everything that can be operated here is told rightly, and Tab comes to all of it."""
        controls = [one for one in self.outside.controls() if one["role"] != "scroll bar"]
        assert controls
        for one in controls:
            _told_rightly(one)
        called = Counter((one["role"], _called(one)) for one in controls)
        assert not [twice for twice, count in called.items() if count > 1], "called alike"
        self.met |= {_called(one) for one in controls} - {"Copied"}  # for a moment, after Copy
        if tabs:
            reachable = [one for one in controls if one["sensitive"] and not _comes_with_another(one)]
            heard = self.outside.tab(len(reachable) + 1)
            missed = {one["name"] for one in reachable} - set(heard)
            assert not missed, f"Tab does not come to {missed}, only to {heard}"
        return controls

    # ---- operating

    def press(self, name: str, role: str = "push button") -> None:
        self.operated.add(name)
        self.outside.press(name, role)

    def go(self, name: str, title: str) -> None:
        """Press what leads to another page; it is said."""
        self.outside.listen()
        self.press(name)
        self.outside.page(title)
        self.outside.hears(title)

    def work(self, *but: str) -> None:
        """Operate all that does no more than show, copy or open a page in the browser, whatever it opens too."""
        done = set(but)
        while todo := [
            one for one in self.outside.controls() if self._harmless(one) and _called(one) not in done
        ]:
            for one in todo:
                done.add(_called(one))
                self.operated.add(_called(one))
                self._operate(one)
            self.look(tabs=False)

    def _harmless(self, one: dict[str, Any]) -> bool:
        name = one["name"] if one["sensitive"] else ""
        return (
            bool(name and one["expandable"] and one["role"] == "push button")
            or name.startswith("Copy")
            or BROWSER in name
        )

    def _operate(self, one: dict[str, Any]) -> None:
        outside, name = self.outside, one["name"]
        outside.listen()
        count = len(self.opened.wait(0))
        if one["expandable"]:
            assert one["collapsed"], name
            outside.press(name)
            outside.hears("Opened")
            assert outside.find("push button", name)["expanded"]
        elif name.startswith("Copy"):
            outside.press(name)
            outside.hears("Copied")
        else:
            outside.press(name)
            self.opened.wait(count + 1)

    def all_operated(self, *but: str) -> None:
        left = self.met - self.operated - BY_THE_WALK - set(but)
        assert not left, f"never operated: {sorted(left)}"


def _called(one: dict[str, Any]) -> str:
    """A field is called by what stands beside it: a list's own name is what is chosen in it."""
    return str(one["label"] or one["name"] if one["role"] != "combo box" else one["label"])


def _comes_with_another(one: dict[str, Any]) -> bool:
    """Tab comes to the chosen one of a group, the arrows to the others; and to a list, not to the field in it."""
    return (one["role"] == "radio button" and not one["checked"]) or one["inside"] == "combo box"


def _told_rightly(one: dict[str, Any]) -> None:
    assert one["role"] in ("push button", "radio button", *FIELDS), one
    assert _called(one).strip(), one
    assert "&" not in one["name"] + one["label"], one
    assert one["focusable"], one
    if not one["sensitive"]:
        assert one["description"] or one["name"] not in MAIN, one  # why one can't go on
        return
    if one["role"] == "radio button":
        assert one["description"], one
    if one["role"] in ("text", "password text"):
        assert one["editable"], one
    else:
        assert {"Press", "Toggle", "ShowMenu"} & set(one["actions"]), one


Starts = Any


@pytest.fixture
def starts(desktop: Desktop, environ: dict[str, str], opened: Opened, tmp_path: Path) -> Iterator[Starts]:
    """Open the window with the two who stand outside."""
    running: list[Outside] = []

    def start(**how: Any) -> Outside:
        running.append(Outside(desktop, environ, tmp_path / f"ear-{len(running)}.jsonl", **how))
        return running[-1]

    yield start
    desktop.picture(tmp_path / "last.png")
    for one in running:
        one.__exit__(None, None, None)


def test_a_key_from_the_first_page_to_the_last(
    starts: Starts, google: Google, desktop: Desktop, opened: Opened
) -> None:
    key, wrong = google.studio_key(), google.studio_key(standard=True, deleted=True)
    outside = starts()
    walk = Walk(outside, opened)
    outside.page("Where is your Gemini access from?")
    walk.look()
    for service in ("Vertex AI, now Gemini Enterprise Agent Platform", "Google AI Studio"):
        walk.press(service, "radio button")
        assert outside.find("radio button", service)["checked"]

    walk.go("I have an error message", "What does this error mean?")
    walk.look()
    assert not outside.find("push button", "Explain it")["sensitive"]
    outside.fill("Error message", "429 RESOURCE_EXHAUSTED: You exceeded your current quota")
    walk.operated.add("Error message")
    outside.listen()
    walk.press("Explain it")
    assert len(outside.hears("quota")) > 30
    walk.look()
    walk.work()
    walk.go("Back", "Where is your Gemini access from?")

    walk.go("Continue", "Add your key")
    walk.look()
    walk.work()
    walk.go("Already have a key from the Cloud Console?", cause_texts.trap(None).title)
    walk.look()
    walk.work()
    walk.go("Paste my key", "Add your key")
    desktop.type(wrong.text)  # the keyboard stands in the field
    outside.listen()
    walk.press("Check and save")
    said = outside.hears("Google doesn’t accept this key", 20)
    assert cause_texts.cause("key-not-valid").title in said
    walk.look()
    walk.work()
    outside.listen()
    walk.press("Check again")
    outside.hears(cause_texts.cause("key-not-valid").title, 20)
    walk.go(cause_texts.cause("key-not-valid").actions[0].label, "Add your key")
    outside.listen()
    desktop.type(key.text)  # over the one that is chosen there
    assert key.text[-4:] in outside.hears("Google will tell whether it works.")
    walk.operated.add("API key")
    outside.listen()
    walk.press("Show the key")
    outside.hears("The key is shown on the screen.")
    walk.press("Hide the key")
    outside.find("push button", "Show the key")
    walk.look()

    outside.listen()
    walk.press("Check and save")
    outside.hears("Checking your key")
    outside.hears("Your key works", 20)
    outside.page("Saved in GNOME Keyring")
    outside.hears("Saved in GNOME Keyring")
    walk.look()
    walk.work()
    walk.look()
    walk.all_operated(*_TOOLS)
    outside.press("Finish")
    assert outside.ended() == 0


#: On the page where a key is replaced; the first test operates them.
_KEY_PAGE = ("Already have a key from the Cloud Console?", "Something else on that page?")
#: Each opens a dialog to choose where; `test_deliver.py` hands over for real.
_TOOLS = (
    "Write it to a project’s .env…",
    "Write it to a service-account file for Application Default Credentials",
)


def choose_file(outside: Outside, walk: Walk, button: str, file: Path) -> None:
    """By the dialog of Qt's own, whose words are its own, too."""
    outside.listen()
    walk.press(button)
    assert outside.ask("fill", "text", "File name:", str(file)) == str(file)
    outside.press("Open")
    outside.hears(file.name)


def cancel_dialog(outside: Outside) -> None:
    outside.press("Cancel")
    while not outside.ask("gone", "push button", "Cancel"):
        pass


def test_a_file_from_the_first_page_to_the_last(
    starts: Starts, google: Google, opened: Opened, tmp_path: Path
) -> None:
    account = google.service_account()
    file = tmp_path / "downloaded-key.json"
    file.write_text(google.service_account().text)
    other = tmp_path / "the-right-one.json"
    other.write_text(account.text)
    outside = starts()
    walk = Walk(outside, opened)
    outside.page("Where is your Gemini access from?")
    walk.press("Vertex AI, now Gemini Enterprise Agent Platform", "radio button")
    walk.go("Continue", "Choose your file")
    walk.look()
    walk.work()
    outside.fill("Project ID", "my-project-123")
    walk.operated.add("Project ID")
    walk.go("Use an AI Studio key instead", "Add your key")
    walk.go("Back", "Where is your Gemini access from?")
    walk.press("Vertex AI, now Gemini Enterprise Agent Platform", "radio button")
    walk.go("Continue", "Choose your file")
    choose_file(outside, walk, "Drop the .json file here or choose it…", file)
    walk.press("Remove the file")
    choose_file(outside, walk, "Drop the .json file here or choose it…", file)
    choose_file(outside, walk, "Drop another file here or choose it…", other)
    walk.look()
    for field, typed, right in (("Project", "no project", account.project.id), ("Location", "?", "global")):
        outside.fill(field, typed)
        assert not outside.find("push button", "Check and save")["sensitive"]
        outside.fill(field, right)
        walk.operated.add(field)

    outside.listen()
    walk.press("Check and save")
    outside.hears("Your file works", 20)
    outside.page("Saved in GNOME Keyring")
    walk.look()
    outside.listen()
    walk.press("Move the downloaded file to the trash")
    outside.hears("The downloaded file is in the trash.")
    walk.press(_TOOLS[1])
    cancel_dialog(outside)
    walk.work()
    walk.all_operated()
    outside.press("Finish")
    assert outside.ended() == 0


def test_what_is_kept_and_the_pages_beside_the_way(
    starts: Starts, google: Google, desktop: Desktop, environ: dict[str, str], opened: Opened
) -> None:
    for profile in ("default", "work"):
        subprocess.run(
            [installed_command(), "add", "studio", "--no-generate", "--profile", profile],
            env={**desktop.env, **environ}, input=google.studio_key().text, text=True, capture_output=True,
            timeout=30, check=True,
        )  # fmt: skip
    outside = starts()
    walk = Walk(outside, opened)
    outside.page("This computer")
    walk.look()
    walk.work("More for default", "More for work")

    outside.listen()
    walk.press("Check default")
    outside.hears("Checking your key")
    outside.hears("Your key works", 20)
    walk.look()
    walk.go("Done", "This computer")
    for profile in ("default", "work"):
        walk.go(f"Replace the credential of {profile}", "Replace your key")
        walk.look(tabs=False)
        way_back = "Back" if profile == "default" else "Cancel and go back to what is saved"
        walk.go(way_back, "This computer")
        walk.press(f"More for {profile}")
        walk.look(tabs=profile == "work")
        walk.go(f"Use it…: {profile}", "Use it")
        if profile == "work":
            walk.press(_TOOLS[0])
            cancel_dialog(outside)
            walk.look()
            walk.work()
        walk.go("Back", "This computer")
        walk.press(f"More for {profile}")
        walk.go(f"Remove…: {profile}", f"Remove “{profile}” from this computer?")
        walk.look()
        walk.work()
        walk.go("Keep it", "This computer")
    walk.press("Check work")
    walk.go("Done", "This computer")
    walk.press("More for work")
    walk.press("Remove…: work")
    outside.listen()
    walk.press("Remove it here")
    outside.hears("“work” is removed from this computer.")
    walk.press("Dismiss")

    walk.go("Which key do your tools use?", "Which key do your tools use?")
    outside.hears("No tool uses your saved key")
    walk.look()
    walk.work()
    outside.listen()
    walk.press("Look again")
    outside.hears("No tool uses your saved key")
    walk.go("Connect a tool", "Use it")
    walk.go("Back", "This computer")
    walk.go("I have an error message", "What does this error mean?")
    walk.go("This computer", "This computer")  # from everywhere, by the rail

    walk.go("Settings", "Settings")
    outside.find("push button", "Copy version info")
    walk.look()
    walk.work()
    outside.listen()
    walk.press("Report a problem")
    outside.hears("Version info copied.")
    walk.press("Dismiss")
    for chooser, turned in (("Appearance", "Settings"), ("Language", "Einstellungen")):
        for _ in range(8):
            if outside.find("combo box", chooser)["focused"]:
                break
            outside.tab(1)
        desktop.key("Down", "Down")
        walk.operated.add(chooser)
        outside.page(turned)
    walk.all_operated("API key", "Show the key", "Open AI Studio (opens your browser)", *_KEY_PAGE)
    walk.look()
    outside.press("Zurück")
    outside.page("Dieser Computer")
    walk.look()
