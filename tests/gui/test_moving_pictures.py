"""The moving pictures of the README: their stories can be told again, and what is there is what the page shows."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from tests.gui import moving_pictures, states

README = moving_pictures.FOLDER.parents[1] / "README.md"


@pytest.mark.parametrize("story", moving_pictures.STORIES)
def test_every_scene_of_a_story_is_a_state_of_the_window(story: str) -> None:
    known = states.STATES.keys() | states.WINDOWS.keys()
    assert {scene.state for scene in moving_pictures.STORIES[story]} <= known
    assert len({scene.state for scene in moving_pictures.STORIES[story]}) > 3


def test_the_readme_shows_each_story_in_light_and_dark_and_nobody_waits_for_it() -> None:
    shown = set(re.findall(r"docs/pictures/([\w-]+\.webp)", README.read_text(encoding="utf-8")))
    assert shown == {f"{name}{scheme}.webp" for name in moving_pictures.STORIES for scheme in ("", "-dark")}
    for name in shown:
        file = moving_pictures.FOLDER / name
        assert file.stat().st_size <= moving_pictures.MOST_BYTES
        with Image.open(file) as image:
            assert getattr(image, "n_frames", 1) > 10, name
