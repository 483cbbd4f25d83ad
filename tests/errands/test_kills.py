"""A part of `make kills` for each run of the tests: every flow is killed after each kind of step, in turn."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys

import pytest

from tests.conftest import without_foreign_variables
from tests.errands import kills

RUNS = 15


@pytest.mark.timeout(1200)
def test_kill_9_at_some_points_of_every_flow() -> None:
    """In a process of its own: what is killed is forked, and this one has threads."""
    environ = without_foreign_variables(dict(os.environ))
    done = subprocess.run(
        [sys.executable, "-m", "tests.errands.kills", "--runs", str(RUNS)],
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=1100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) runs, (\d+) killed, (\d+) wrong", done.stdout)
    assert found is not None, done.stdout
    runs, killed, wrong = map(int, found.groups())
    assert (runs, wrong) == (RUNS, 0)
    assert killed >= RUNS - 2  # a run may be over a step before the place that was counted in another one


def test_the_places_are_spread_over_requests_and_points() -> None:
    chance = random.Random(1)
    every = kills.places(20, 5, 40, chance)
    assert every == [("google", at) for at in range(5)] + [("point", at) for at in range(20)]
    few = kills.places(400, 10, 12, chance)
    assert len(few) == 12
    assert [kind for kind, _ in few].count("google") == 6
    own = [at for kind, at in few if kind == "point"]
    assert own == sorted(own)
    assert max(own) < 400
