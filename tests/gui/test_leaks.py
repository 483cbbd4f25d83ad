"""Whole runs of the window leave nothing behind (`make endurance` does 500 of them)."""

from __future__ import annotations

import pytest

from gemini_setup.gui.pages import check
from tests.endurance.runs import growth, wizard_run
from tests.endurance.world import world
from tests.loopback import Google


def test_runs_leave_no_window_thread_or_file_behind(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_GOES_ON", 1)
    with world(google) as made:
        found = growth(lambda number: wizard_run(made, number), runs=16, warm=4)
    assert found.threads <= 0.1, found
    assert found.files <= 0.1, found
    assert found.wrappers <= 1, found  # a window is more than a hundred
    assert found.objects <= 60, found
