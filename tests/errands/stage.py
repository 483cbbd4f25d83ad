"""A computer with gcloud's sign-in at the loopback Google: what a program that was just started has, and the flows to run there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gemini_setup.actions import errands, fulfilment, loose_ends
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.actions.errands import Wish
from gemini_setup.actions.fulfilment import Ended
from gemini_setup.actions.loose_ends import End
from gemini_setup.google.gcloud import place
from gemini_setup.model.credentials import Access
from gemini_setup.model.made import Made
from gemini_setup.provision.plan import Plan
from gemini_setup.system import paths
from gemini_setup.vault.backends.plaintext import PrivateStore, make
from gemini_setup.vault.faults import NoSuchProfile
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.vault import Vault
from tests.loopback import User
from tests.loopback.management import Clock

PROFILE = "default"


def home_variables(home: Path) -> dict[str, str]:
    """What makes every folder of ours lie below `home`."""
    return {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(home / "run"),
    }


def furnish(home: Path, person: User) -> None:
    """Our folder with the private file, and gcloud's sign-in."""
    for folder in (home, home / "data" / "gemini-setup", home / "run"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    make(home / "data" / "gemini-setup" / paths.PRIVATE)
    file = place({"HOME": str(home)})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(person.text)
    file.chmod(0o600)


@dataclass(frozen=True)
class Stage:
    """One computer; `google` are the variables that lead to the loopback Google. This process must have `variables` set."""

    home: Path
    google: Mapping[str, str]
    clock: Clock
    plans: list[Plan] = field(default_factory=list)  # those that were carried out

    @property
    def variables(self) -> dict[str, str]:
        return {**home_variables(self.home), **self.google}

    def vault(self) -> Vault:
        ours = self.home / "data" / "gemini-setup"
        return Vault(
            PrivateStore(ours / paths.PRIVATE),
            Index(ours / paths.PRIVATE_INDEX),
            VaultLock(ours / "vault.lock"),
            lambda: datetime.fromtimestamp(self.clock.now(), UTC),
        )

    @property
    def desk(self) -> AppContext:
        environ = {**{k: v for k, v in os.environ.items() if k == "PATH"}, **self.variables}
        return AppContext(self.vault, environ, self.clock.sleep, self.clock.now)

    def saved(self) -> tuple[Access | None, Access | None]:
        """(in use, previous)."""
        vault = self.vault()
        try:
            found = vault.read(PROFILE).access
        except NoSuchProfile:
            return None, None
        before = vault.previous(PROFILE)
        return found, before.access if before is not None else None

    def pending(self) -> Access | None:
        return self.vault().pending(PROFILE)

    def made(self) -> list[Made]:
        return self.vault().made()

    # --- what a face does ------------------------------------------------------------------------------------

    async def plan(self, wish: Wish) -> Plan:
        found = await errands.plan(self.desk, wish)
        assert found is not None, "there is nothing to do"
        return found

    async def restoring(self) -> Plan:
        found = await errands.plan_restore(self.desk, PROFILE)
        assert found is not None, "there is nothing to bring back"
        return found

    async def carry_out(self, plan: Plan, *, wait: float = 600.0, generate: bool = False) -> Ended:
        self.plans.append(plan)
        ended: Ended | None = None
        async with aclosing(fulfilment.carry_out(self.desk, plan, wait=wait, generate=generate)) as events:
            async for event in events:
                if isinstance(event, Ended):
                    ended = event
        assert ended is not None
        return ended

    async def finish(self) -> list[End]:
        return await loose_ends.finish(self.desk)
