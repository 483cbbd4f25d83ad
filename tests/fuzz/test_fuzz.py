"""The targets, thrown at by hypothesis: short in the suite, for FUZZ_SECONDS for each target where that is set."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import seeds
from tests.fuzz.targets import CHOICES, TARGETS, Target

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
pytestmark = pytest.mark.timeout(SECONDS + 120)

_TOKENS = st.sampled_from([token.encode("utf-8", "replace") for token in seeds.TOKENS])
_TEXTS = st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace"))


@st.composite
def _mutated(draw: st.DrawFn, target: str) -> bytes:
    """A text that may come in, cut somewhere, with other things in it, some of them many times."""
    data = draw(st.sampled_from(seeds.rests(target)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        more = draw(_TOKENS | _TEXTS | st.binary(max_size=20)) * draw(st.sampled_from((0, 1, 1, 1, 30)))
        data = data[:at] + more + data[at + draw(st.sampled_from((0, 0, 1, 7, 200))) :]
    return data


def _inputs(target: str) -> st.SearchStrategy[bytes]:
    rest = _mutated(target) | st.lists(_TOKENS | _TEXTS, max_size=30).map(b"".join) | st.binary(max_size=300)
    return st.tuples(st.binary(min_size=CHOICES, max_size=CHOICES), rest).map(b"".join)


def _throw(target: Target, name: str, examples: int) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(_inputs(name))
    def thrown(data: bytes) -> None:
        target(data)

    thrown()


@pytest.mark.parametrize("name", list(TARGETS))
def test_whatever_comes_in_breaks_no_promise(name: str) -> None:
    ends = time.monotonic() + SECONDS
    _throw(TARGETS[name], name, 500)
    rounds = 0
    while time.monotonic() < ends:
        _throw(TARGETS[name], name, 2000)
        rounds += 1
    if rounds:
        print(f"{name}: {rounds * 2000 + 500} inputs")


@pytest.mark.parametrize("name", list(TARGETS))
def test_the_seeds_break_no_promise(name: str) -> None:
    for data in seeds.corpus(name)[:: 1 if SECONDS else 3]:
        TARGETS[name](data)
