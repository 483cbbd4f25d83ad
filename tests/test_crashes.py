"""Only a test that failed as the keyring crashed under it runs again."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

_TEST = """
import pathlib, signal, time
from tests.secretservice import SecretService

def test_it(tmp_path_factory):
    with SecretService() as service:
        tries = pathlib.Path(__file__).with_name("tries")
        tried = len(tries.read_text()) if tries.exists() else 0
        tries.write_text("x" * (tried + 1))
        if tried < {bad}:
            service._daemon.send_signal(signal.{how})
            service._daemon.wait(10)
            assert {passes}, service.tool("lookup", "a", "b").stderr
"""


@pytest.mark.parametrize(
    ("how", "bad", "passes", "tries", "code"),
    [
        ("SIGABRT", 0, False, 1, 0),
        ("SIGABRT", 1, False, 2, 0),
        ("SIGABRT", 9, False, 3, 1),  # one that makes it crash each time has a fault of its own
        ("SIGABRT", 1, True, 1, 0),  # it needed no keyring any longer
        ("SIGSEGV", 1, False, 2, 0),
        ("SIGKILL", 1, False, 1, 1),
        ("SIGTERM", 1, False, 1, 1),
    ],
)
def test_a_test_runs_again_for_a_crash_alone(
    tmp_path: pathlib.Path, how: str, bad: int, passes: bool, tries: int, code: int
) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(_TEST.format(how=how, bad=bad, passes=passes))
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.crashes", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", str(settings), str(test)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert (tmp_path / "tries").read_text() == "x" * tries
    assert done.stdout.count("GNOME Keyring crashed, so it ran again") == tries - 1
