"""Made-up hands at Google for pictures: plans, projects and ends that were put together here. Tests of what is really
done use the loopback Google (test_provision.py)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

from gemini_setup.actions.errands import Offer, Wish
from gemini_setup.actions.fulfilment import WorkEvent
from gemini_setup.actions.loose_ends import End
from gemini_setup.actions.possessions import Listed, undo
from gemini_setup.model.credentials import Access, Service
from gemini_setup.model.events import Report
from gemini_setup.model.made import Made, MadeKind, Stage
from gemini_setup.provision.plan import Act, Flow, Plan, Project, Retire, Write

SHOP = Project("shop-1234", "704407438519", "My Shop", owned=False)
STUDIO = Project("gen-lang-client-0123456789", "123456789", "Gemini Project", ai_studio=True, owned=False)
ACCOUNT = f"gemini-setup@{SHOP.id}.iam.gserviceaccount.com"
KEY = "gemini-setup-default-abcd2345"
OLD_KEY = "gemini-setup-default-wxyz6789"
ENABLE = Write(
    Act.ENABLE,
    SHOP.id,
    ("generativelanguage.googleapis.com", "apikeys.googleapis.com", "iam.googleapis.com"),
)
CREATE = (
    ENABLE,
    Write(Act.CREATE_ACCOUNT, SHOP.id, (ACCOUNT,)),
    Write(Act.CREATE_KEY, SHOP.id, (KEY,), ACCOUNT),
)


def made(kind: MadeKind = MadeKind.API_KEY, name: str = KEY, **changes: Any) -> Made:
    one = Made(
        kind, name, SHOP.id, "default", "abcd2345", Stage.USED, ACCOUNT, "a1b2", "2026-11-20T17:00:00Z"
    )
    return replace(one, **changes)


OLD = made(name=OLD_KEY, intent="wxyz6789", hint="c3d4")
PLANS = {
    Flow.CREATE_KEY: Plan(Flow.CREATE_KEY, "abcd2345", "default", SHOP, Service.STUDIO, CREATE),
    Flow.CREATE_ACCOUNT: Plan(
        Flow.CREATE_ACCOUNT, "abcd2345", "work", SHOP, Service.VERTEX,
        (
            Write(Act.ENABLE, SHOP.id, ("aiplatform.googleapis.com", "iam.googleapis.com")),
            Write(Act.CREATE_ACCOUNT, SHOP.id, (ACCOUNT,)),
            Write(Act.GRANT, SHOP.id, ("roles/aiplatform.user",), ACCOUNT),
            Write(Act.UPLOAD_KEY, SHOP.id, (ACCOUNT,), ACCOUNT, 90),
        ), "global",
    ),
    Flow.ENABLE: Plan(
        Flow.ENABLE, "abcd2345", "default", SHOP, Service.STUDIO,
        (Write(Act.ENABLE, SHOP.id, ("generativelanguage.googleapis.com",)),),
    ),
    Flow.GRANT: Plan(
        Flow.GRANT, "abcd2345", "work", SHOP, Service.VERTEX,
        (Write(Act.GRANT, SHOP.id, ("roles/aiplatform.user",), f"gemini@{SHOP.id}.iam.gserviceaccount.com"),),
    ),
    Flow.ROTATE: Plan(
        Flow.ROTATE, "abcd2345", "default", SHOP, Service.STUDIO,
        (CREATE[2], Write(Act.DELETE_KEY, SHOP.id, (OLD_KEY,), ACCOUNT, later=True)),
        replaces=True, retire=Retire.QUIET, old=OLD,
    ),
    Flow.RESTORE: Plan(
        Flow.RESTORE, "wxyz6789", "default", SHOP, Service.STUDIO,
        (Write(Act.UNDELETE_KEY, SHOP.id, (OLD_KEY,), ACCOUNT),), old=OLD,
    ),
}  # fmt: skip


class MadeUpHands:
    """What they answer is set by the states. Nothing is on offer until then."""

    def __init__(self) -> None:
        self.offered = Offer()
        self.mends: Wish | None = None
        self.mine: list[Listed] = []
        self.found: list[Project] = [SHOP, STUDIO]
        self.error: Exception | None = None
        self.plans: dict[Flow, Plan | None] = dict(PLANS)
        self.due = False
        self.ends: list[End] = []
        self.signed_in = True
        self.events: list[WorkEvent] = []

    def offer(self) -> Offer:
        return self.offered

    def wish(self, report: Report, access: Access | None) -> Wish | None:
        return self.mends

    def made(self) -> Sequence[Listed]:
        return self.mine

    def is_any_due(self) -> bool:
        return self.due

    async def projects(self) -> Sequence[Project]:
        return self.found

    async def plan(self, wish: Wish) -> Plan | None:
        if self.error is not None:
            raise self.error
        plan = self.plans[wish.flow]
        chosen = next((one for one in self.found if one.id == wish.project), None)
        return replace(plan, project=chosen) if plan is not None and chosen is not None else plan

    async def plan_restore(self, profile: str) -> Plan | None:
        if self.error is not None:
            raise self.error
        return self.plans[Flow.RESTORE]

    async def carry_out(self, plan: Plan, *, saved: bool) -> AsyncGenerator[WorkEvent, None]:
        for event in self.events:
            yield event

    async def finish(self) -> Sequence[End]:
        return self.ends

    async def sign_in(self) -> bool:
        return self.signed_in


def listed(one: Made, state: str) -> Listed:
    return Listed(one, state, undo(one))


def everything() -> list[Listed]:
    return [
        listed(made(MadeKind.API, "generativelanguage.googleapis.com", hint=""), "in-use"),
        listed(made(MadeKind.SERVICE_ACCOUNT, ACCOUNT, hint=""), "in-use"),
        listed(
            replace(OLD, stage=Stage.RETIRING, retire="quiet", retire_after="2026-11-27T17:00:00Z"),
            "retiring",
        ),
        listed(made(), "in-use"),
    ]
