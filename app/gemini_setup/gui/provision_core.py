"""What the window asks of the core for doing it at Google; tests and pictures put a made-up one in its stead."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gemini_setup.actions.check_and_keep import AppContext
    from gemini_setup.actions.errands import Offer, Wish
    from gemini_setup.actions.fulfilment import WorkEvent
    from gemini_setup.actions.loose_ends import End
    from gemini_setup.actions.possessions import Listed
    from gemini_setup.model.credentials import Access
    from gemini_setup.model.events import Report
    from gemini_setup.provision.plan import Plan, Project


class Hands(Protocol):
    """What is neither a generator nor `async` may block, and is called on a daemon thread."""

    def offer(self) -> Offer: ...
    def wish(self, report: Report, access: Access | None) -> Wish | None: ...
    def made(self) -> Sequence[Listed]: ...
    def is_any_due(self) -> bool: ...
    async def projects(self) -> Sequence[Project]: ...
    async def plan(self, wish: Wish) -> Plan | None: ...
    async def plan_restore(self, profile: str) -> Plan | None: ...
    def carry_out(self, plan: Plan, *, saved: bool) -> AsyncGenerator[WorkEvent, None]: ...
    async def finish(self) -> Sequence[End]: ...
    async def sign_in(self) -> bool: ...


class SystemHands:
    """The real ones, behind one desk. `idle`: a demonstration, which offers nothing and asks Google nothing."""

    def __init__(self, desk: Callable[[], AppContext], *, idle: bool = False) -> None:
        self._desk, self._idle = desk, idle

    def offer(self) -> Offer:
        from gemini_setup.actions import errands

        return errands.Offer() if self._idle else errands.offer(self._desk())

    def wish(self, report: Report, access: Access | None) -> Wish | None:
        """What would repair it. `access` is what was checked; None: the saved one, which is read from the keyring."""
        from gemini_setup.actions import errands
        from gemini_setup.vault.faults import NoSuchProfile, VaultFault

        if access is None and report.kept:
            try:
                access = self._desk().open_vault().read(report.profile).access
            except (NoSuchProfile, VaultFault):
                return None
        return errands.for_report(report, access)

    def made(self) -> Sequence[Listed]:
        """What this program made at Google. From the list alone."""
        from gemini_setup.actions import possessions

        return () if self._idle else possessions.listed()

    def is_any_due(self) -> bool:
        from gemini_setup.actions import possessions

        return not self._idle and possessions.is_any_due(self._desk())

    async def projects(self) -> Sequence[Project]:
        """Raises Stopped and NotPossible."""
        from gemini_setup.actions import errands

        return await errands.projects(self._desk())

    async def plan(self, wish: Wish) -> Plan | None:
        """None where there is nothing to do. Raises Stopped, NotPossible, NoSuchProfile and VaultFault."""
        from gemini_setup.actions import errands

        return await errands.plan(self._desk(), wish)

    async def plan_restore(self, profile: str) -> Plan | None:
        """None where nothing needs to be done at Google. Raises NotPossible and VaultFault."""
        from gemini_setup.actions import errands

        return await errands.plan_restore(self._desk(), profile)

    def carry_out(self, plan: Plan, *, saved: bool) -> AsyncGenerator[WorkEvent, None]:
        """`saved`: what a repair is for is saved, and checked again afterwards."""
        from gemini_setup.actions import fulfilment

        return fulfilment.carry_out(self._desk(), plan, saved=saved)

    async def finish(self) -> Sequence[End]:
        """What earlier runs left. Raises VaultFault and NotPossible."""
        from gemini_setup.actions import loose_ends

        return await loose_ends.finish(self._desk())

    async def sign_in(self) -> bool:
        """gcloud's own sign-in, in the browser: False where it came to none."""
        from gemini_setup.actions.gcloud_login import sign_in

        return await sign_in(self._desk().environ)
