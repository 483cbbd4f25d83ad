"""Faults are planted into what we do at Google: each is caught, by what catches it in every other test of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from gemini_setup.actions import check_and_keep
from gemini_setup.actions.errands import Wish
from gemini_setup.google import urls
from gemini_setup.model.credentials import Service
from gemini_setup.model.made import Stage as HowFar
from gemini_setup.provision import accounts, api_keys, deeds, resource_manager, service_usage
from gemini_setup.provision.plan import Act, Flow, Plan, Retire
from gemini_setup.provision.progress import Wrote
from gemini_setup.provision.session import Session
from tests.errands.audit import Auditor
from tests.errands.flows import BY_NAME
from tests.errands.stage import PROFILE, Stage
from tests.loopback.management import GEMINI, Cloud, CloudProject

Patch = pytest.MonkeyPatch
HONEST = Session.ask


def _session(patch: Patch, change: Callable[[str, str, Any], tuple[str, str, Any] | None]) -> None:
    """Changes what is asked: (method, url, payload)."""

    async def ask(
        self: Session, method: str, url: str, project: str, *, payload: Any = None, **more: Any
    ) -> dict[str, Any]:
        changed = change(method, url, payload)
        if changed is not None:
            method, url, payload = changed
        return await HONEST(self, method, url, project, payload=payload, **more)

    patch.setattr(Session, "ask", ask)


def an_extra_write(patch: Patch) -> None:
    honest = accounts.create

    async def create(session: Session, project: str, name: str) -> dict[str, Any]:
        found = await honest(session, project, name)
        await service_usage.enable(session, project, ("storage.googleapis.com",))
        return found

    patch.setattr(accounts, "create", create)


def a_write_that_is_left_out(patch: Patch) -> None:
    async def nothing(run: deeds.Doing, write: Any) -> AsyncGenerator[Any, None]:
        yield Wrote(write)

    patch.setitem(deeds._ACTS, Act.GRANT, nothing)


def a_policy_without_etag(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        if url.endswith(":setIamPolicy"):
            del payload["policy"]["etag"]
        return method, url, payload

    _session(patch, change)


def a_lost_condition(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        if url.endswith(":setIamPolicy"):
            for one in payload["policy"]["bindings"]:
                one.pop("condition", None)
        return method, url, payload

    _session(patch, change)


def a_policy_of_version_1(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        if url.endswith(":getIamPolicy"):
            payload = {"options": {"requestedPolicyVersion": 1}}
        if url.endswith(":setIamPolicy"):
            payload["policy"]["version"] = 1
        return method, url, payload

    _session(patch, change)


def a_member_too_many(patch: Patch) -> None:
    honest = resource_manager.with_member

    def with_member(found: dict[str, Any], role: str, member: str) -> dict[str, Any]:
        return honest(honest(found, role, member), "roles/viewer", "user:me@example.com")

    patch.setattr(resource_manager, "with_member", with_member)


def a_member_lost(patch: Patch) -> None:
    honest = resource_manager.with_member

    def with_member(found: dict[str, Any], role: str, member: str) -> dict[str, Any]:
        changed = honest(found, role, member)
        return {**changed, "bindings": changed["bindings"][1:]}

    patch.setattr(resource_manager, "with_member", with_member)


def a_key_in_an_address(patch: Patch) -> None:
    honest = api_keys.create

    async def create(session: Session, project: str, *rest: Any) -> dict[str, Any]:
        started = await honest(session, project, *rest)
        found = await api_keys.text(session, project, rest[0])
        lookup = f"{urls.API_KEYS}/v2/keys:lookupKey?keyString={found}"
        await HONEST(session, "GET", lookup, project)
        return started

    patch.setattr(api_keys, "create", create)


def a_token_in_an_address(patch: Patch) -> None:
    async def ask(self: Session, method: str, url: str, project: str, **more: Any) -> dict[str, Any]:
        if self._token is not None and url.endswith("/serviceAccounts"):
            url = f"{url}?access_token={self._token.reveal()}"
        return await HONEST(self, method, url, project, **more)

    patch.setattr(Session, "ask", ask)


def a_key_without_our_annotation(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        if "/keys?keyId=" in url:
            payload["annotations"].pop("made-by")
        return method, url, payload

    _session(patch, change)


def a_key_for_everything(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        if "/keys?keyId=" in url:
            payload.pop("restrictions")
        return method, url, payload

    _session(patch, change)


def an_account_without_our_mark(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        if url.endswith("/serviceAccounts") and method == "POST":
            payload["serviceAccount"]["description"] = "A robot"
        return method, url, payload

    _session(patch, change)


def a_private_key_of_google_s(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        if url.endswith("/keys:upload"):
            return method, url.removesuffix(":upload"), {}
        return None

    _session(patch, change)


def a_private_key_on_the_wire(patch: Patch) -> None:
    honest = accounts.upload

    async def upload(session: Session, project: str, email: str, certificate: str) -> dict[str, Any]:
        pem = next(one.reveal() for one in session.secrets if "PRIVATE" in one.reveal())
        return await honest(session, project, email, certificate + pem)

    patch.setattr(accounts, "upload", upload)


def an_intent_that_is_not_noted(patch: Patch) -> None:
    honest = deeds.Doing.note

    async def note(self: deeds.Doing, made: Any, over: Any = None) -> None:
        if made.stage is not HowFar.INTENDED:
            await honest(self, made, over)

    patch.setattr(deeds.Doing, "note", note)


def a_secret_that_is_saved_after_the_upload(patch: Patch) -> None:
    honest = deeds.Doing.pend

    async def pend(self: deeds.Doing, made: Any, access: Any) -> None:
        if made.name.startswith("upload-"):
            self.access, self.credential = access, made
            return
        await honest(self, made, access)

    patch.setattr(deeds.Doing, "pend", pend)


def an_old_key_that_goes_first(patch: Patch) -> None:
    patch.setattr(
        Plan, "before", property(lambda plan: tuple(sorted(plan.now, key=lambda w: w.act not in _RETIRES)))
    )
    patch.setattr(Plan, "after", property(lambda _: ()))


_RETIRES = {Act.DELETE_KEY, Act.DISABLE_ACCOUNT_KEY}


def a_deletion_without_asking(patch: Patch) -> None:
    def change(method: str, url: str, payload: Any) -> Any:
        return method, url.replace("=CHECK", "=SKIP"), payload

    _session(patch, change)


def a_member_that_is_written_again(patch: Patch) -> None:
    patch.setattr(resource_manager, "has_member", lambda *_: False)
    patch.setattr(resource_manager, "with_member", lambda found, *_: found)


def somebody_s_own_account(patch: Patch) -> None:
    """The mark is not looked at."""
    patch.setattr(accounts, "is_ours", lambda _: True)


#: A fault, the flow that it is planted into, and a word of what is said of it.
FAULTS = (
    (an_extra_write, "create a key", "not in the plan"),
    (a_write_that_is_left_out, "create an account", "not done"),
    (a_policy_without_etag, "grant the role", "a policy without etag"),
    (a_lost_condition, "grant the role", "changes the policy"),
    (a_policy_of_version_1, "grant the role", "a policy of version 1"),
    (a_member_too_many, "grant the role", "changes the policy"),
    (a_member_lost, "grant the role", "changes the policy"),
    (a_member_that_is_written_again, "grant the role", "written though it was so"),
    (a_key_in_an_address, "create a key", "an API key in an address"),
    (a_token_in_an_address, "create a key", "an access token in an address"),
    (a_key_without_our_annotation, "create a key", "without our annotation"),
    (a_key_for_everything, "create a key", "not restricted to the Gemini API"),
    (an_account_without_our_mark, "create a key", "without our mark"),
    (a_private_key_of_google_s, "create an account", "lets Google make the private key"),
    (a_private_key_on_the_wire, "create an account", "private key"),
    (an_intent_that_is_not_noted, "create a key", "not noted before"),
    (a_secret_that_is_saved_after_the_upload, "create an account", "not noted before"),
    (an_old_key_that_goes_first, "rotate a key, now", "instead of"),
    (a_deletion_without_asking, "retire a key that is quiet", "instead of"),
    (somebody_s_own_account, "create an account", "an account that is not ours"),
)


@pytest.mark.parametrize(
    ("fault", "flow", "said"), FAULTS, ids=[fault.__name__.replace("_", " ") for fault, _, _ in FAULTS]
)
def test_a_planted_fault_is_caught(
    stage: Stage,
    cloud: Cloud,
    project: CloudProject,
    monkeypatch: Patch,
    fault: Callable[[Patch], None],
    flow: str,
    said: str,
) -> None:
    scenario = BY_NAME[flow]
    if fault is somebody_s_own_account:
        project.turn_on("iam.googleapis.com")
        cloud.plant_account(project, "gemini-setup", description="Feeds the shop's printers")
    facts = scenario.arrange(cloud, project)

    async def go() -> list[str]:
        if scenario.prepare is not None:
            await scenario.prepare(stage, facts)
        known, auditor = len(stage.plans), Auditor(stage, cloud)
        assert not auditor.findings([]), "before anything was planted"
        with monkeypatch.context() as patch:
            fault(patch)
            try:
                await scenario.act(stage, facts)
            except AssertionError:
                pass  # some of them also end the flow: what counts is what is found in the end
            if stage.plans[known:]:
                writes = [write for plan in stage.plans[known:] for write in plan.now]
            else:
                writes = [write for write in stage.plans[-1].writes if write.later]
            return auditor.findings(writes)

    found = asyncio.run(go())
    assert any(said in one for one in found), found


def test_a_probe_of_the_old_key_is_caught(
    stage: Stage, cloud: Cloud, project: CloudProject, monkeypatch: Patch
) -> None:
    """What test_quiet.py counts: here the old key is followed "until it is dead"."""
    honest = check_and_keep.keep

    def keep(*arguments: Any, **named: Any) -> Any:
        return honest(*arguments, **{**named, "ask_old": True})

    async def go() -> int:
        await BY_NAME["create a key"].act(stage, {"project": project.id})
        plan = await stage.plan(Wish(Flow.ROTATE, PROFILE, Service.STUDIO, project.id, retire=Retire.QUIET))
        assert plan.old is not None
        old = project.keys[plan.old.name]
        before = len(old.used)
        with monkeypatch.context() as patch:
            patch.setattr(check_and_keep, "keep", keep)
            await stage.carry_out(plan)
        return len(old.used) - before

    assert asyncio.run(go()) > 0
    assert GEMINI in project.services
