"""Granting a role while others change the same policy: it differs by exactly one member afterwards."""

from __future__ import annotations

import asyncio
import copy
import random

import pytest

from gemini_setup.actions.errands import Wish
from gemini_setup.model.credentials import Service
from gemini_setup.provision.plan import Flow
from tests.errands.flows import BY_NAME
from tests.errands.stage import PROFILE, Stage
from tests.loopback import Fault, Google
from tests.loopback.management import USER, VERTEX, Cloud, CloudProject

SET = "cloudresourcemanager.projects.setIamPolicy"
READ = "cloudresourcemanager.projects.getIamPolicy"


class Others:
    """People who change the policy between our reading and our writing, and remember what they did."""

    def __init__(self, project: CloudProject, chance: random.Random) -> None:
        self.project = project
        self.chance = chance
        self.left = 100
        self.made: set[tuple[str, str, str]] = set()
        self.gone: set[tuple[str, str, str]] = set()

    def __call__(self, _: str) -> None:
        """Twenty at once, before each of our first five writes."""
        for _number in range(20):
            self.left -= 1
            before = self.project.policy.members()
            if self.made and self.chance.random() < 0.3:
                role, member, _condition = self.chance.choice(sorted(self.made))
                self.project.policy.remove(role, member)
            else:
                role = self.chance.choice(["roles/viewer", "roles/editor", USER, "roles/storage.admin"])
                condition = {"title": "day", "expression": "true"} if self.chance.random() < 0.3 else None
                self.project.policy.add(role, f"user:p{self.left}@example.com", condition)
            after = self.project.policy.members()
            self.made = (self.made | (after - before)) - (before - after)
            self.gone |= before - after


async def _grant(stage: Stage, project: CloudProject, facts: dict[str, str]) -> str:
    wish = Wish(Flow.GRANT, PROFILE, Service.VERTEX, project.id, account=facts["account"])
    ended = await stage.carry_out(await stage.plan(wish))
    return ended.cause.id if ended.state == "stopped" and ended.cause is not None else ended.state


def ready(stage: Stage, cloud: Cloud, project: CloudProject) -> dict[str, str]:
    project.turn_on("cloudresourcemanager.googleapis.com", VERTEX)
    facts = BY_NAME["grant the role"].arrange(cloud, project)
    prepare = BY_NAME["grant the role"].prepare
    assert prepare is not None
    coroutine = prepare(stage, facts)
    asyncio.run(coroutine)  # type: ignore[arg-type]
    return facts


@pytest.mark.parametrize("seed", range(4))
def test_one_hundred_changes_by_others(stage: Stage, cloud: Cloud, project: CloudProject, seed: int) -> None:
    facts = ready(stage, cloud, project)
    others = Others(project, random.Random(seed))
    before, conditional = project.policy.members(), copy.deepcopy(project.policy.bindings[1])
    cloud.hook(SET, others, when="before", times=5)
    assert asyncio.run(_grant(stage, project, facts)) == "repaired"
    assert others.left == 0
    ours = (USER, f"serviceAccount:{facts['account']}", "[]")
    assert project.policy.members() == before | others.made | {ours}
    assert conditional in project.policy.bindings or conditional["members"][0] in str(project.policy.bindings)
    assert [entry.status for entry in cloud.ledger.of("setIamPolicy")] == [409] * 5 + [200]


def test_others_who_never_stop(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    facts = ready(stage, cloud, project)
    number = iter(range(1000))
    cloud.hook(SET, lambda _: project.policy.add("roles/viewer", f"user:n{next(number)}@example.com"))
    before = project.policy.members()
    assert asyncio.run(_grant(stage, project, facts)) == "concurrent-change"
    assert {role for role, _, _ in project.policy.members() - before} == {"roles/viewer"}
    assert stage.made() == [] or all(made.kind.value != "role" for made in stage.made())


def test_an_answer_that_is_lost_adds_nobody_twice(
    stage: Stage, google: Google, cloud: Cloud, project: CloudProject
) -> None:
    facts = ready(stage, cloud, project)
    before = project.policy.members()
    google.fault(SET, Fault(drop=True), times=1)
    assert asyncio.run(_grant(stage, project, facts)) == "repaired"
    assert len(project.policy.members() - before) == 1
    assert [entry.noop for entry in cloud.ledger.of("setIamPolicy")] == [False]


def test_a_role_that_is_there_is_not_written(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    facts = ready(stage, cloud, project)
    project.policy.add(USER, f"serviceAccount:{facts['account']}")
    etag = project.policy.etag
    assert asyncio.run(_grant(stage, project, facts)) == "repaired"
    assert project.policy.etag == etag
    assert cloud.ledger.writes == []


def test_a_condition_of_the_same_role_stays_and_is_not_joined(
    stage: Stage, cloud: Cloud, project: CloudProject
) -> None:
    """Our member in the conditional binding would have the role sometimes, and the others always."""
    facts = ready(stage, cloud, project)
    conditional = next(one for one in project.policy.bindings if "condition" in one)
    before = copy.deepcopy(conditional)
    assert asyncio.run(_grant(stage, project, facts)) == "repaired"
    after = [one for one in project.policy.bindings if one["role"] == USER]
    assert before in after
    assert {"role": USER, "members": [f"serviceAccount:{facts['account']}"]} in after
