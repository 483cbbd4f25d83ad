"""A crash writes no secret: not to a core file, not to the terminal."""

from __future__ import annotations

import subprocess
import sys

from tests.core.samples import random_key

PROGRAM = """
import sys, resource
from gemini_setup.process import harden
harden()
print(resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)
raise ValueError("the answer was " + sys.stdin.read())
"""


def test_a_crash_shows_where_and_not_the_secret() -> None:
    key = random_key()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=key, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.strip() == "0"
    assert "ValueError: the answer was" in done.stderr
    assert key not in done.stderr
    assert key[8:-4] not in done.stderr
