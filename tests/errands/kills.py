"""kill -9 at every point of every flow at Google: `python -m tests.errands.kills --runs N` (also `make kills`).

After each kill both sides are looked at: what the person's vault holds, and what exists at Google. Then the program is
started again, an hour passes, it is started once more, and the same is wished for again.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gemini_setup.model.credentials import Access, ApiKey, ServiceAccount
from gemini_setup.model.made import MadeKind
from gemini_setup.model.made import Stage as HowFar
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.faults import VaultFault
from tests.errands.flows import BY_NAME, SCENARIOS, Facts, Scenario
from tests.errands.killing import ACT, PREPARE, START, Done, Nursery, Order
from tests.errands.stage import Stage, furnish
from tests.loopback import Google
from tests.loopback.management import USER, CloudProject

#: Where a run is killed: at one of its own points, or by Google after one of its requests.
Where = tuple[str, int]


@dataclass
class Tally:
    runs: int = 0
    killed: int = 0
    orphans: int = 0  # objects at Google that nobody knew of after the next start, over all runs
    most: int = 0  # in one run
    points: dict[str, tuple[int, int]] = field(default_factory=dict)  # of each flow: points, requests
    wrong: list[str] = field(default_factory=list)


class Run:
    """One person, one computer, one project; `where` the process is killed, None for a run that is only counted."""

    def __init__(self, google: Google, nursery: Nursery, scenario: Scenario, folder: Path) -> None:
        self.google, self.nursery, self.scenario = google, nursery, scenario
        cloud = google.cloud
        cloud.clock.share(folder / "clock")
        cloud.clock.advance(-cloud.clock.offset)
        self.project: CloudProject = cloud.project()
        self.person = cloud.person(
            f"{self.project.id}@example.com", roles={self.project: "owner"}, quota_project=self.project
        )
        self.home = folder / "home"
        furnish(self.home, self.person)
        self.facts: Facts = scenario.arrange(cloud, self.project)
        self.stage = Stage(self.home, google.environ(real_hosts=True), cloud.clock)
        self._clock = str(folder / "clock")

    def _order(self, part: str, at: int = -1) -> Order:
        google = self.google.environ(real_hosts=True)
        return Order(str(self.home), google, self._clock, self.scenario.name, part, self.facts, at)

    def whole(self, part: str) -> Done:
        done = self.nursery.run(self._order(part))
        if done.killed or done.error:
            raise AssertionError(f"{part}: {done.error or 'killed'}")
        return done

    def killed(self, where: Where) -> Done:
        kind, at = where
        if kind == "point":
            return self.nursery.run(self._order(ACT, at))
        import os
        import signal

        from tests.loopback.wire import Closed

        process, left = 0, at

        def hear(number: int) -> None:
            nonlocal process
            process = number

        def done(_: str) -> None:
            nonlocal left
            left -= 1
            if left == -1:
                os.kill(process, signal.SIGKILL)
                raise Closed

        self.google.cloud.hook("*", done, when="after")
        try:
            return self.nursery.run(self._order(ACT), hear)
        finally:
            self.google.cloud.unhook()

    def requests(self) -> tuple[int, int]:
        """(points, requests to the management hosts) of the whole flow."""
        before = len(self.google.cloud.asked)
        points = self.whole(ACT).points
        return points, len(self.google.cloud.asked) - before

    # --- what must hold ---------------------------------------------------------------------------------------------

    def works(self, access: Access) -> bool:
        """Whether Google knows a credential, however young it is."""
        credential = access.credential
        if isinstance(credential, ApiKey):
            found = self.google.cloud.api_key(credential.secret.reveal())
            return found is not None and found[1].deleted is None
        if isinstance(credential, ServiceAccount):
            account = self.google.cloud.account(credential.email)
            key = account.keys.get(credential.key_id) if account is not None else None
            return key is not None and not key.deleted and not key.disabled
        return False

    def strays(self) -> list[str]:
        """What is ours at Google, and neither in use, nor the previous one, nor in the list."""
        known = [access for access in (*self.stage.saved(), self.stage.pending()) if access is not None]
        listed = self.stage.made()
        texts = {one.credential.secret.reveal() for one in known if isinstance(one.credential, ApiKey)}
        ids = {one.credential.key_id for one in known if isinstance(one.credential, ServiceAccount)}
        names = {(made.kind, made.name) for made in listed if made.stage is not HowFar.DELETED}
        found = [
            key.id
            for key in self.project.our_keys()
            if key.key.text not in texts and (MadeKind.API_KEY, key.id) not in names
        ]
        for account in self.project.accounts.values():
            if not account.ours:
                continue
            if (MadeKind.SERVICE_ACCOUNT, account.email) not in names:
                found.append(account.email)
            # The certificate of an upload that was not answered is listed by its two times, not by a name.
            unnamed = {made.expires for made in listed if made.name.startswith("upload-")}
            found += [
                key.id
                for key in account.alive()
                if key.id not in ids
                and (MadeKind.SERVICE_ACCOUNT_KEY, key.id) not in names
                and _stamp(key.ends) not in unnamed
            ]
        return found

    def policy_is_right(self, before: set[tuple[str, str, str]]) -> bool:
        after = self.project.policy.members()
        return before <= after and all(role == USER and cond == "[]" for role, _, cond in after - before)


def _stamp(when: float) -> str:
    from tests.loopback.management.state import stamp

    return stamp(when)


def same(one: Access | None, other: Access | None) -> bool:
    return one is other if one is None or other is None else same_access(one, other)


@contextmanager
def running(google: Google, nursery: Nursery, scenario: Scenario) -> Iterator[Run]:
    folder = Path(tempfile.mkdtemp(prefix="provision-kills-"))
    cloud = google.cloud
    try:
        made = Run(google, nursery, scenario, folder)
        if scenario.prepare is not None:
            made.whole(PREPARE)
        yield made
    finally:
        cloud.clock.file = None
        cloud.projects.clear()
        cloud.people.clear()
        google.forget()
        shutil.rmtree(folder, ignore_errors=True)


def one_run(google: Google, nursery: Nursery, scenario: Scenario, where: Where, tally: Tally) -> str:
    """What is wrong, or ""."""
    with running(google, nursery, scenario) as run:
        old, older = run.stage.saved()
        policy = run.project.policy.members()
        done = run.killed(where)
        tally.runs += 1
        tally.killed += done.killed
        if done.error:
            return f"it failed by itself: {done.error}"
        try:
            found, before = run.stage.saved()
        except VaultFault as fault:
            return f"neither the old nor the new one: {fault}"
        if old is not None and found is None:
            return "the saved credential is gone"
        if found is not None and not same(found, old) and (not scenario.changes or not run.works(found)):
            return "the saved credential is neither the old nor the new one"
        if scenario.name.startswith("restore") and not same(found, old) and not same(found, older):
            return "the saved credential is neither of the two"
        if found is not None and not run.works(found):
            return "the saved credential is dead at Google"
        if old is not None and found is not None and not same(found, old) and not same(before, old):
            return "the credential that was replaced is not the previous one"
        if not run.policy_is_right(policy):
            return f"the policy is {run.project.policy.members() ^ policy}"
        try:
            run.whole(START)
            strays = run.strays()
            tally.orphans += len(strays)
            tally.most = max(tally.most, len(strays))
            if len(strays) > 1:
                return f"after the next start nobody knows of {strays}"
            then = run.stage.saved()[0]
            if found is not None and (then is None or not run.works(then)):
                return "the next start lost the credential"
            google.cloud.clock.advance(3600)
            run.whole(START)
            google.cloud.clock.advance(3600)
            run.whole(START)
            if wrong := _settled(run):
                return f"two hours later: {wrong}"
            if wrong := _again(run, scenario, old):
                return f"wished for again: {wrong}"
        except AssertionError as error:
            return str(error)
        if not run.policy_is_right(policy):
            return f"the policy is {run.project.policy.members() ^ policy}"
        return "\n".join(google.cloud.take_complaints())


def _settled(run: Run) -> str:
    """Once everything has arrived, nothing is open."""
    open_ones = [made.name for made in run.stage.made() if made.stage in (HowFar.INTENDED, HowFar.PENDING)]
    if open_ones:
        return f"still open: {open_ones}"
    if run.stage.pending() is not None:
        return "something still waits in the keyring"
    if strays := run.strays():
        return f"nobody knows of {strays}"
    now = run.stage.saved()[0]
    return "" if now is None or run.works(now) else "the credential is dead at Google"


def _again(run: Run, scenario: Scenario, old: Access | None) -> str:
    flipped = not same(run.stage.saved()[0], old)
    if not (flipped and scenario.name.startswith("restore")):  # a second one would undo it
        done = run.nursery.run(run._order(ACT))
        if done.error and "there is nothing to do" not in done.error:
            return done.error
    google = run.google
    google.cloud.clock.advance(3600)
    run.whole(START)
    now = run.stage.saved()[0]
    if now is None or not run.works(now):
        return "no credential that works"
    if scenario.changes and same(now, old):
        return "the old credential is in use"
    return _settled(run)


def places(points: int, requests: int, runs: int, chance: random.Random) -> list[Where]:
    """Every request, and the rest spread evenly over the points."""
    every: list[Where] = [("google", at) for at in range(requests)]
    if len(every) > runs // 2:
        every = sorted(chance.sample(every, max(1, runs // 2)))
    left = runs - len(every)
    if left >= points:
        own = list(range(points))
    else:
        step = points / max(1, left)
        own = [int((number + chance.random()) * step) for number in range(left)]
    return [*every, *(("point", at) for at in own)]


def campaign(google: Google, nursery: Nursery, runs: int, chance: random.Random, only: str = "") -> Tally:
    tally = Tally()
    chosen = [one for one in SCENARIOS if only in one.name]
    for number, scenario in enumerate(chosen):
        share = runs // len(chosen) + (number < runs % len(chosen))
        if share == 0:
            continue
        with running(google, nursery, scenario) as run:
            points, requests = run.requests()
        google.cloud.assert_clean()
        tally.points[scenario.name] = points, requests
        for where in places(points, requests, share, chance):
            wrong = one_run(google, nursery, scenario, where, tally)
            if wrong:
                tally.wrong.append(f"{scenario.name}, killed at {where}: {wrong}")
                google.cloud.take_complaints()
                print(tally.wrong[-1], file=sys.stderr, flush=True)
        print(
            f"{scenario.name}: {points} points, {requests} requests; {share} runs, {len(tally.wrong)} wrong so far",
            flush=True,
        )
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--only", default="", help="part of a flow's name")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--at", default="", help="kind:number, one place only")
    asked = parser.parse_args()
    nursery = Nursery()
    print(f"seed {asked.seed}", flush=True)
    with Google() as google:
        if asked.at:
            kind, _, at = asked.at.partition(":")
            scenario = BY_NAME.get(asked.only) or next(one for one in SCENARIOS if asked.only in one.name)
            print(one_run(google, nursery, scenario, (kind, int(at)), Tally()) or "right")
            print(google.cloud.ledger)
            return 0
        tally = campaign(google, nursery, asked.runs, random.Random(asked.seed), asked.only)
    nursery.close()
    print(
        f"{tally.runs} runs, {tally.killed} killed, {len(tally.wrong)} wrong; objects that nobody knew of after the next "
        f"start: {tally.orphans} in all, at most {tally.most} in one run"
    )
    for one in tally.wrong:
        print(one)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
