"""Both who stand outside: the person who knows only the accessibility tree, and the ear that hears what it is told."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.e2e.conftest import SYSTEM_PYTHON, how_it_is, installed_command
from tests.e2e.desktop import Desktop
from tests.waiting import PATIENCE

_HERE = Path(__file__).parent
FOCUSED = "object:state-changed:focused"
ANNOUNCED = "object:announcement"


class Outside:
    """The wizard on a desktop with its reader and its ear. `log` is where the ear writes; `reads`: it reads the tree, too."""

    def __init__(
        self, desktop: Desktop, environ: dict[str, str], log: Path, *, reads: bool = False, profile: str = ""
    ) -> None:
        self.desktop = desktop
        self._log = log
        self._at = 0
        self.process = self._start(
            [installed_command(), *(("--profile", profile) if profile else ())],
            {**desktop.env, **environ, "PYTHONFAULTHANDLER": "1"},
        )
        self._ear_writes = log.open("wb")
        command = [SYSTEM_PYTHON, "-W", "ignore", str(_HERE / "ear.py"), str(self.process.pid)]
        self._ear = subprocess.Popen(
            [*command, *(("read",) if reads else ())],
            env=desktop.env, stdin=subprocess.PIPE, stdout=self._ear_writes, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = subprocess.Popen(
            [SYSTEM_PYTHON, "-W", "ignore", str(_HERE / "reader.py"), str(self.process.pid)],
            env=desktop.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._answer()
        end = time.monotonic() + 60
        while not self._lines("ready"):
            assert time.monotonic() < end, "nobody listens"
            time.sleep(0.05)

    def _start(self, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self._reader, self._ear, self.process):
            if process.poll() is None:
                process.kill()
            process.communicate()
        self._ear_writes.close()

    # ---- the reader

    def _answer(self) -> Any:
        assert self._reader.stdout is not None
        line = self._reader.stdout.readline()
        assert line, "the reader has gone"
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{answer['error']}; {how_it_is(self.process)}")
        return answer.get("answer")

    def ask(self, do: str, *arguments: object) -> Any:
        assert self._reader.stdin is not None
        self._reader.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
        self._reader.stdin.flush()
        return self._answer()

    def find(self, role: str, name: str, seconds: float = 60) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("find", role, name, seconds)
        return found

    def has_keyboard(self, role: str, name: str) -> None:
        """Wait until it has the keyboard."""
        end = time.monotonic() + PATIENCE
        while not self.find(role, name)["focused"]:
            assert time.monotonic() < end, f"the {role} {name!r} never got the keyboard"
            time.sleep(0.05)

    def page(self, title: str, seconds: float = 60) -> None:
        """Wait for the page of that title."""
        self.find("heading", title, seconds)

    def press(self, name: str, role: str = "push button") -> None:
        self.ask("press", role, name)

    def controls(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self.ask("controls")
        return told

    def fill(self, name: str, text: str) -> None:
        assert self.ask("fill", "text", name, text) == text

    # ---- the ear

    def _lines(self, kind: str = "", since: int = 0) -> list[dict[str, Any]]:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[since:]
        told = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [one for one in told if one["kind"].startswith(kind)]

    def listen(self) -> None:
        """What is heard from here on."""
        self._at = len(self._log.read_text(encoding="utf-8", errors="replace").splitlines())

    def heard(self, kind: str = "") -> list[dict[str, Any]]:
        """What was heard since `listen`."""
        return self._lines(kind, self._at)

    def everything(self) -> list[dict[str, Any]]:
        return self._lines()

    def hears(self, part: str, seconds: float = 60) -> str:
        """Wait until something with `part` in it has been announced since `listen`."""
        end = time.monotonic() + seconds
        while True:
            said = [one["text"] for one in self.heard(ANNOUNCED)]
            found = next((text for text in said if part in text), None)
            if found is not None:
                return str(found)
            assert time.monotonic() < end, f"{part!r} was not said, only {said}"
            time.sleep(0.05)

    # ---- the keyboard

    def tab(self, times: int) -> list[str]:
        """Press Tab so many times; the names of what got the keyboard, as they were heard."""
        self.listen()
        for _ in range(times):
            self.desktop.key("Tab")
            time.sleep(0.02)
        return self.keyboard_at(times)

    def keyboard_at(self, times: int = 1) -> list[str]:
        """What got the keyboard since `listen`. A busy machine tells late: fewer than `times` are waited for."""
        end = time.monotonic() + PATIENCE
        while len(heard := self._focused()) < times and time.monotonic() < end:
            time.sleep(0.05)
        return heard

    def _focused(self) -> list[str]:
        return [one["name"] for one in self.heard(FOCUSED) if one["on"] == 1]

    def ended(self, seconds: float = 60) -> int:
        return self.process.wait(seconds)
