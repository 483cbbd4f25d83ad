"""Does the time of a look grow with its text, or with the square of it? A ratio, so that no computer is too slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

# Ten times the text: ten times the time, were there no noise. What grows with the square would take a hundred.
GROWTH: Final = 30
# CPU seconds below which a measurement is noise.
NOISE: Final = 0.01


def seconds(look: Callable[[], object]) -> float:
    """CPU seconds of this process for one look."""
    began = time.process_time()
    look()
    return time.process_time() - began


def grows_no_faster(look: Callable[[str], object], small: str, large: str) -> None:
    """`large` is ten times as long as `small`. The least of three counts: a busy computer makes some longer."""
    short = seconds(lambda: look(small))
    most = GROWTH * max(short, NOISE)
    took = float("inf")
    for _ in range(3):
        took = min(took, seconds(lambda: look(large)))
        if took < most:
            return
    raise AssertionError(
        f"{short:.3f} s for {len(small)} characters, {took:.3f} s for {len(large)} of {large[:80]!r}"
    )
