"""What the window gives to the clipboard on "Start using it", read from outside, and a person's new shell to run it in."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.e2e.conftest import Wizard
from tests.e2e.desktop import Desktop

#: All that a new login's shell has of the session here, beside PATH: no variable of ours, none of another tool.
_LOGIN = ("HOME", "USER", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "LC_ALL")
_COPY = ".copy"


def copied(wizard: Wizard, only: Iterable[str] = ()) -> dict[str, str]:
    """Open every fold of the page that shows, press every Copy in turn: what lay on the clipboard then, by way.

    With `only`, those ways alone, each of which must be there.
    """
    wanted = {f"use.{way}" for way in only}
    pressed = set[str]()
    while folds := [
        name
        for name in wizard.pressable()
        if name not in pressed
        and (
            name.startswith("use.group.")
            or (name.endswith(".open") and (not wanted or name.removesuffix(".open") in wanted))
        )
    ]:
        for name in folds:
            wizard.press(name)
            pressed.add(name)
    ways = [
        name.removesuffix(_COPY)
        for name in wizard.pressable()
        if name.endswith(_COPY) and not name.startswith("use.hand.")  # handing over is no text to copy
    ]
    assert wanted <= set(ways), f"the window does not offer {wanted - set(ways)}"
    return {way.removeprefix("use."): _copy(wizard, way) for way in ways if not wanted or way in wanted}


def _copy(wizard: Wizard, way: str) -> str:
    """Something else lies on the clipboard first, so that what is read is what this press has put there."""
    before = f"what lay there before {way}"
    wizard.desktop.clipboard(before)
    wizard.press(way + _COPY)
    end = time.monotonic() + 5
    while (text := wizard.desktop.on_clipboard()) in ("", before):
        assert time.monotonic() < end, f"{way}: Copy put nothing on the clipboard"
        time.sleep(0.02)
    return text


def login(desktop: Desktop, *first: Path, **more: str) -> dict[str, str]:
    """The environment of a new shell of this person's; `first` come before the system's folders on the PATH."""
    path = os.pathsep.join([*map(str, first), "/usr/local/bin", "/usr/bin", "/bin"])
    return {**{name: desktop.env[name] for name in _LOGIN if name in desktop.env}, "PATH": path, **more}


def run(
    arguments: list[str], environ: Mapping[str, str], folder: Path, text: str = "", seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """In that environment and no other, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        arguments, env=environ, cwd=folder, input=text, capture_output=True, text=True, timeout=seconds
    )  # fmt: skip
