"""kill -9 at every point: `python -m tests.vault.kills --runs N` (also `make kills`).

Each run is a process of its own that keeps, rotates, rolls back, forgets or removes, and is sent SIGKILL before or
after one operation of the keyring or of a file. Then a reader looks, the next start clears up, everything that the
store and our folder hold is searched for what must be gone, and the same command is run again. The same with the
keyring's daemon killed or locked in the middle, and with two programs that rotate at once.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gemini_setup.model.credentials import Access
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault import heads
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.removal import take_back
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService

from .grounds import GnomeGround, Ground, MacGround, PrivateGround, WindowsGround, forms, whole_store
from .samples import account, key

Act = Callable[[Vault], object]
Hook = Callable[[], None]

# Marks of five signs: no half of one secret is found in another.
OLDER, OLD, NEW = "kwzqv", "xjfhy", "bgmpd"
TOKEN = "ya29.of-the-old-" + "generation" * 3
PROFILE = "default"


def keeping(access: Access) -> Act:
    return lambda vault: vault.keep(PROFILE, access, outcome=Outcome.ACCEPTED, cause="works")


@dataclass(frozen=True)
class Scenario:
    """What was kept before, what is done, and what must be in use and previous afterwards (None: nothing)."""

    name: str
    history: tuple[Access, ...]
    act: Act
    now: Access | None
    before: Access | None

    @property
    def start(self) -> tuple[Access | None, Access | None]:
        return (self.history[-1] if self.history else None), (
            self.history[-2] if len(self.history) > 1 else None
        )


def scenarios() -> list[Scenario]:
    """Both kinds of credential, both ways between them, long ones; keep, rotate, roll back, forget, remove."""
    made = []
    kinds: dict[str, Callable[[str], Access]] = {
        "key": key,
        "account": account,
        "long": lambda mark: account(mark, 60),
    }
    for name, kind in kinds.items():
        made.append(Scenario(f"keep {name}", (), keeping(kind(NEW)), kind(NEW), None))
    for one, other in (("key", "key"), ("account", "account"), ("key", "account"), ("account", "key")):
        history = (kinds["long" if one == "account" else one](OLDER), kinds[one](OLD))
        rotated = kinds[other](NEW)
        made.append(Scenario(f"rotate {one} to {other}", history, keeping(rotated), rotated, history[1]))
        mixed = (kinds[other](OLDER), kinds[one](OLD))
        made.append(
            Scenario(f"roll back {one} to {other}", mixed, lambda v: v.rollback(PROFILE), mixed[0], mixed[1])
        )
        made.append(
            Scenario(
                f"forget {other} before {one}", mixed, lambda v: v.forget_previous(PROFILE), mixed[1], None
            )
        )
        made.append(Scenario(f"remove {one} after {other}", mixed, lambda v: v.remove(PROFILE), None, None))
    return made


@dataclass
class Tally:
    """`runs` of writers, `killed` of them by SIGKILL (or cut short by their keyring), `looks` while two rotated."""

    runs: int = 0
    killed: int = 0
    looks: int = 0
    points: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    died: int = 0  # daemons that ended by themselves

    def add(self, other: Tally) -> None:
        self.runs += other.runs
        self.killed += other.killed
        self.points.update(other.points)
        self.wrong += other.wrong
        self.died += other.died


# -- one run -------------------------------------------------------------------------------------------------

_FILE_STEPS = ("open", "write", "fsync", "fchmod", "replace", "rename", "unlink", "mkdir", "rmdir", "close")


def child(ground: Ground, act: Act, at: int, hook: Hook | None = None) -> tuple[bool, int]:
    """Do `act` in a process of its own and kill it at point `at` (or call `hook` there, which may kill another).

    (whether it was killed, how many points it has passed when it was not, -1 if it failed).
    """
    told, tell = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(told)
        code = 70
        try:
            code = _act(ground, act, at, hook, tell)
        finally:
            os._exit(code)
    os.close(tell)
    _, status = os.waitpid(process, 0)
    with os.fdopen(told, "rb") as answers:
        counted = int(answers.read() or b"-1")
    if os.WIFSIGNALED(status):
        return True, counted
    code = os.waitstatus_to_exitcode(status)
    return False, counted if code in (0, 4) else -1


def _act(ground: Ground, act: Act, at: int, hook: Hook | None, tell: int) -> int:
    passed = 0
    honest_write = os.write

    def point() -> None:
        nonlocal passed
        passed += 1
        if passed == at + 1:
            if hook is None:
                os.kill(os.getpid(), signal.SIGKILL)
            else:
                hook()

    def step(operation: Callable[[], Any]) -> Any:
        point()
        done = operation()
        point()
        return done

    def stepped(honest: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **named: step(lambda: honest(*args, **named))

    vault = ground.vault()
    ground.watch(step)
    for name in _FILE_STEPS:
        setattr(os, name, stepped(getattr(os, name)))
    try:
        act(vault)
    except VaultFault:
        code = 4
    else:
        code = 0
    honest_write(tell, str(passed).encode())
    return code


# -- what must hold ------------------------------------------------------------------------------------------


def look(ground: Ground) -> tuple[Access | None, Access | None] | VaultFault:
    """(in use, previous), as a program that starts now reads it."""
    vault = ground.vault()
    try:
        found = vault.read(PROFILE).access
        before = vault.previous(PROFILE)
    except NoSuchProfile:
        return None, None
    except VaultFault as fault:
        return fault
    finally:
        vault.close()
    return found, before.access if before else None


def same(one: Access | None, other: Access | None) -> bool:
    return one is other if one is None or other is None else same_access(one, other)


def litter(ground: Ground) -> str:
    """Entries that no head names, a `key` that is not the head's, a file of a killed write."""
    entries = {
        name.removeprefix(f"{heads.PREFIX}{PROFILE}."): text
        for name, text in ground.entries().items()
        if name.startswith(heads.PREFIX)
    }
    named = {"current", "previous", "token"} & set(entries)
    for entry in ("current", "previous"):
        if entry in entries:
            head = heads.parse(entries[entry])
            named |= {heads.part_name(head.generation, number) for number in range(head.parts)}
            heads.whole(head, [entries.get(heads.part_name(head.generation, n)) for n in range(head.parts)])
    if "current" in entries:
        current = heads.parse(entries["current"])
        wanted = heads.api_key(current, current.body)
        if wanted is not None:
            named.add("key")
        if entries.get("key") != wanted:
            return "the bare key is not the head's"
    left = set(entries) ^ named
    # The list's own .new holds no secret, and its next writing takes it away.
    left |= {name for name in ground.files() if name.endswith(".new") and name != "profiles.json.new"}
    return ", ".join(sorted(left))


def secrets_beside(ground: Ground, kept: Iterable[Access | None], others: Iterable[Access]) -> str:
    store = whole_store(ground)
    allowed = [access for access in kept if access is not None]
    for access in others:
        if not any(same_access(access, one) for one in allowed):
            for number, form in enumerate(forms(access)):
                if form in store:
                    return f"a secret that is not kept any more (form {number})"
    return ""


def verify(ground: Ground, scenario: Scenario, *, again: bool = True) -> str:
    """After a run was killed: what is wrong, or "". Ends with the scenario done."""
    old, older = scenario.start
    removing = scenario.name.startswith("remove")
    found = look(ground)
    if isinstance(found, VaultFault):
        # Between its first and its last step a removal has neither: that is said, and finished by the next start.
        if not removing:
            return f"neither: {found}"
        found = None, None
    elif not same(found[0], old) and not same(found[0], scenario.now):
        return "neither the old nor the new one is read"
    starting = ground.vault()
    starting.recover()
    starting.close()
    after = look(ground)
    if isinstance(after, VaultFault):
        return f"after the next start: {after}"
    if not same(after[0], found[0]):
        return "the next start changed what is read"
    row = ground.vault().profile(PROFILE)
    if (row is None) != (after[0] is None):
        return "the list and the readers do not agree"
    if removing and after[0] is None and ground.entries():
        return f"a removal left {', '.join(ground.entries())}"
    if row is not None and row.removing:
        # Half removed and still whole: it is the person's to say. Kept after all, it is as if nothing had been begun.
        keeping_it = ground.vault()
        kept = take_back(keeping_it, PROFILE)
        keeping_it.close()
        after = look(ground)
        if not kept or isinstance(after, VaultFault) or not same(after[0], old):
            return "a removal could not be taken back"
    if wrong := litter(ground):
        return f"after the next start: {wrong}"
    everyone = [*scenario.history, *(access for access in (scenario.now,) if access)]
    if wrong := secrets_beside(ground, after, everyone):
        return f"after the next start: {wrong}"
    flipped = not same(after[0], old)
    # A rollback swaps two credentials: each of them is kept at every moment.
    if scenario.name.startswith("roll") and not same(after[1], old if flipped else older):
        return "a rollback has lost one of the two"
    row = ground.vault().profile(PROFILE)
    if (row.hint if row else None) != (after[0].credential.hint if after[0] else None):
        return "the list shows another credential than is kept"
    if flipped and TOKEN.encode() in whole_store(ground):
        return "the old generation's token is still there"
    if not again:
        return ""
    running = ground.vault()
    try:
        if removing and after[0] is None:
            pass  # done
        elif scenario.name.startswith("roll") and flipped:
            pass  # a second rollback would undo it
        else:
            scenario.act(running)
    except NoSuchProfile:
        return "the second run found nothing"
    finally:
        running.close()
    end = look(ground)
    if isinstance(end, VaultFault) or not same(end[0], scenario.now) or not same(end[1], scenario.before):
        return "the second run did not end as the first should have"
    if wrong := litter(ground) or secrets_beside(ground, end, everyone):
        return f"after the second run: {wrong}"
    rows = [row.name for row in ground.vault().profiles()]
    if rows != ([PROFILE] if scenario.now else []):
        return f"the list shows {rows}"
    return ""


def prepare(ground: Ground, scenario: Scenario) -> Any:
    ground.restore(({}, {}))
    vault = ground.vault()
    for access in scenario.history:
        keeping(access)(vault)
    if scenario.history:
        generation = heads.parse(ground.entries()[f"{heads.PREFIX}{PROFILE}.current"]).generation
        token = {
            "schema": "gemini-token/1",
            "generation": generation,
            "scope": "s",
            "expires": 0,
            "token": TOKEN,
        }
        vault._store.put(heads.TOKEN, PROFILE, heads.one_line(token))
    vault.close()
    return ground.snapshot()


# -- campaigns -----------------------------------------------------------------------------------------------


def campaign(ground: Ground, runs: int, chance: random.Random, only: str = "") -> Tally:
    """`runs` runs over all scenarios: every point where there are runs enough, else spread evenly over all points."""
    tally = Tally()
    chosen = [one for one in scenarios() if only in one.name]
    for number, scenario in enumerate(chosen):
        taken, points = _begun(ground, scenario, tally)
        if points < 0 or (wrong := verify(ground, scenario, again=False)):
            tally.wrong.append(f"{ground.name}: {scenario.name}: without a kill: {points} {wrong}")
            continue
        tally.points[f"{ground.name}: {scenario.name}"] = points
        share = (runs - tally.runs) // (len(chosen) - number)
        for at in _spread(points, share, chance):
            _restore(ground, taken, tally)
            killed, _ = child(ground, scenario.act, at)
            tally.runs += 1
            tally.killed += killed
            wrong = _verified(ground, scenario, tally)
            if wrong:
                tally.wrong.append(f"{ground.name}: {scenario.name}: point {at} of {points}: {wrong}")
    return tally


def _verified(ground: Ground, scenario: Scenario, tally: Tally) -> str:
    """What is wrong. A keyring that aborted by itself is started anew: all must be whole after that, too."""
    _revive(ground, tally)
    try:
        wrong = verify(ground, scenario)
    except Exception as error:  # noqa: BLE001 - the keyring that aborts under our look at it raises anything
        wrong = f"{type(error).__name__}: {error}"
    return verify(ground, scenario) if wrong and _revive(ground, tally) else wrong


def _revive(ground: Ground, tally: Tally) -> bool:
    if not isinstance(ground, GnomeGround) or not ground.session.died:
        return False
    tally.died += 1
    ground.restart()
    return True


def _begun(ground: Ground, scenario: Scenario, tally: Tally) -> tuple[Any, int]:
    """The state that the scenario starts from, and how many points it has."""
    while True:
        try:
            taken = prepare(ground, scenario)
            _, points = child(ground, scenario.act, -1)
        except Exception:
            if not _revive(ground, tally):
                raise
            continue
        if not _revive(ground, tally):
            return taken, points


def _restore(ground: Ground, taken: Any, tally: Tally) -> None:
    try:
        ground.restore(taken)
    except Exception:
        if not _revive(ground, tally):
            raise
        ground.restore(taken)


def _spread(points: int, share: int, chance: random.Random) -> list[int]:
    if share >= points:
        return list(range(points))
    if share <= 0:
        return []
    width = points / share
    return [min(points - 1, int(number * width + chance.random() * width)) for number in range(share)]


def daemon_campaign(ground: GnomeGround, runs: int, chance: random.Random, how: str, only: str = "") -> Tally:
    """The daemon is killed, or locked with nobody to unlock it, at a point of a run; then it is started anew."""
    tally = Tally()
    chosen = [one for one in scenarios() if only in one.name]
    for number, scenario in enumerate(chosen):
        taken, points = _begun(ground, scenario, tally)
        share = (runs - tally.runs) // (len(chosen) - number)
        for at in _spread(points, share, chance):
            _restore(ground, taken, tally)
            ground.close()
            process = ground.session.pid

            def kill(process: int = process) -> None:
                os.kill(process, signal.SIGKILL)

            _, passed = child(ground, scenario.act, at, kill if how == "dies" else ground.session.lock)
            tally.runs += 1
            if passed < 0:
                tally.wrong.append(
                    f"{ground.name} {how}: {scenario.name}: point {at}: not a fault but a failure"
                )
            tally.killed += passed < points
            ground.restart()
            if wrong := _verified(ground, scenario, tally):
                tally.wrong.append(f"{ground.name} {how}: {scenario.name}: point {at}: {wrong}")
    return tally


def two_at_once(ground: Ground, rounds: int, chance: random.Random, seconds: float = 0.5) -> Tally:
    """Two programs rotate the same profile at once; one or both are killed at a random moment."""
    tally = Tally()
    allowed = [key(mark) for mark in ("kwzqv", "xjfhy", "bgmpd", "rltnc")]
    allowed += [account(mark) for mark in ("zpkjd", "vwhgf", "mnsxq", "tbcjk")]
    ground.restore(({}, {}))
    keeping(allowed[0])(ground.vault())

    def rotate(own: tuple[Access, ...]) -> int:
        vault = ground.vault()
        vault.recover()
        for number in range(10_000):
            keeping(own[number % len(own)])(vault)
        return 0

    for _ in range(rounds):
        processes = []
        for own in ((allowed[0], allowed[5], allowed[2]), (allowed[4], allowed[1], allowed[7])):
            process = os.fork()
            if process == 0:
                try:
                    rotate(own)
                finally:
                    os._exit(70)
            processes.append(process)
        end = time.monotonic() + chance.random() * seconds
        while time.monotonic() < end:
            found = look(ground)
            tally.looks += 1
            if isinstance(found, VaultFault) or not any(same(found[0], one) for one in allowed):
                tally.wrong.append(f"{ground.name}: two at once: neither ({found})")
            time.sleep(0.02)
        for process in processes:
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            tally.runs += 1
            tally.killed += os.WIFSIGNALED(status)
            if not os.WIFSIGNALED(status):
                tally.wrong.append(f"{ground.name}: two at once: one of them failed by itself")
        vault = ground.vault()
        vault.recover()
        vault.close()
        found = look(ground)
        if isinstance(found, VaultFault) or not any(same(found[0], one) for one in allowed):
            tally.wrong.append(f"{ground.name}: two at once, killed: neither")
        elif wrong := litter(ground) or secrets_beside(ground, found, allowed):
            tally.wrong.append(f"{ground.name}: two at once, killed: {wrong}")
    return tally


def own_session(session: SecretService) -> None:
    """This process in a private session."""
    os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    for name, value in session.env.items():
        if name in ("HOME", "DBUS_SESSION_BUS_ADDRESS") or name.startswith("XDG_"):
            os.environ[name] = value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.vault.kills")
    parser.add_argument(
        "--runs", type=int, default=1200, help="in all; a third of them on a real gnome-keyring"
    )
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the private session ends with us
    chance = random.Random(chosen.seed)
    began = time.monotonic()
    total = Tally()

    def report(name: str, tally: Tally) -> None:
        total.add(tally)
        points = sum(tally.points.values())
        print(
            f"{name:34} {tally.runs:5} runs {tally.killed:5} killed  {points or '':>6} points"
            f"  {len(tally.wrong)} wrong  {time.monotonic() - began:6.0f} s"
            + (f"  ({tally.looks} looks meanwhile)" if tally.looks else "")
            + (f"  (the daemon aborted by itself {tally.died} times)" if tally.died else ""),
            flush=True,
        )
        for line in tally.wrong[:10]:
            print("   ", line, flush=True)

    with tempfile.TemporaryDirectory(prefix="gs-kills-") as made, SecretService() as session:
        own_session(session)
        place = pathlib.Path(made)
        share = chosen.runs // 6
        plain = [
            PrivateGround(place / "private"),
            WindowsGround(place / "windows", place / "windows.store"),
            MacGround(place / "macos", place / "macos.store"),
        ]
        for ground in plain:
            report(ground.name, campaign(ground, share, chance))
        inline = GnomeGround(place / "gnome", session)
        split = GnomeGround(place / "gnome-split", session, 1200)
        report("gnome-keyring", campaign(inline, share, chance))
        report("gnome-keyring, in parts", campaign(split, share, chance))
        report("gnome-keyring dies", daemon_campaign(split, share // 2, chance, "dies"))
        report("gnome-keyring locks", daemon_campaign(inline, share // 2, chance, "locks"))
        for ground in (plain[0], split):
            report(f"two at once, {ground.name}", two_at_once(ground, max(2, chosen.runs // 60), chance))
        inline.close()
        split.close()
    print(
        f"{total.runs} runs, {total.killed} killed, {len(total.wrong)} wrong, {time.monotonic() - began:.0f} s"
    )
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
