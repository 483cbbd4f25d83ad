"""The first frame of the frozen program and of the source, side by side: `python -m tests.packaging.first_frame PROGRAM`.

Seen from outside, alike for both: from the start of the process until its pixels are in the memory of an X server
that keeps its screen in a file (Xvfb -fbdir). Medians and ratio pair by pair; never asserted.
"""

from __future__ import annotations

import mmap
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.conftest import installed_command

RUNS = 15
_SIDE = 1000  # pixels of the screen; without a window manager the window is in its corner
_SAMPLE = 64  # bytes, in the middle of the window and elsewhere


@contextmanager
def screen() -> Iterator[tuple[str, mmap.mmap]]:
    """(DISPLAY, the screen's memory) of an X server of our own."""
    with tempfile.TemporaryDirectory() as folder:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{_SIDE}x{_SIDE}x24", "-nolisten", "tcp",
             "-noreset", "-fbdir", folder],
            pass_fds=(writing,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        try:
            if not select.select([reading], [], [], 15)[0]:
                raise TimeoutError("no X server came up")
            with os.fdopen(reading) as numbers:
                display = f":{numbers.readline().strip()}"
            with (Path(folder) / "Xvfb_screen0").open("rb") as file:
                yield display, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        finally:
            server.terminate()
            server.wait()


def frame(command: list[str], display: str, pixels: mmap.mmap) -> float:
    """Milliseconds until the window shows at three places. RuntimeError when it does not in 20 s."""
    start = len(pixels) - _SIDE * _SIDE * 4
    places = [start + (y * _SIDE + x) * 4 for x, y in ((40, 40), (480, 330), (900, 620))]

    def seen() -> list[bytes]:
        return [pixels[place : place + _SAMPLE] for place in places]

    empty = seen()
    with tempfile.TemporaryDirectory() as home:
        env = {
            "PATH": os.environ["PATH"], "HOME": home, "XDG_RUNTIME_DIR": home, "DISPLAY": display,
            "LC_ALL": "C.UTF-8", "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }  # fmt: skip
        began = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while any(now == before for now, before in zip(seen(), empty, strict=True)):
                if time.perf_counter() - began > 20 or process.poll() is not None:
                    raise RuntimeError(f"{command[0]} shows no window")
                time.sleep(0.0005)
            taken = (time.perf_counter() - began) * 1000
        finally:
            process.kill()
            process.wait()
    end = time.perf_counter() + 10
    while seen() != empty:  # the server takes the window away
        if time.perf_counter() > end:
            raise RuntimeError("the window stays on the screen")
        time.sleep(0.005)
    time.sleep(0.1)
    return taken


def main() -> None:
    commands = {"frozen": [sys.argv[1]], "source": [installed_command()]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    with screen() as (display, pixels):
        for number in range(RUNS + 1):
            for name, command in commands.items():
                taken = frame(command, display, pixels)
                if number:  # the first round warms the disk
                    times[name].append(taken)
    ratio = statistics.median(a / b for a, b in zip(times["frozen"], times["source"], strict=True))
    print(f"{'first frame, ms':<24}{'frozen':>9}{'source':>9}{'ratio':>8}{'aim':>7}")
    print(f"{f'median of {RUNS}':<24}{statistics.median(times['frozen']):>9.1f}"
          f"{statistics.median(times['source']):>9.1f}{ratio:>8.2f}{'1.25':>7}")  # fmt: skip


if __name__ == "__main__":
    main()
