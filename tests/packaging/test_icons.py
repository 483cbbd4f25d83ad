"""The icons of the three systems come from one drawing, which is the mark that the window draws."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PIL import Image, ImageChops
from PIL.IcoImagePlugin import IcoImageFile
from PySide6.QtWidgets import QApplication

from gemini_setup.gui.style import icons
from tests.gui import pictures

ICONS = Path(__file__).parents[2] / "packaging" / "icons"


def windows(folder: Path) -> dict[int, Image.Image]:
    with Image.open(folder / "icon.ico") as file:
        assert isinstance(file, IcoImageFile)
        return {side: file.ico.getimage((side, side)).convert("RGBA") for side, _ in file.info["sizes"]}


def macos(folder: Path) -> dict[str, Image.Image]:
    """Each picture of the icns by its type, read by the format's description, without the library that wrote it."""
    content = (folder / "icon.icns").read_bytes()
    magic, length = struct.unpack(">4sI", content[:8])
    assert magic == b"icns"
    assert length == len(content)
    found: dict[str, Image.Image] = {}
    at = 8
    while at < length:
        kind, size = struct.unpack(">4sI", content[at : at + 8])
        if content[at + 8 : at + 16] == b"\x89PNG\r\n\x1a\n":
            piece = folder / f".{kind.decode()}.png"
            piece.write_bytes(content[at + 8 : at + size])
            with Image.open(piece) as image:
                found[kind.decode()] = image.convert("RGBA")
        at += size
    return found


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of a channel, 0 to 255: pictures of one drawing by two releases of Qt differ at edges."""
    assert one.size == other.size
    pixels = ImageChops.difference(one, other).tobytes()
    return sum(pixels) / len(pixels)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("icons")
    subprocess.run([sys.executable, str(ICONS / "make"), str(folder)], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("committed")
    for name in ("icon.ico", "icon.icns", "icon.png"):
        (folder / name).write_bytes((ICONS / name).read_bytes())
    return folder


def test_the_committed_icons_are_those_of_the_drawing(made: Path, committed: Path) -> None:
    again, kept = windows(made), windows(committed)
    assert (
        set(kept) == set(again) == {16, 20, 24, 32, 40, 48, 64, 256}
    )  # 100, 125, 150 and 200 % of 16, 32 and 48
    retina, kept_retina = macos(made), macos(committed)
    # From 16 points at twice the density to 512 at twice.
    assert {kind: image.width for kind, image in kept_retina.items()} == {
        "ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024,
    }  # fmt: skip
    pairs = [(kept[side], again[side]) for side in kept]
    pairs += [(kept_retina[kind], retina[kind]) for kind in kept_retina]
    with Image.open(committed / "icon.png") as one, Image.open(made / "icon.png") as other:
        pairs.append((one.convert("RGBA"), other.convert("RGBA")))
    assert pairs[-1][0].size == (256, 256)
    for first, second in pairs:
        assert difference(first, second) < 0.2, first.size


def test_they_are_the_mark_of_the_window(committed: Path, qapp: QApplication, tmp_path: Path) -> None:
    pictures.prepare("light")
    shown = tmp_path / "window.png"
    icons.app_icon().pixmap(256, 256).save(str(shown))
    with Image.open(shown) as window:
        assert difference(window.convert("RGBA"), windows(committed)[256]) < 0.1


def test_macos_gets_its_margin(committed: Path) -> None:
    left, top, right, bottom = macos(committed)["ic10"].getchannel("A").getbbox() or (0, 0, 0, 0)
    assert (left, top, 1024 - right, 1024 - bottom) == (100, 100, 100, 100)
    assert windows(committed)[16].getchannel("A").getbbox() == (0, 0, 16, 16)  # no pixel to give away
