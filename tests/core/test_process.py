"""A crash writes no secret: not to a core file, not to the terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.core.samples import random_key

PROGRAM = """
import sys, resource
from gemini_setup.security.process import harden
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


ELSEWHERE = """
import asyncio, gc, logging, sys, threading
from gemini_setup.security.process import harden
harden()
key = sys.stdin.read()

def fail(*_):
    raise ValueError("the answer was " + key)

threading.Thread(target=fail).start()
ended = type("Ended", (), {"__del__": fail, "__repr__": lambda self: key})()
del ended

async def lost():
    task = asyncio.create_task(asyncio.to_thread(fail))
    await asyncio.sleep(0.2)
    del task
    gc.collect()

asyncio.run(lost())
logging.getLogger("some.library").warning("sent %s", key)
"""


def test_what_threads_lost_tasks_and_libraries_say_is_masked_too() -> None:
    key = random_key()
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], input=key, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stderr.count("ValueError: the answer was …") == 3, done.stderr
    assert f"sent …{key[-4:]}" in done.stderr
    assert key[8:-4] not in done.stderr + done.stdout


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Linux hands dumps to a program whatever the limit is"
)
def test_a_dump_that_is_handed_to_a_program_holds_no_memory() -> None:
    show = "from gemini_setup.security.process import harden; harden(); print(open('/proc/self/coredump_filter').read())"
    done = subprocess.run(
        [sys.executable, "-c", show], capture_output=True, text=True, timeout=30, check=True
    )
    assert int(done.stdout, 16) == 0
