"""A test that fails as GNOME Keyring crashes under it runs again.

gnome-keyring-daemon looks up a property in an idle callback, and its assertion fails when the client that asked
has gone by then (GNOME/gnome-keyring!92): about one connection in 30,000, more on a busy computer. What the program
makes of such a death has its own tests (tests/vault/test_kills.py, tests/e2e/test_faults.py); every other test asks
something else, and gets its answer from a keyring that lives. Only a crash counts: a keyring that a test ended, or
that was never there, excuses nothing. No rerun plugin can ask what ended a daemon, so this is our own.
"""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol

from tests.secretservice import crashes

_TRIES = 3
_again: list[str] = []


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for left in reversed(range(_TRIES)):
        before = crashes()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        new = crashes()[len(before) :]
        if not new or not left or not any(report.failed for report in reports):
            break
        _again.append(f"{item.nodeid} ({', '.join(new)})")
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for test in _again:
        terminalreporter.write_line(f"GNOME Keyring crashed, so it ran again: {test}")
