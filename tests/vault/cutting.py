"""The real command cut short, or refused by the system, at each of its effects: a small library that is preloaded.

`python -m tests.vault.cutting --runs N` is the long form (part of `make kills`): kill -9 before and after each send, write,
rename, link, unlink, fsync and mkdir of add, rotate, rollback, remove (--previous, too), connect and disconnect, against a
real GNOME Keyring and the loopback Google. Afterwards `get` and `list` agree, one whole credential is there, the next
start clears up, and a place is whole.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.program import COMMAND, Done, Program
from tests.loopback import Google
from tests.secretservice import SecretService

SOURCE = Path(__file__).with_name("cutting.c")
RECOVER = "from gemini_setup.actions import check_and_keep as actions; actions.recover(actions.AppContext())"


def is_possible() -> bool:
    return sys.platform.startswith("linux") and shutil.which("gcc") is not None


def compiled(folder: Path) -> Path:
    library = folder / "cutting.so"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", str(library), str(SOURCE), "-ldl"], check=True
    )
    return library


@dataclass
class Stage:
    """A keyring, a Google and a home; `library` is preloaded where a run is to be cut."""

    program: Program
    google: Google
    service: SecretService
    library: Path
    keys: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return Path(self.program.environ["HOME"])

    @property
    def env(self) -> Path:
        return self.home / "project" / ".env"

    def key(self) -> str:
        text: str = self.google.studio_key().text
        self.keys.append(text)
        return text

    def add(self, text: str) -> None:
        done = self.program("add", "studio", "--no-generate", text=text)
        assert done.code == 0, done.err

    def empty(self) -> None:
        """As on a new computer."""
        self.service.tool("clear", "application", "Python keyring library")
        shutil.rmtree(self.home / ".local/share/gemini-setup", ignore_errors=True)
        shutil.rmtree(self.env.parent, ignore_errors=True)
        self.env.parent.mkdir(parents=True)

    def cut(self, at: int, *arguments: str, text: str = "") -> tuple[bool, int]:
        """Whether it was killed, and how many points it passed."""
        count = self.home / "points"
        count.unlink(missing_ok=True)
        environ = {
            **self.program.environ,
            "LD_PRELOAD": str(self.library),
            "CUT_AT": str(at),
            "CUT_COUNT": str(count),
        }
        done = subprocess.run(
            [*COMMAND, *arguments], input=text.encode(), env=environ, capture_output=True, timeout=60
        )
        return done.returncode == -9, int(count.read_text() or "0") if count.exists() else 0

    def refused(self, number: int, *arguments: str, calls: str = "", text: str = "") -> Done:
        """With a system that refuses every change of our own folder by this number."""
        return self.program(
            *arguments,
            text=text,
            LD_PRELOAD=str(self.library),
            FAIL_ERRNO=str(number),
            FAIL_CALLS=calls,
            FAIL_BELOW=str(self.home / ".local/share/gemini-setup"),
        )

    def start(self) -> None:
        """What the next start of the window does first."""
        subprocess.run(
            [sys.executable, "-c", RECOVER],
            env=self.program.environ,
            check=True,
            capture_output=True,
            timeout=60,
        )

    def rows(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.program("list", "--json").out)["profiles"]
        return found


@dataclass(frozen=True)
class Act:
    """`prepare` makes the state that it begins in and returns the command and its input."""

    name: str
    prepare: Callable[[Stage], tuple[tuple[str, ...], str]]
    gone: bool = False  # nothing may be left of it afterwards


def _first(stage: Stage) -> tuple[tuple[str, ...], str]:
    return ("add", "studio", "--no-generate"), stage.key()


def _rotate(stage: Stage) -> tuple[tuple[str, ...], str]:
    stage.add(stage.key())
    assert stage.program("connect", "dotenv", "--file", str(stage.env), "--yes").code == 0
    return _first(stage)


def _twice(stage: Stage, *command: str) -> tuple[tuple[str, ...], str]:
    stage.add(stage.key())
    stage.add(stage.key())
    return command, ""


def _deliver(stage: Stage) -> tuple[tuple[str, ...], str]:
    stage.add(stage.key())
    stage.env.write_text("A=1\n")
    return ("connect", "dotenv", "--file", str(stage.env), "--yes"), ""


def _undo(stage: Stage) -> tuple[tuple[str, ...], str]:
    command, _ = _deliver(stage)
    assert stage.program(*command).code == 0
    return ("disconnect", "dotenv", "--yes"), ""


ACTS = (
    Act("add", _first, gone=True),
    Act("rotate", _rotate),
    Act("rollback", lambda stage: _twice(stage, "rollback", "default", "--force")),
    Act("forget", lambda stage: _twice(stage, "remove", "default", "--previous", "--yes", "--force")),
    Act("remove", lambda stage: _twice(stage, "remove", "default", "--yes"), gone=True),
    Act("connect", _deliver),
    Act("undo", _undo),
)


def wrong(stage: Stage, act: Act) -> str:
    """What is wrong after a kill, or ""."""
    for when in ("at once", "after the next start"):
        got = stage.program("get")
        rows = stage.rows()
        if got.code == 0 and got.out.strip() not in stage.keys:
            return f"{when}: get prints what never was a key"
        if got.code not in ((0, 1) if act.gone else (0,)):
            return f"{when}: get ends with {got.code}: {got.err}"
        # A kill between the keyring and the list leaves `open`, by which the next start finds it.
        if got.code == 0 and not rows and not _open(stage):
            return f"{when}: get prints a key that the list does not know"
        if got.code != 0 and rows and not any(row["removing"] for row in rows):
            return f"{when}: get ends with {got.code}, and the list has {len(rows)} rows"
        if when == "at once":
            stage.start()
    left = [path.name for path in stage.env.parent.iterdir() if path.name != ".env"]
    if left:
        return f"left in the project: {left}"
    text = stage.env.read_text() if stage.env.exists() else ""
    if text and not text.endswith("\n"):
        return "the place is not whole"
    if act.name == "rotate" and got.out.strip() not in text:
        return "the place did not follow"
    return ""


def _open(stage: Stage) -> bool:
    index = stage.home / ".local/share/gemini-setup/profiles.json"
    return index.exists() and bool(json.loads(index.read_text())["open"])


def campaign(stage: Stage, runs: int, chance: random.Random, only: str = "") -> tuple[int, list[str]]:
    """How many were killed, and what was wrong."""
    killed, found = 0, list[str]()
    chosen = [act for act in ACTS if only in ("", act.name)]
    for number, act in enumerate(chosen):
        stage.empty()
        command, text = act.prepare(stage)
        _, points = stage.cut(-1, *command, text=text)
        share = (runs - killed) // (len(chosen) - number)
        if points < 10:
            found.append(f"{act.name}: only {points} points")
        for at in sorted(chance.sample(range(points), min(points, share))):
            stage.empty()
            command, text = act.prepare(stage)
            dead, _ = stage.cut(at, *command, text=text)
            killed += dead
            if said := wrong(stage, act):
                found.append(f"{act.name}: point {at} of {points}: {said}")
    return killed, found


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=70)
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    seed = random.SystemRandom().randrange(2**32)
    with Google() as google, SecretService() as service, tempfile.TemporaryDirectory() as folder:
        stage = Stage(Program(google, service, {}), google, service, compiled(Path(folder)))
        killed, found = campaign(stage, options.runs, random.Random(seed), options.only)
    print(f"{killed} commands killed at their effects (seed {seed}): {len(found)} wrong")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
