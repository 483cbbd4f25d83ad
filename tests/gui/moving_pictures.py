"""The two moving pictures of the README, from the real window: `python -m tests.gui.moving_pictures [OUTDIR]`.

A story is a row of states (`states.py`) with the seconds that each is shown, and the control that is pressed to go on: the
pointer glides there and a ring shows the press. Light and dark, as animated WebP; look at them after a change of the window.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw
from PySide6.QtCore import QBuffer, QIODevice, QPoint
from PySide6.QtWidgets import QWidget

from gemini_setup.gui.style.theme import THEME
from tests.gui.driver import Driver
from tests.gui.pictures import away, bring, picture, prepare

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SCALE = "1.5"
#: GitHub shows a larger one, but nobody waits for it.
MOST_BYTES = 1_000_000
GLIDE = 8  # pictures between two places of the pointer
FRAME = 45  # milliseconds of each


@dataclass(frozen=True)
class Scene:
    """A state, how long it is looked at, and what is pressed then ("" where it goes on without)."""

    state: str
    seconds: float
    press: str = ""


STORIES = {
    "works": (
        Scene("key-empty", 1.4),
        Scene("key-pasted", 1.0, "next"),
        Scene("checking", 1.0),
        Scene("works", 1.2, "next"),
        Scene("use-key", 3.4),
    ),
    "blocked": (
        Scene("key-pasted", 1.0, "next"),
        Scene("checking", 0.9),
        Scene("trap", 3.6, "check.way.second"),
        Scene("checking", 0.9),
        Scene("works", 1.2, "next"),
        Scene("use-key", 2.4),
    ),
}


class Film:
    """Frames with their times."""

    def __init__(self) -> None:
        self.frames: list[Image.Image] = []
        self.times: list[int] = []
        self.place = (0.7, 0.72)  # of the pointer, as a share of the window

    def add(self, image: Image.Image, milliseconds: int) -> None:
        self.frames.append(image)
        self.times.append(milliseconds)

    def scene(self, window: Driver, scene: Scene) -> None:
        shown = image_of(window)
        if not scene.press:
            self.add(with_pointer(shown, self.place), round(scene.seconds * 1000))
            return
        start, end = self.place, middle_of(window, scene.press)
        self.add(with_pointer(shown, start), round(scene.seconds * 1000))
        for number in range(1, GLIDE + 1):
            part = 1 - (1 - number / GLIDE) ** 3  # fast, then slower, as a hand does it
            there = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            self.add(with_pointer(shown, there), FRAME)
        for ring in (0.5, 1.0):
            self.add(with_pointer(shown, end, ring), 2 * FRAME)
        self.place = end

    def save(self, file: Path) -> int:
        first, *others = self.frames
        first.save(
            file,
            save_all=True,
            append_images=others,
            duration=self.times,
            loop=0,
            lossless=True,
            quality=100,
            method=3,
        )
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise SystemExit(f"{file.name} has {size:,} bytes, more than {MOST_BYTES:,}")
        return size


def image_of(window: Driver) -> Image.Image:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture(window, window.devicePixelRatioF()).save(buffer, "BMP")
    image = Image.open(BytesIO(bytes(buffer.data().data()))).convert("RGB")
    return image.quantize(128, dither=Image.Dither.NONE).convert("RGB")


def middle_of(window: Driver, identifier: str) -> tuple[float, float]:
    """Where a control is, as a share of the window."""
    found = [one for one in window.findChildren(QWidget, identifier) if one.isVisibleTo(window)]
    if len(found) != 1:
        raise SystemExit(f"{len(found)} controls are called {identifier!r}: correct STORIES")
    at = found[0].mapTo(window, QPoint(found[0].width() * 2 // 3, found[0].height() * 2 // 3))
    return at.x() / window.width(), at.y() / window.height()


#: The usual arrow, from its tip, in pixels at 1x.
ARROW = ((0, 0), (0, 17), (4, 13), (7, 19), (9.5, 18), (6.6, 12.2), (12, 12))


def with_pointer(image: Image.Image, place: tuple[float, float], ring: float = 0) -> Image.Image:
    shown = image.copy()
    draw, unit = ImageDraw.Draw(shown, "RGBA"), float(SCALE)
    x, y = place[0] * shown.width, place[1] * shown.height
    if ring:
        radius = 18 * unit * ring
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            outline=(90, 140, 255, 230),
            width=round(2 * unit),
        )
    tip = [(x + px * unit, y + py * unit) for px, py in ARROW]
    draw.polygon(tip, fill=(20, 20, 24, 255))
    draw.line([*tip, tip[0]], fill=(255, 255, 255, 255), width=round(1.2 * unit))
    return shown


def make(folder: Path) -> None:
    prepare("light")
    for name, story in STORIES.items():
        for scheme in ("light", "dark"):
            film = Film()
            for scene in story:
                THEME.force(scheme)
                window = bring(scene.state)
                film.scene(window, scene)
                away(window)
            file = folder / f"{name}{'' if scheme == 'light' else '-dark'}.webp"
            print(f"{film.save(file):>9,} bytes, {sum(film.times) / 1000:.1f} s  {file.name}")


def main() -> int:
    if os.environ.get("QT_SCALE_FACTOR") != SCALE:  # Qt takes it only at the start
        command = [sys.executable, "-m", "tests.gui.moving_pictures", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, "QT_SCALE_FACTOR": SCALE}).returncode
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    make(folder)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
