"""`make bench`: the figures of speed, each side by side with its floor in one run; medians, never asserted."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.conftest import installed_command
from tests.e2e.desktop import Desktop

RUNS = 11
HERE = Path(__file__).parent


def frame(desktop: Desktop, program: str) -> float:
    """Milliseconds from starting a Python program to its first painted frame."""
    began = time.time()
    done = subprocess.run(
        [sys.executable, str(HERE / program)],
        env=desktop.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return (float(done.stdout.split()[-1]) - began) * 1000


def wall(desktop: Desktop, *command: str) -> float:
    """Milliseconds of a whole process."""
    began = time.perf_counter()
    subprocess.run(command, env=desktop.env, capture_output=True, timeout=60, check=True)
    return (time.perf_counter() - began) * 1000


def side_by_side(ours: list[float], floor: list[float]) -> tuple[float, float, float]:
    """Medians of both, and the median of the ratios pair by pair: the machine's drift falls out of it."""
    return (
        statistics.median(ours),
        statistics.median(floor),
        statistics.median(a / b for a, b in zip(ours, floor, strict=True)),
    )


def heartbeat(desktop: Desktop, kind: str) -> dict[str, float]:
    """The largest gap of a 5 ms heartbeat on the GUI thread during a whole check, and the check's time; milliseconds."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        try:
            done = subprocess.run(
                [sys.executable, str(HERE / "heartbeat.py"), kind, told[kind]],
                env={**desktop.env, **told["environ"]},
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
        finally:
            server.kill()
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    print(f"{'what':<46}{'ours':>10}{'floor':>10}{'ratio':>8}{'aim':>8}")

    def row(what: str, ours: float, floor: float | None, ratio: float | None, aim: str) -> None:
        other = f"{floor:>7.1f} ms" if floor is not None else f"{'':>10}"
        print(f"{what:<46}{ours:>7.1f} ms{other}{f'{ratio:.2f}' if ratio else '':>8}{aim:>8}", flush=True)

    with Desktop() as desktop:
        desktop.env.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's Python keeps its compiled modules
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        desktop.env.update(PYTHONPATH=str(HERE.parents[1]), PATH=path)
        frame(desktop, "bare_window.py"), frame(desktop, "wizard_window.py")  # warm disk
        ours, floor = [], []
        for _ in range(RUNS):
            floor.append(frame(desktop, "bare_window.py"))
            ours.append(frame(desktop, "wizard_window.py"))
        row("first painted frame, against a bare QWidget", *side_by_side(ours, floor), "1.50")

        for kind, what in (("key", "AI Studio key"), ("file", "Vertex AI file, RSA load named below")):
            beats = [heartbeat(desktop, kind) for _ in range(5)]
            row(
                f"largest heartbeat gap, {what}",
                statistics.median(b["gap"] for b in beats),
                None,
                None,
                "16 ms",
            )
            print(f"{'':<4}worst of {len(beats)} runs {max(b['gap'] for b in beats):.1f} ms, idle "
                  f"{statistics.median(b['idle'] for b in beats):.1f} ms, whole check "
                  f"{statistics.median(b['check'] for b in beats):.0f} ms")  # fmt: skip

        secret = "benchmark-only-" + "x" * 38
        store = ["secret-tool", "store", "--label=bench", "service", "gemini-credentials:v1/default.key",
                 "username", "default"]  # fmt: skip
        subprocess.run(store, env=desktop.env, input=secret, text=True, check=True)
        head = {
            "schema": "gemini-credentials/1", "generation": 1, "created": "2026-11-20T17:00:00Z", "kind": "api_key",
            "service": "studio", "project": None, "location": None, "endpoints": None,
            "credential": {"api_key": secret},
        }  # fmt: skip
        store[4] = "gemini-credentials:v1/default.current"
        subprocess.run(
            store, env=desktop.env, input=json.dumps(head, separators=(",", ":")), text=True, check=True
        )
        get = [installed_command(), "get"]
        beside = Path(sys.executable)
        service = "gemini-credentials:v1/default.key"
        others = {
            "keyring get": ([str(beside.with_name("keyring")), "get", service, "default"], "0.40"),
            "secret-tool lookup": (["secret-tool", "lookup", "service", service, "username", "default"], ""),
            "python -c pass": ([sys.executable, "-c", "pass"], ""),
        }
        if llm := os.environ.get("LLM"):  # `llm` of a venv of its own: it is not among what the tests install
            others["llm keys get"] = ([llm, "keys", "get", "gemini"], "")
            subprocess.run([llm, "keys", "set", "gemini", "--value", secret], env=desktop.env, check=True)
        times: dict[str, list[float]] = {name: [] for name in others}
        ours, helped = [], []
        for number in range(RUNS + 1):
            for name, (command, _) in others.items():
                times[name].append(wall(desktop, *command))
            ours.append(wall(desktop, *get))
            helped.append(wall(desktop, installed_command(), "--help"))
            if not number:  # the first round warms the disk
                for taken in (*times.values(), ours, helped):
                    taken.clear()
        for name, (_, aim) in others.items():
            row(f"gemini-setup get, against {name}", *side_by_side(ours, times[name]), aim)
        row(
            "gemini-setup --help, against python -c pass",
            *side_by_side(helped, times["python -c pass"]),
            "4.00",
        )


if __name__ == "__main__":
    main()
