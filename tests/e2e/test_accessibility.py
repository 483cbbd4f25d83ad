"""The whole window for somebody who knows only the accessibility tree: finds things by role and name, reads labels and
descriptions, hears announcements and where the keyboard is. Nothing here knows an identifier or a pixel.
"""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.i18n import cause_texts
from tests.e2e.conftest import Opened, in_german, installed_command, say
from tests.e2e.desktop import Desktop
from tests.e2e.outside import Outside
from tests.loopback import Google
from tests.waiting import PATIENCE

BROWSER = say("common.opens", text="")
FIELDS = ("text", "password text", "combo box")
#: What leads to another page, ends the program, or is done by the walk itself.
BY_THE_WALK = frozenset(
    {*(say(f"window.{one}") for one in
       ("continue", "back", "check", "finish", "cancel_name", "close_name", "stop_name", "cancel")),
     say("use.saved_keys"), say("key.paste_name"),
     say("about.open"), say("home.another"), say("nav.go", title=say("rail.here")), say("rail.here_now", title=say("rail.here")),
     say("rail.here_now", title=say("about.title"))}
)  # fmt: skip

MAIN = (say("window.continue"), say("window.check"), say("explain.explain"))


class Walk:
    """Looks at every page it comes to, and remembers what it has met and what it has operated."""

    def __init__(self, outside: Outside, opened: Opened) -> None:
        self.outside, self.opened = outside, opened
        self.met: set[str] = set()
        self.operated: set[str] = set()

    # ---- looking

    def look(self, *, tabs: bool = True) -> list[dict[str, Any]]:
        """Everything that can be operated here is told rightly, and Tab comes to all of it."""
        controls = self._controls()
        assert controls
        for one in controls:
            _told_rightly(one)
        self.met |= {_called(one) for one in controls} - {say("common.copied")}  # for a moment, after Copy
        if tabs:
            reachable = [one for one in controls if one["sensitive"] and not _comes_with_another(one)]
            heard = self.outside.tab(len(reachable) + 1)
            missed = {one["name"] for one in reachable} - set(heard)
            assert not missed, f"Tab does not come to {missed}, only to {heard}"
        return controls

    def _controls(self) -> list[dict[str, Any]]:
        """No two are called alike. A look goes from node to node over the bus: where the page is made anew meanwhile, in
        another language say, it meets the old one and the new one, and is taken again.
        """
        end = time.monotonic() + PATIENCE
        while True:
            controls = [one for one in self.outside.controls() if one["role"] != "scroll bar"]
            called = Counter((one["role"], _called(one)) for one in controls)
            if not (alike := [twice for twice, count in called.items() if count > 1]):
                return controls
            assert time.monotonic() < end, f"called alike: {alike}"

    # ---- operating

    def press(self, name: str, role: str = "push button") -> None:
        self.operated.add(name)
        self.outside.press(name, role)

    def choose(self, button: str, entry: str) -> None:
        """Open a button's menu and go down it until the entry is heard."""
        self.press(button)
        heard: list[str] = []
        while entry not in heard:
            assert len(heard) < 12, f"{entry} was not heard, only {heard}"
            self.outside.listen()
            self.outside.desktop.key("Down")
            heard += self.outside.keyboard_at()
        self.outside.desktop.key("Return")

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
            or name.startswith(say("common.copy"))
            or BROWSER in name
        )

    def _operate(self, one: dict[str, Any]) -> None:
        outside, name = self.outside, one["name"]
        outside.listen()
        count = len(self.opened.wait(0))
        if one["expandable"]:
            assert one["collapsed"], name
            outside.press(name)
            outside.hears(say("common.opened"))
            assert outside.find("push button", name)["expanded"]
        elif name.startswith(say("common.copy")):
            outside.press(name)
            outside.hears(say("common.copied"))
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
    chosen = one["checked"] if one["role"] == "radio button" else one["selected"]
    return (one["role"] in ("radio button", "page tab") and not chosen) or one["inside"] == "combo box"


def _told_rightly(one: dict[str, Any]) -> None:
    assert one["role"] in ("push button", "radio button", "page tab", *FIELDS), one
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
def environ(google: Google) -> dict[str, str]:
    """The same controls on every computer, whether it has gcloud or not; what that offers is walked in test_provision."""
    return {**google.environ(real_hosts=True), "GEMINI_SETUP_NO_PROVISION": "1"}


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
    outside.page(say("choose.title"))
    walk.look()
    for service in (say("choose.vertex"), say("choose.studio")):
        walk.press(service, "radio button")
        assert outside.find("radio button", service)["checked"]

    walk.go(say("choose.explain"), say("explain.title"))
    walk.look()
    assert not outside.find("push button", say("explain.explain"))["sensitive"]
    outside.fill(say("explain.label"), "429 RESOURCE_EXHAUSTED: You exceeded your current quota")
    walk.operated.add(say("explain.label"))
    outside.listen()
    walk.press(say("explain.explain"))
    assert len(outside.hears("quota")) > 30
    walk.look()
    walk.work()
    walk.go(say("window.back"), say("choose.title"))

    walk.go(say("window.continue"), say("key.title"))
    walk.look()
    walk.work()
    walk.go(say("key.console"), cause_texts.trap(None).title)
    walk.look()
    walk.work()
    walk.go(cause_texts.trap(None).main.label, say("key.title"))
    desktop.type(wrong.text)  # the keyboard stands in the field
    outside.listen()
    walk.press(say("window.check"))
    said = outside.hears(say("check.chip.refused"))
    assert cause_texts.cause("key-not-valid").title in said
    walk.look()
    walk.work()
    outside.listen()
    walk.press(say("window.again"))
    outside.hears(cause_texts.cause("key-not-valid").title)
    walk.go(cause_texts.cause("key-not-valid").actions[0].label, say("key.title"))
    outside.listen()
    desktop.type(key.text)  # over the one that is chosen there
    assert key.text[-4:] in outside.hears(say("key.arrived", length=str(len(key.text)), hint=key.text[-4:]))
    walk.operated.add(say("key.label"))
    outside.listen()
    walk.press(say("key.show_name"))
    outside.hears(say("key.shown_name"))
    walk.press(say("key.hide_name"))
    outside.find("push button", say("key.show_name"))
    walk.look()

    outside.listen()
    walk.press(say("window.check"))
    outside.hears(say("check.title_running", thing=say("check.thing_key")))
    outside.hears(say("check.title_works", thing=say("check.thing_key")))
    outside.page(say("use.title"))
    outside.hears(say("use.title"))
    walk.look()
    tabs_of(walk)
    walk.look()
    walk.all_operated(*_TOOLS)
    outside.press(say("window.finish"))
    assert outside.ended() == 0


#: On the page where a key is replaced; the first test operates them.
_KEY_PAGE = (say("key.console"), say("key.help"))
#: Each opens a dialog to choose where; `test_deliver.py` hands over for real.
_TOOLS = (
    say("handing.dotenv"),
    say("handing.adc_name"),
)


def tabs_of(walk: Walk) -> None:
    """Open each tab with code; the last one holds what has none of its own."""
    for tab in [one["name"] for one in walk.outside.controls() if one["role"] == "page tab"]:
        walk.press(tab, "page tab")
        assert walk.outside.find("page tab", tab)["selected"]
        walk.look(tabs=False)
        walk.work(*walk.operated)  # what was opened before stays open


def choose_file(outside: Outside, walk: Walk, button: str, file: Path) -> None:
    """By the dialog of Qt's own, whose words are its own, too.

    As long as its field has not got the keyboard, the dialog writes the bare name in the place of a whole path.
    """
    outside.listen()
    walk.press(button)
    outside.has_keyboard("text", "File name:")
    outside.fill("File name:", str(file))
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
    outside.page(say("choose.title"))
    walk.press(say("choose.vertex"), "radio button")
    walk.go(say("window.continue"), say("file.title"))
    walk.look()
    walk.work()
    outside.fill(say("file.none.project"), "my-project-123")
    walk.operated.add(say("file.none.project"))
    walk.go(say("file.none.to_studio"), say("key.title"))
    walk.go(say("window.back"), say("choose.title"))
    walk.press(say("choose.vertex"), "radio button")
    walk.go(say("window.continue"), say("file.title"))
    choose_file(outside, walk, f"{say('file.drop')} {say('file.choose')}", file)
    walk.press(say("file.remove_name"))
    choose_file(outside, walk, f"{say('file.drop')} {say('file.choose')}", file)
    choose_file(outside, walk, f"{say('file.drop_other')} {say('file.choose')}", other)
    walk.look()
    for field, typed, right in (
        (say("file.project"), "no project", account.project.id),
        (say("file.location"), "?", "global"),
    ):
        outside.fill(field, typed)
        assert not outside.find("push button", say("window.check"))["sensitive"]
        outside.fill(field, right)
        walk.operated.add(field)

    outside.listen()
    walk.press(say("window.check"))
    outside.hears(say("check.title_works", thing=say("check.thing_file")))
    outside.page(say("use.title"))
    walk.look()
    outside.listen()
    walk.press(say("use.trash"))
    outside.hears(say("use.trashed"))
    walk.press(_TOOLS[1])
    cancel_dialog(outside)
    tabs_of(walk)
    walk.all_operated()
    outside.press(say("window.finish"))
    assert outside.ended() == 0


def test_what_is_kept_and_the_pages_beside_the_way(
    starts: Starts, google: Google, desktop: Desktop, environ: dict[str, str], opened: Opened
) -> None:
    for profile in ("default", "work"):
        subprocess.run(
            [installed_command(), "add", "studio", "--no-generate", "--profile", profile],
            env={**desktop.env, **environ}, input=google.studio_key().text, text=True, capture_output=True,
            timeout=60, check=True,
        )  # fmt: skip
    outside = starts()
    walk = Walk(outside, opened)
    outside.page(say("home.title"))
    walk.look()
    walk.work()

    outside.listen()
    walk.press(say("home.check_name", profile="default"))
    outside.hears(say("home.checking"))
    outside.hears(say("home.state.works", ago=say("ago.now")))
    walk.look()
    for profile in ("default", "work"):
        walk.go(say("home.replace_name", profile=profile), say("key.title_replace"))
        walk.look(tabs=False)
        way_back = say("window.back") if profile == "default" else say("window.return_name")
        walk.go(way_back, say("home.title"))
        walk.look(tabs=profile == "work")
        walk.go(say("home.verb_name", text=say("home.hand_over"), profile=profile), say("handing.title"))
        if profile == "work":
            walk.press(_TOOLS[0])
            cancel_dialog(outside)
            walk.look()
            tabs_of(walk)
        walk.go(say("window.back"), say("home.title"))
        walk.choose(say("home.more_name", profile=profile), say("home.remove"))
        outside.page(say("confirm.remove_title", profile=profile))
        walk.look()
        walk.work()
        walk.go(say("window.cancel"), say("home.title"))
    outside.listen()
    walk.press(say("home.check_name", profile="work"))
    outside.hears(say("home.state.works", ago=say("ago.now")))
    walk.choose(say("home.more_name", profile="work"), say("home.remove"))
    outside.page(say("confirm.remove_title", profile="work"))
    outside.listen()
    walk.press(say("confirm.remove"))
    outside.hears(say("home.removed", profile="work"))
    walk.press(say("toast.close"))

    walk.go(say("doctor.open"), say("doctor.title"))
    outside.hears(say("doctor.unused"))
    walk.look()
    walk.work()
    outside.listen()
    walk.press(say("doctor.again"))
    outside.hears(say("doctor.unused"))
    walk.go(say("doctor.connect"), say("handing.title"))
    walk.go(say("window.back"), say("home.title"))
    walk.go(say("choose.explain"), say("explain.title"))
    walk.go(say("nav.go", title=say("rail.here")), say("home.title"))  # from everywhere, by the rail

    walk.go(say("about.open"), say("about.title"))
    outside.find("push button", say("about.copy"))
    walk.look()
    walk.work()
    outside.listen()
    walk.press(say("help.report"))
    outside.hears(say("help.copied"))
    walk.press(say("toast.close"))
    for chooser, turned in (
        (say("about.appearance"), say("about.title")),
        (say("about.language"), in_german("about.title")),
    ):
        for _ in range(8):
            if outside.find("combo box", chooser)["focused"]:
                break
            outside.tab(1)
        desktop.key("Down", "Down")
        walk.operated.add(chooser)
        outside.page(turned)
    walk.all_operated(
        say("key.label"), say("key.show_name"), say("common.opens", text=say("key.open")), *_KEY_PAGE
    )
    walk.look()
    outside.press(in_german("window.back"))
    outside.page(in_german("home.title"))
    walk.look()
