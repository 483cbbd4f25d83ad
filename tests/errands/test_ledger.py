"""Each flow: what Google has written down is what the plan says, write for write."""

from __future__ import annotations

import asyncio

import pytest

from gemini_setup.vault.codec import same_access
from tests.errands.audit import Auditor, table
from tests.errands.flows import SCENARIOS, Scenario
from tests.errands.stage import Stage
from tests.loopback.management import Cloud, CloudProject

NAMED = pytest.mark.parametrize("scenario", SCENARIOS, ids=[one.name for one in SCENARIOS])


@NAMED
def test_the_ledger_is_the_plan(
    stage: Stage, cloud: Cloud, project: CloudProject, scenario: Scenario
) -> None:
    facts = scenario.arrange(cloud, project)

    async def go() -> None:
        if scenario.prepare is not None:
            await scenario.prepare(stage, facts)
        mark, before, auditor = cloud.ledger.mark(), stage.saved()[0], Auditor(stage, cloud)
        known = len(stage.plans)
        await scenario.act(stage, facts)
        plans = stage.plans[known:]
        # A start finishes what the last plan left for later: of an account's key there are two steps, one a day.
        left = [write for write in stage.plans[-1].writes if write.later]
        writes = [write for plan in plans for write in plan.now] if plans else left[-1:]
        print(table(scenario.name, writes, cloud.ledger.since(mark)))
        assert auditor.findings(writes) == []
        after = stage.saved()[0]
        assert after is not None
        assert (before is None or not same_access(before, after)) is scenario.changes
        assert stage.pending() is None

    asyncio.run(go())
