"""`make bench`: the figures of speed, each side by side with its floor in one run; printed with their aims, never asserted.

Ours and the floor take turns, so that a machine that is busy for a while is busy for both. A ratio is the median of the
pairs' ratios; beside it stand the medians, and the quickest run of each, which is nearest to what it costs by itself.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.e2e.conftest import installed_command
from tests.e2e.desktop import Desktop

RUNS = int(os.environ.get("RUNS", "15"))
BEATS = min(5, RUNS)
HERE = Path(__file__).parent


# ---------------------------------------------------------------- the table


def verdict(value: float, aim: float | None) -> str:
    if aim is None:
        return ""
    return f"{aim:>7.2f}  {'MET' if round(value, 2) <= aim else 'MISSED'}"


def head(title: str, *columns: str) -> None:
    print(f"\n{title:<52}" + "".join(f"{column:>17}" for column in columns), flush=True)


def side_by_side(
    what: str, ours: Sequence[float], floor: Sequence[float], aim: float | None, unit: str
) -> None:
    """A line with both medians (and the least), and the median of the ratios pair by pair."""
    ratio = statistics.median(a / b for a, b in zip(ours, floor, strict=True))

    def shown(taken: Sequence[float]) -> str:
        return f"{statistics.median(taken):>8.1f} ({min(taken):.1f})"

    print(f"{f'{what}, {unit}':<52}{shown(ours):>17}{shown(floor):>17}{ratio:>8.2f}"
          f"{min(ours) / min(floor):>9.2f} {verdict(ratio, aim)}", flush=True)  # fmt: skip


def gaps(what: str, name: str, found: Sequence[dict[str, float]], aim: float | None) -> None:
    """A line with the gaps (median, least, worst) and the CPU in them (median, least), against a limit for the gap."""
    taken, costs = [one[name] for one in found], [one[f"{name} cpu"] for one in found]
    median = statistics.median(taken)
    print(f"{what:<52}{f'{median:>8.1f} ({min(taken):.1f})':>17}"
          f"{f'{statistics.median(costs):>8.1f} ({min(costs):.1f})':>17}{max(taken):>8.1f}{'':>9} "
          f"{verdict(median, aim)}", flush=True)  # fmt: skip


# ---------------------------------------------------------------- what is run


def python(desktop: Desktop, program: str, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, str(HERE / program), *arguments],
        env={**desktop.env, **environ},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout.splitlines()[-1]


def frame(desktop: Desktop, program: str) -> tuple[float, ...]:
    """From starting a Python program to its first painted frame: milliseconds, milliseconds of CPU, MiB by then: resident
    ones, and the process's share of them.
    """
    began = time.time()
    painted, cpu, *memory = map(float, python(desktop, program).split())
    return (painted - began) * 1000, cpu * 1000, *memory


def wall(desktop: Desktop, *command: str) -> float:
    """Milliseconds of a whole process."""
    began = time.perf_counter()
    subprocess.run(command, env=desktop.env, capture_output=True, timeout=60, check=True)
    return (time.perf_counter() - began) * 1000


def asked(desktop: Desktop, program: str, kind: str) -> str:
    """What a program prints that asks a loopback Google of its own, which takes 100 ms for each answer."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        arguments = [told[kind]] if program == "chain.py" else [kind, told[kind]]
        try:
            return python(desktop, program, *arguments, **told["environ"])
        finally:
            server.kill()


# ---------------------------------------------------------------- the figures


def first_frame(desktop: Desktop) -> list[tuple[float, ...]]:
    """Returns the bare window's figures."""
    ours, floor = [], []
    for number in range(RUNS + 1):
        pair = (frame(desktop, "wizard_window.py"), frame(desktop, "bare_window.py"))
        if number:  # the first round warms the disk
            ours.append(pair[0])
            floor.append(pair[1])
    head("against a bare QWidget", "ours: med (min)", "floor: med (min)", "ratio  min/min  aim")
    rows: tuple[tuple[str, str, float | None], ...] = (
        ("first painted frame", "ms", 1.25), ("the same, CPU alone", "ms", None),
        ("resident memory at the first frame", "MiB", 1.8), ("its share, where pages are shared", "MiB", None),
    )  # fmt: skip
    for place, (what, unit, aim) in enumerate(rows):
        side_by_side(what, [one[place] for one in ours], [one[place] for one in floor], aim, unit)
    return floor


def in_the_window(bare: Sequence[tuple[float, ...]]) -> None:
    found: dict[str, list[dict[str, float]]] = {"key": [], "file": []}
    for _ in range(BEATS):
        for kind, taken in found.items():
            with (
                desk() as desktop
            ):  # of its own: each run keeps a credential, and the list of them is a page, too
                taken.append(json.loads(asked(desktop, "heartbeat.py", kind)))
    for kind, what in (("key", "AI Studio"), ("file", "Vertex AI")):
        rows: tuple[tuple[str, str, float | None], ...] = (
            ("rss", f"resident memory after a whole run, {what}", 1.8), ("pss", "its share, where pages are shared", None)
        )  # fmt: skip
        for place, (name, called, aim) in enumerate(rows):
            floor = [one[2 + place] for one in bare[:BEATS]]
            side_by_side(called, [one[name] for one in found[kind]], floor, aim, "MiB")
    head(
        "largest gap of a 5 ms heartbeat in the window, ms",
        "med (min)",
        "CPU in it",
        "  worst            aim",
    )
    for kind, what in (("key", "AI Studio"), ("file", "Vertex AI")):
        for name, called, aim in (("idle", "nothing happens", None), ("check", "check and keep", 16.0)):
            gaps(f"{called}, {what}", name, found[kind], aim)
    for name, called in (("scheme", "the scheme is switched"), ("language", "the language is switched")):
        gaps(called, name, [*found["key"], *found["file"]], 60.0)


def checks(desktop: Desktop) -> None:
    head("a check, 100 ms for each answer", "ours: med (min)", "floor: med (min)", "ratio  min/min  aim")
    for kind, what in (("key", "AI Studio, two requests"), ("file", "Vertex AI, three requests")):
        rounds = json.loads(asked(desktop, "chain.py", kind))
        side_by_side(what, [one[0] for one in rounds], [one[1] for one in rounds], 1.15, "ms")


def commands(desktop: Desktop) -> None:
    secret = "benchmark-only-" + "x" * 38
    service = "gemini-credentials:v1/default.key"
    store = ["secret-tool", "store", "--label=bench", "service", service, "username", "default"]
    subprocess.run(store, env=desktop.env, input=secret, text=True, check=True)
    document = {
        "schema": "gemini-credentials/1", "generation": 1, "created": "2026-11-20T17:00:00Z", "kind": "api_key",
        "service": "studio", "project": None, "location": None, "endpoints": None,
        "credential": {"api_key": secret},
    }  # fmt: skip
    store[4] = "gemini-credentials:v1/default.current"
    subprocess.run(
        store, env=desktop.env, input=json.dumps(document, separators=(",", ":")), text=True, check=True
    )
    get, beside = [installed_command(), "get"], Path(sys.executable)
    keyring = [str(beside.with_name("keyring")), "get", service, "default"]
    others: dict[str, tuple[list[str], float | None]] = {
        "keyring get": (keyring, 0.6),
        "secret-tool lookup": (["secret-tool", "lookup", "service", service, "username", "default"], None),
        "python -c pass": ([sys.executable, "-c", "pass"], None),
    }
    if llm := os.environ.get("LLM"):  # `llm` of a venv of its own: it is not among what the tests install
        others["llm keys get"] = ([llm, "keys", "get", "gemini"], None)
        subprocess.run([llm, "keys", "set", "gemini", "--value", secret], env=desktop.env, check=True)
    runs: dict[str, Callable[[], float]] = {
        "get": lambda: wall(desktop, *get),
        "help": lambda: wall(desktop, installed_command(), "--help"),
        **{name: partial(wall, desktop, *command) for name, (command, _) in others.items()},
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(RUNS + 1):
        for name, run in runs.items():
            taken = run()
            if number:
                times[name].append(taken)
    head("the command line", "ours: med (min)", "floor: med (min)", "ratio  min/min  aim")
    for name, (_, aim) in others.items():
        side_by_side(f"gemini-setup get, against {name}", times["get"], times[name], aim, "ms")
    side_by_side(
        "gemini-setup --help, against python -c pass", times["help"], times["python -c pass"], 4.0, "ms"
    )


def texts() -> None:
    """A paste of a megabyte: the window explains it in its own thread, so it has half a second (500 ms)."""
    from gemini_setup.actions.explanation import explain
    from tests.core.growth import seconds
    from tests.core.test_linear import answers_of, log_of

    head("a megabyte to explain", "ours: med (min)", "floor: med (min)", "ratio  min/min")
    wanted = re.compile(r"[A-Za-z0-9_.-]{39,}")
    for name, text in (("a log", log_of(1_000_000)), ("answers of Google's", answers_of(1_000_000))):
        explain(text[:1000])
        pairs = [
            (seconds(lambda text=text: explain(text)), seconds(lambda text=text: wanted.findall(text)))  # type: ignore[misc]
            for _ in range(BEATS)
        ]
        side_by_side(
            f"{name}, against one look for one pattern",
            [1000 * ours for ours, _ in pairs],
            [1000 * floor for _, floor in pairs],
            None,
            "ms of CPU",
        )


def tricks(desktop: Desktop) -> None:
    """What each trick of the window saves: once it saves nothing, it goes (docs/speed.md)."""
    head("ms of CPU, with the trick and without", "with: med (min)", "without: med (min)", "ratio  min/min")
    for name, what in (
        ("import", "PySide's __import__ is taken out"),
        ("collector", "the collector is off until the first pages stand"),
        ("heirs", "PySide's classes are made before the first key press"),
        ("fill", "drawRect in place of fillRect"),
        ("style", "the style is named when the application is made"),
    ):
        pairs = [
            [float(python(desktop, "trick.py", name, how)) for how in ("on", "off")] for _ in range(BEATS)
        ]
        side_by_side(what, [max(on, 0.01) for on, _ in pairs], [off for _, off in pairs], None, "ms")


@contextmanager
def desk() -> Iterator[Desktop]:
    with Desktop() as desktop:
        desktop.env.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's Python keeps its compiled modules
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        desktop.env.update(PYTHONPATH=str(HERE.parents[1]), PATH=path)
        yield desktop


def main() -> None:
    with desk() as desktop:
        bare = first_frame(desktop)
    in_the_window(bare)
    with desk() as desktop:
        checks(desktop)
        commands(desktop)
        tricks(desktop)
    texts()


if __name__ == "__main__":
    main()
