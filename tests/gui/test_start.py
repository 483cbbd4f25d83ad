"""What the program loads and makes before anybody has pressed anything."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from gemini_setup.gui import main
from gemini_setup.gui.background.worker import Work
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import DOCTOR, TRAP
from tests.gui.driver import open_window
from tests.gui.made_up import MadeUpCore, StillWork
from tests.waiting import HANGS

_FIRST_FRAME = """
import json, os, sys
from gemini_setup.gui import main

def stands(*_, **__):
    print(json.dumps(sorted(sys.modules)), flush=True)
    os._exit(0)

main._first_frame_stands = stands
main.run(scheme="light")
"""

#: What the first frame does without: a check's libraries, the table of causes, and what is looked for in a pasted text.
_LATER = (
    "asyncio", "cryptography", "gemini_setup.actions", "gemini_setup.checks", "gemini_setup.diagnosis",
    "gemini_setup.google.http", "gemini_setup.google.recognition", "gemini_setup.provision", "gemini_setup.vault.backends",
    "gemini_setup.vault.vault", "google.auth", "httpx", "jeepney", "keyring", "ssl",
)  # fmt: skip


def test_the_first_frame_loads_one_page_and_nothing_that_a_check_needs(tmp_path: Path) -> None:
    homes = {
        name: str(tmp_path / name) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    }
    homes |= {"XDG_RUNTIME_DIR": str(tmp_path), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_FRAME],
        env={**os.environ, **homes, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=HANGS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert [name for name in loaded if name.startswith("gemini_setup.gui.pages.")] == [
        "gemini_setup.gui.pages.base",
        "gemini_setup.gui.pages.choose",
    ]
    assert [name for name in loaded if name.startswith(_LATER)] == []


def test_only_the_pages_of_the_way_are_made_ahead(qtbot: QtBot) -> None:
    window = open_window(MadeUpCore(), work=cast(Work, StillWork()))
    qtbot.addWidget(window)
    while window.pool.build_next(window.draft):
        pass
    way = (Page.HOME, Page.CHOOSE, Page.KEY, Page.CHECK, Page.USE, TRAP)
    assert all(window.pool.standing(place) for place in way)
    assert len(window.pool.pages()) == len(way)
    window.go(DOCTOR)
    assert len(window.pool.pages()) == len(way) + 1


@pytest.fixture
def unfrozen() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("unfrozen")
def test_what_a_check_needs_is_never_looked_through_once_it_is_loaded(qtbot: QtBot) -> None:
    """Else the collector takes 25 ms for it, and where its timer is due in a check, the window stands still for so long."""
    window = open_window(MadeUpCore(), work=cast(Work, StillWork()))
    qtbot.addWidget(window)
    loaded = [[number] for number in range(2 * gc.get_threshold()[0])]
    main._warmed(window, None)
    assert not any(item is loaded for item in gc.get_objects()), "objects that are spared are not listed"
    assert gc.get_freeze_count() > len(loaded)
