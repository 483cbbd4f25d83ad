"""The look, compared with pictures of it. After a change that is meant: look, `make baselines`, and look at the diff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from PySide6.QtWidgets import QApplication

from tests.gui import pictures, states

#: How far a channel of a pixel may be off, of 255: one of the pictures' coarse steps, not two.
NEAR = 20
#: The share of pixels that may be farther off: letters that another processor blends otherwise.
SHARE = 0.0004


@pytest.fixture(scope="module", autouse=True)
def one_look(qapp: QApplication) -> Iterator[None]:
    with pictures.pinned():
        yield


@pytest.fixture(autouse=True)
def look() -> None:
    """In place of the look of the other tests."""


def far_off(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ visibly."""
    if one.size != other.size:
        return 1.0
    red, green, blue = ImageChops.difference(one, other).split()
    worst = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(worst.histogram()[NEAR + 1 :]) / (one.width * one.height)


@pytest.mark.parametrize(("state", "scheme"), pictures.COMPARED)
def test_it_looks_as_it_did(state: str, scheme: str, tmp_path: Path) -> None:
    now = pictures.shot(state, scheme)
    with Image.open(pictures.BASELINES / f"{state}-{scheme}.png") as file:
        before = file.convert("RGB")
    share = far_off(before, now)
    if share > SHARE:
        now.save(tmp_path / "now.png")
        ImageChops.difference(before, now).point(lambda value: min(255, value * 8)).save(
            tmp_path / "differs.png"
        )
    assert share <= SHARE, (
        f"{share:.2%} of the picture differs: look at {tmp_path}; if it is meant, `make baselines`"
    )


def test_every_state_that_the_look_is_agreed_on_is_there() -> None:
    names = {name for found in states.AGREED.values() for name in found}
    assert not names - {*states.STATES, *states.WINDOWS}
    assert not {*states.MAIN, *states.SCROLLED} - {*states.STATES, *states.WINDOWS}


def test_what_is_no_longer_compared_is_no_longer_kept() -> None:
    kept = {file.stem for file in pictures.BASELINES.glob("*.png")}
    assert kept == {f"{state}-{scheme}" for state, scheme in pictures.COMPARED}
