"""What a run reports while it writes. Facts and ids only; the words are `provision.waits` and `provision.acts`."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_setup.model.made import Made
from gemini_setup.provision.plan import Write


@dataclass(frozen=True, slots=True)
class Began:
    """A write is about to be made: `number` of `count`, from 1."""

    write: Write
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Google needs time: `what` is an id of `provision.waits`; `left` seconds at the most, from now."""

    what: str
    left: float


@dataclass(frozen=True, slots=True)
class Wrote:
    """A write is made. `already`: it was so before, and nothing was changed."""

    write: Write
    made: tuple[Made, ...] = ()
    already: bool = False


Progress = Began | Waits | Wrote
