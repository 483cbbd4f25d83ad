"""A marked secret is typed, pasted, dropped, shown, chosen, cut, taken back, carried into another language, and checked,
while somebody else on the accessibility bus hears every event and every key, and asks for all text, over and over.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import in_german, say
from tests.e2e.desktop import Desktop
from tests.e2e.outside import Outside
from tests.loopback import Google

PIECE = 6  # characters of a secret that are one too many
POLLED = 0.4  # seconds in which the ear has read the whole tree at least once

#: Another program with a text to drag: it is given by its window's own place, and dropped wherever the pointer goes.
SOURCE = """
import sys
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QLabel

class Source(QLabel):
    def mouseMoveEvent(self, event):
        data = QMimeData()
        data.setText(text)
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)

text = sys.stdin.readline().strip()
app = QApplication([])
source = Source("drag me")
source.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
source.setGeometry(4, 4, 120, 40)
source.show()
app.exec()
"""


#: What the monitor itself writes before each message: six digits of a second are a piece of some key now and then.
NUMBERED = re.compile(r"(?m)^((?:signal|method call|method return|error) )time=[0-9.]+ ")


class Bus:
    """All that goes over the accessibility bus, calls and answers too."""

    def __init__(self, desktop: Desktop, file: Path) -> None:
        self._file = file
        self._writes = file.open("wb")
        self._monitor = subprocess.Popen(
            ["dbus-monitor", "--address", desktop.env["AT_SPI_BUS_ADDRESS"]],
            env=desktop.env,
            stdin=subprocess.DEVNULL,
            stdout=self._writes,
            stderr=subprocess.STDOUT,
        )

    def stop(self) -> str:
        self._monitor.terminate()
        self._monitor.wait(5)
        self._writes.close()
        return NUMBERED.sub(r"\1", self._file.read_text(encoding="utf-8", errors="replace"))


def pieces(secret: str) -> set[str]:
    """Every piece of it that is long enough to tell, but its end, which is shown on purpose."""
    return {secret[n : n + PIECE] for n in range(len(secret) - PIECE - 3)}


def heard_of(secret: str, text: str) -> set[str]:
    return pieces(secret) & {text[n : n + PIECE] for n in range(len(text) - PIECE + 1)}


@pytest.fixture
def outside(desktop: Desktop, environ: dict[str, str], tmp_path: Path) -> Iterator[Outside]:
    with Outside(desktop, environ, tmp_path / "ear.jsonl", reads=True) as outside:
        yield outside
        desktop.picture(tmp_path / "last.png")


@pytest.fixture
def overheard(desktop: Desktop, tmp_path: Path) -> Iterator[Callable[[], Bus]]:
    begun: list[Bus] = []

    def begin() -> Bus:
        begun.append(Bus(desktop, tmp_path / f"bus-{len(begun)}.txt"))
        return begun[-1]

    yield begin
    for bus in begun:
        bus.stop()


def rest() -> None:
    time.sleep(POLLED)


def to_field(outside: Outside) -> None:
    outside.page(say("choose.title"))
    outside.press(say("window.continue"))
    outside.page(say("key.title"))
    outside.has_keyboard("password text", say("key.label"))


def test_a_key_in_every_way_it_can_be_handled(
    outside: Outside, desktop: Desktop, google: Google, overheard: Callable[[], Bus]
) -> None:
    key, second = google.studio_key(), google.studio_key()
    bus = overheard()
    to_field(outside)

    outside.listen()
    desktop.type(key.text[:30])
    rest()
    outside.press(say("key.show_name"))
    rest()
    desktop.type(key.text[30:])  # the keyboard is still in the field
    outside.hears(key.text[-4:])
    rest()
    for keys in (
        "Left",
        "shift+Left",
        "shift+Home",
        "ctrl+a",
        "ctrl+c",
        "ctrl+x",
        "ctrl+z",
        "ctrl+y",
        "ctrl+shift+z",
    ):
        desktop.key(keys)
    rest()
    desktop.key("Tab")  # hidden again by nothing but a press: what is shown is painted only
    desktop.key("shift+Tab")
    desktop.key("shift+F10")  # its menu
    rest()
    desktop.key("Escape")
    desktop.type(key.text)  # it was cut above, and Show went with it
    outside.press(say("key.show_name"))
    rest()
    outside.press(say("key.hide_name"))
    desktop.clipboard("what the person had copied before")
    desktop.key("ctrl+a", "ctrl+c", "BackSpace", "ctrl+z")
    rest()
    assert desktop.on_clipboard() == "what the person had copied before"

    desktop.clipboard(f"export GEMINI_API_KEY={second.text}\n")
    outside.listen()
    desktop.key("ctrl+v")
    outside.hears(second.text[-4:])
    outside.press(say("key.show_name"))
    rest()
    for appearance in (
        "Down",
        "Up",
    ):  # another scheme, and another language: the field is made and filled anew
        outside.press(say("about.open"))
        outside.page(say("about.title"))
        for _ in range(2):
            desktop.key(*["Tab"] * 1)
            if outside.find("combo box", say("about.appearance"))["focused"]:
                break
        desktop.key(appearance)
        outside.press(say("window.back"))
        outside.page(say("key.title"))
        rest()
    outside.press(say("about.open"))
    outside.page(say("about.title"))
    desktop.key("Down", "Down")
    outside.page(in_german("about.title"))
    outside.press(in_german("window.back"))
    outside.find("password text", in_german("key.label"))
    rest()

    _drop(desktop, outside, key.text)
    rest()
    desktop.key("alt+Left")
    rest()
    everything = bus.stop()
    told = outside.everything()
    changed = [
        one["text"]
        for one in told
        if one["kind"].startswith("object:text-changed") and one["role"] == "password text"
    ]
    assert changed, "the ear hears changes of the text"
    assert {char for text in changed for char in text} <= set("•●")
    keys = "".join(one["text"] for one in told if one["kind"] == "key" and len(one["text"]) == 1)
    for one in (key, second):
        assert heard_of(one.text, everything) == set()
        assert heard_of(one.text, json.dumps(told, ensure_ascii=False)) == set()
        assert heard_of(one.text, keys) == set()
    assert any(one["kind"] == "text" and set(one["text"]) == {"●"} for one in told), "the field was read"


def _drop(desktop: Desktop, outside: Outside, text: str) -> None:
    """Drag it from another program's window into ours, as a person does with the mouse."""
    source = subprocess.Popen(
        [sys.executable, "-c", SOURCE], env=desktop.env, stdin=subprocess.PIPE, text=True
    )
    try:
        assert source.stdin is not None
        source.stdin.write(text + "\n")
        source.stdin.close()
        desktop.run("xdotool", "search", "--sync", "--onlyvisible", "--pid", str(source.pid))
        x, y = outside.ask("centre", "password text", in_german("key.label"))
        outside.listen()
        desktop.run("xdotool", "mousemove", "40", "20", "mousedown", "1")
        for step in ((60, 30), (90, 40), (x - 20, y), (x, y), (x + 2, y)):
            desktop.run("xdotool", "mousemove", *map(str, step))
            time.sleep(0.08)
        desktop.run("xdotool", "mouseup", "1")
        outside.hears(text[-4:])
    finally:
        source.kill()
        source.wait()


def test_a_service_account_that_is_pasted_into_the_field_for_a_key(
    outside: Outside, desktop: Desktop, google: Google, overheard: Callable[[], Bus]
) -> None:
    account = google.service_account()
    private = account.info["private_key"]
    bus = overheard()
    to_field(outside)
    desktop.clipboard(account.text)
    outside.listen()
    desktop.key("ctrl+v")
    outside.hears(account.project.id)
    rest()
    before = bus.stop()
    bus = overheard()
    outside.press(say("key.to_file"))
    outside.page(say("file.title"))
    rest()
    outside.press(say("window.check"))
    outside.page(say("use.title"))
    rest()
    everything = before + bus.stop() + json.dumps(outside.everything(), ensure_ascii=False)

    assert account.info["client_email"] not in before, "only the page of the file shows whose it is"
    body = "".join(private.strip().splitlines()[1:-1])
    assert heard_of(body, everything) == set()
    assert account.info["private_key_id"] not in everything
