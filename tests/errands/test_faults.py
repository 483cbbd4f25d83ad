"""One request of a flow goes wrong, each in turn and in each way: what Google has made is in use, undone, or in the list."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from gemini_setup.model.made import RESTORING
from gemini_setup.model.made import Stage as HowFar
from gemini_setup.provision.refusals import Stopped
from tests.errands.audit import Auditor
from tests.errands.flows import BY_NAME
from tests.errands.stage import Stage
from tests.loopback import Fault, Google
from tests.loopback.management import Cloud, CloudProject

FAULTS = {
    "too many": Fault(status=429, before=True),
    "failed, and not done": Fault(status=503, before=True),
    "failed, and done": Fault(status=503),
    "lost": Fault(drop=True),
    "a portal": Fault.captive_portal(),
}


def alive(project: CloudProject) -> set[str]:
    keys = {key.id for key in project.our_keys()}
    return keys | {key.id for one in project.accounts.values() if one.ours for key in one.alive()}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    ("flow", "method"),
    [
        ("create a key", "serviceusage.services.batchEnable"),
        ("create a key", "serviceusage.operations.get"),
        ("create a key", "iam.projects.serviceAccounts.create"),
        ("create a key", "apikeys.projects.locations.keys.create"),
        ("create a key", "apikeys.operations.get"),
        ("create an account", "iam.projects.serviceAccounts.keys.upload"),
        ("create an account", "cloudresourcemanager.projects.setIamPolicy"),
        ("rotate a key, now", "apikeys.projects.locations.keys.delete"),
        ("restore a key", "apikeys.projects.locations.keys.undelete"),
    ],
)
def test_nothing_is_lost_and_nothing_forgotten(
    stage: Stage,
    google: Google,
    cloud: Cloud,
    project: CloudProject,
    flow: str,
    method: str,
    fault: Fault,
) -> None:
    scenario = BY_NAME[flow]
    facts = scenario.arrange(cloud, project)

    async def go() -> None:
        if scenario.prepare is not None:
            await scenario.prepare(stage, facts)
        before, known, auditor = stage.saved()[0], len(stage.plans), Auditor(stage, cloud)
        google.fault(method, fault, times=4)  # as often as we try a question
        with suppress(AssertionError, Stopped):
            await scenario.act(stage, facts)
        google.clear_faults()
        writes = [write for plan in stage.plans[known:] for write in plan.now]
        beside = ("not done", "instead of", "written though")  # it may have ended early, or tried again
        assert not [found for found in auditor.findings(writes) if not found.startswith(beside)]
        assert before is None or stage.saved()[0] is not None
        listed = {
            made.name
            for made in stage.made()
            if made.stage is not HowFar.DELETED or made.retire == RESTORING  # that one is looked at again
        }
        unnamed = [name for name in listed if name.startswith("upload-")]
        assert len(alive(project) - listed) <= len(unnamed)
        for _ in range(2):
            cloud.clock.advance(3600)
            await stage.finish()
        assert stage.pending() is None
        assert not [made for made in stage.made() if made.stage in (HowFar.INTENDED, HowFar.PENDING)]
        assert alive(project) <= {made.name for made in stage.made() if made.stage is not HowFar.DELETED}

    asyncio.run(go())
