"""`make endurance`: long runs, in parts. `python -m tests.endurance [PART...] [--seconds S] [--seed N] [--runs N]`

The monkey runs S seconds in each of its parts, from seed N on; a seed that found something finds it again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

from tests.conftest import without_foreign_variables
from tests.endurance.world import Kind
from tests.loopback import Google

PARTS = ("monkey-memory", "monkey-private", "monkey-keyring", "wizards", "cores")
#: Kilobytes that a run may leave behind on average: a leak of a page or a worker is a hundred times that.
_MEMORY = 12.0
#: Python's objects, and things of the system.
_OBJECTS, _THINGS = 2.0, 0.02
_LIVES, _STEPS = 8, 60


def monkey(kind: Kind, seconds: float, seed: int) -> bool:
    """Lives of the monkey until the time is over; False when one of them broke something."""
    import hypothesis.core
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.stateful import run_state_machine_as_test

    from tests.endurance.machine import machine
    from tests.gui import pictures

    pictures.prepare("light")
    end, began, steps = time.monotonic() + seconds, time.monotonic(), 0
    first = seed
    with Google() as google:
        while time.monotonic() < end:
            life = machine(google, kind)
            setattr(hypothesis.core, "global_force_seed", seed)  # noqa: B010 - typed as None
            try:
                run_state_machine_as_test(
                    life,
                    settings=settings(
                        max_examples=_LIVES,
                        stateful_step_count=_STEPS,
                        deadline=None,
                        database=None,
                        phases=(Phase.generate,),
                        suppress_health_check=list(HealthCheck),
                    ),
                )
            except Exception as error:  # noqa: BLE001 - whatever broke is the finding
                for found in getattr(
                    error, "exceptions", (error,)
                ):  # a group where it could not be done again
                    print(f"\n{type(found).__name__}: {found}", flush=True)
                print(f"found with --seed {seed} on {kind}", flush=True)
                return False
            steps += life.steps  # type: ignore[attr-defined]
            seed += 1
            print(
                f"monkey on {kind}: {steps} steps, {time.monotonic() - began:.0f} s, next seed {seed}",
                flush=True,
            )
    print(f"monkey on {kind}: nothing broke in {steps} steps, seeds {first} to {seed - 1}", flush=True)
    return True


def on_a_desktop(arguments: list[str]) -> bool:
    """The same under an X server, with a window manager, the accessibility bus and GNOME Keyring."""
    from tests.e2e.desktop import Desktop

    with Desktop() as desktop:
        done = subprocess.run(
            [sys.executable, "-m", "tests.endurance", *arguments], env=desktop.env, check=False
        )
    return done.returncode == 0


def repeated(what: str, run: Callable[..., None], runs: int) -> bool:
    from tests.endurance.runs import growth
    from tests.endurance.world import world

    began = time.monotonic()
    with Google() as google, world(google) as made:
        found = growth(lambda number: run(made, number), runs, warm=12)
    ok = (
        found.memory <= _MEMORY
        and found.objects <= _OBJECTS
        and max(found.wrappers, found.threads, found.files) <= _THINGS
    )
    print(
        f"{runs} {what}, {time.monotonic() - began:.0f} s; each leaves {found.memory:.1f} KB, {found.objects:.2f} objects, "
        f"{found.wrappers:.2f} of Qt's, {found.threads:.2f} threads, {found.files:.2f} files; at the end "
        f"{found.last.memory / 1024:.0f} MB{'' if ok else f' - too much: {found.kinds}'}",
        flush=True,
    )
    return ok


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("ENDURANCE_SECONDS") or 600))
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000 * 100)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    for name in set(os.environ) - set(without_foreign_variables(dict(os.environ))):
        del os.environ[name]
    if not asked.here:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    good = True
    for part in asked.parts or PARTS:
        if part == "monkey-keyring" and not asked.here:
            good &= on_a_desktop([part, "--here", "--seconds", str(asked.seconds), "--seed", str(asked.seed)])
        elif part == "monkey-keyring":
            good &= monkey("keyring", asked.seconds, asked.seed)
        elif part == "monkey-private":
            good &= monkey("private", asked.seconds, asked.seed)
        elif part == "monkey-memory":
            good &= monkey("memory", asked.seconds, asked.seed)
        elif part == "wizards":
            from tests.endurance.runs import wizard_run
            from tests.gui import pictures

            pictures.prepare("light")
            good &= repeated("wizards", wizard_run, asked.runs)
        elif part == "cores":
            from tests.endurance.runs import core_run

            good &= repeated("runs of the core", core_run, asked.runs)
        else:
            parser.error(f"no part {part!r}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
