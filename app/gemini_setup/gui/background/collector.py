"""Python's collector, in the window's own thread only.

Left to itself it runs in whatever thread makes the next object. In a worker's thread it would take Qt's objects apart
beside the event loop that uses them: the tests met a hang in the start of a thread, and a segmentation fault.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QTimer

EVERY = 5_000
"""Milliseconds between two looks; one without work takes about a microsecond."""


def collect_due() -> None:
    """Collect what Python would have by its own thresholds; called in the window's thread."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if thresholds[generation] and counts[generation] > thresholds[generation]:
            gc.collect(generation)  # the younger ones too
            return


def spare() -> None:
    """Never look through what exists now: the pages and the imports stay to the end, and take 25 ms to look through."""
    gc.freeze()


def begin(timer: QTimer) -> None:
    """Take the collector over: from now on `timer` decides when; what exists already is spared."""
    gc.disable()
    spare()
    timer.timeout.connect(collect_due)
    timer.start(EVERY)
