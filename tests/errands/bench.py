"""One person with gcloud's sign-in, a project at the loopback Google, and a desk of ours whose clock is Google's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from gemini_setup.actions import errands, fulfilment, loose_ends, possessions
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.actions.errands import Wish
from gemini_setup.actions.fulfilment import Ended, WorkEvent
from gemini_setup.google import urls
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service
from gemini_setup.model.made import Made, MadeKind
from gemini_setup.model.outcomes import Outcome
from gemini_setup.provision.plan import Act, Flow, Plan, Retire, Write
from gemini_setup.vault.vault import Vault
from tests.loopback import Google, User
from tests.loopback.management import Cloud, CloudProject

_T = TypeVar("_T")
PROJECT = "shop-1234"
EMAIL = f"gemini-setup@{PROJECT}.iam.gserviceaccount.com"


def run(work: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(work)


@dataclass
class Bench:
    google: Google
    cloud: Cloud
    project: CloudProject
    person: User
    folder: Path
    vault: Vault
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def desk(self) -> AppContext:
        return AppContext(
            open_vault=lambda: self.vault,
            environ=self.environ,
            pause=self.cloud.clock.sleep,
            now=self.google.now,
        )

    def sign_in(self, **changes: object) -> None:
        """Write gcloud's file, with some members otherwise."""
        document = {**json.loads(self.person.text), **changes}
        place = self.folder / "application_default_credentials.json"
        place.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))

    def key(self, **more: object) -> Wish:
        return replace(Wish(Flow.CREATE_KEY, "default", Service.STUDIO, PROJECT), **more)  # type: ignore[arg-type]

    def account(self, **more: object) -> Wish:
        return replace(Wish(Flow.CREATE_ACCOUNT, "default", Service.VERTEX, PROJECT), **more)  # type: ignore[arg-type]

    def rotation(self, retire: Retire = Retire.QUIET) -> Wish:
        return Wish(Flow.ROTATE, "default", retire=retire)

    def plan(self, wish: Wish) -> Plan:
        found = run(errands.plan(self.desk, wish))
        assert found is not None
        return found

    def do(self, plan: Plan, **more: Any) -> tuple[Ended, list[WorkEvent]]:
        async def follow() -> list[WorkEvent]:
            found = []
            async with aclosing(fulfilment.carry_out(self.desk, plan, **more)) as events:
                async for event in events:
                    found.append(event)
            return found

        events = run(follow())
        last = events[-1]
        assert isinstance(last, Ended)
        return last, events

    def fulfil(self, wish: Wish, **more: Any) -> tuple[Plan, Ended]:
        plan = self.plan(wish)
        ended, _ = self.do(plan, **more)
        return plan, ended

    def finish(self) -> list[str]:
        """What a start of the program finishes."""
        if not possessions.due(self.vault.made(), self.google.now()):
            return []
        return [end.what for end in run(loose_ends.finish(self.desk))]

    def made(self, kind: MadeKind) -> list[Made]:
        return [made for made in self.vault.made() if made.kind is kind]

    def secret(self) -> str:
        credential = self.vault.read("default").access.credential
        assert isinstance(credential, ApiKey)
        return credential.secret.reveal()

    def save_foreign_key(self, standard: bool = True) -> str:
        """A key of the same project that somebody made by hand."""
        made = self.google.studio_key(standard=standard)
        access = Access(ApiKey(Secret(made.text)), Service.STUDIO)
        self.vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")
        return made.text


def lines_of(writes: Iterable[Write], intent: str = "") -> list[str]:
    """What the ledger of Google must have for these writes, and nothing else."""
    return [_line(write) for write in writes]


def _line(write: Write) -> str:
    project, name, account = write.project, write.name, write.account
    keys = f"apikeys.googleapis.com /v2/projects/{project}/locations/global/keys"
    accounts = f"iam.googleapis.com /v1/projects/{project}/serviceAccounts"
    check = "SKIP" if write.unused else "CHECK"
    return {
        Act.ENABLE: f"POST {urls.service_of(urls.SERVICE_USAGE)} /v1/projects/{project}/services:batchEnable",
        Act.CREATE_ACCOUNT: f"POST {accounts}",
        Act.GRANT: f"POST cloudresourcemanager.googleapis.com /v3/projects/{project}:setIamPolicy",
        Act.CREATE_KEY: f"POST {keys}?keyId={name}",
        Act.UPLOAD_KEY: f"POST {accounts}/{account}/keys:upload",
        Act.DELETE_KEY: f"DELETE {keys}/{name}?checkExistingUsage={check}",
        Act.UNDELETE_KEY: f"POST {keys}/{name}:undelete",
        Act.DISABLE_ACCOUNT_KEY: f"POST {accounts}/{account}/keys/{name}:disable",
        Act.ENABLE_ACCOUNT_KEY: f"POST {accounts}/{account}/keys/{name}:enable",
        Act.DELETE_ACCOUNT_KEY: f"DELETE {accounts}/{account}/keys/{name}",
    }[write.act]


def ledger(cloud: Cloud) -> list[str]:
    """Its lines, without the etag of a deletion, which nobody knows beforehand."""
    return [line.partition("&etag=")[0] for line in cloud.ledger.lines()]
