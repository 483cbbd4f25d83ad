"""The lock of one system, read for the tests: which file may be installed, by which hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

LOCKS = Path(__file__).parents[2] / "packaging" / "locks"
SYSTEMS = ("linux", "windows", "macos")


@dataclass(frozen=True)
class Locked:
    requirement: Requirement
    files: tuple[str, ...]  # of the comment lines
    hashes: tuple[str, ...]

    @property
    def name(self) -> NormalizedName:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> Version:
        (only,) = self.requirement.specifier
        assert only.operator == "=="
        return Version(only.version)

    @property
    def tags(self) -> tuple[frozenset[Tag], ...]:
        """Of each wheel, those that it says it fits."""
        return tuple(parse_wheel_filename(file)[3] for file in self.files)


def read(name: str) -> dict[NormalizedName, Locked]:
    """The requirements of `packaging/locks/<name>.txt`, in the order of the file."""
    text = (LOCKS / f"{name}.txt").read_text()
    found = {}
    files: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("# "):
            files.append(line[2:])
        elif not line.startswith("--"):
            wanted, *hashes = re.split(r"\s+--hash=sha256:", line.rstrip())
            locked = Locked(Requirement(wanted), tuple(files), tuple(hashes))
            found[locked.name] = locked
            files = []
    return found
