"""What follows a rotation (DESIGN §7): is the old credential dead, bring it back, erase it, forget a profile.

A rotation ends when the old credential is proven dead at Google. Until then it stays in `previous`, for rolling back
and because it is still worth something to anyone who has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gemini_setup.actions import errands
from gemini_setup.actions.check_and_keep import SOON, AppContext, Ask, asking, follow, is_death, note_old
from gemini_setup.diagnosis.causes import UNKNOWN
from gemini_setup.model.credentials import Access, StoredCredential
from gemini_setup.model.events import Delivered
from gemini_setup.model.outcomes import Cause, Outcome
from gemini_setup.system.threads import blocking

#: Seconds between the two answers that prove a death, and until a credential that still lives is asked again.
APART: Final = 30.0
PATIENCE: Final = 60.0
ASKS: Final = 12  # about ten minutes of patience: Google may take a while to make a deletion known


@dataclass(frozen=True, slots=True)
class Asked:
    """One asking of both credentials. `deaths` of the two that are needed in a row; `wait` seconds until the next."""

    old: Cause
    new: Cause
    deaths: int
    wait: float


@dataclass(frozen=True, slots=True)
class Proof:
    """The end of the asking: `dead` only if Google said so twice, while the new credential worked each time."""

    dead: bool
    old: Cause
    new: Cause
    generation: int  # of the old credential that was asked


async def prove(
    desk: AppContext,
    profile: str,
    *,
    ask: Ask | None = None,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Asked | Proof, None]:
    """The person says that the old credential is deleted: ask Google, twice at least `APART` seconds apart.

    Each credential is asked on its native route at the endpoint in its own head, again each time, and nothing is
    generated. Goes on for about ten minutes while the old one still lives, then ends with a Proof that is none; so it
    does when another program replaces one of the two meanwhile. Writes down what the person said and what was proven;
    erases nothing. Raises NoSuchProfile where there is no old one.
    """
    from gemini_setup.vault.faults import NoSuchProfile

    if ask is None:
        ask = asking(desk)

    def read() -> tuple[StoredCredential, StoredCredential | None]:
        vault = desk.open_vault()
        return vault.read(profile), vault.previous(profile)

    def the_same() -> bool:
        found, earlier = read()
        return (found.generation, earlier.generation if earlier else 0) == (kept.generation, generation)

    kept, before = await blocking(read)
    if before is None:
        raise NoSuchProfile(profile)
    generation = before.generation
    await blocking(lambda: desk.open_vault().note_old(profile, generation, deleted=True))
    deaths = 0
    for number in range(1, ASKS + 1):
        old, new = await asyncio.gather(ask(before.access), ask(kept.access))
        await note_old(desk, profile, generation, old)
        deaths = deaths + 1 if is_death(old) and new.outcome is Outcome.ACCEPTED else 0
        if (deaths < 2 and number == ASKS) or not await blocking(the_same):
            break
        if deaths == 2 and await blocking(lambda: desk.open_vault().note_old(profile, generation, dead=True)):
            yield Proof(True, old, new, generation)
            return
        wait = APART if deaths else PATIENCE
        yield Asked(old, new, deaths, wait)
        await pause(wait)
    yield Proof(False, old, new, generation)


# ---------------------------------------------------------------- one click each


def previous(desk: AppContext, profile: str) -> StoredCredential | None:
    """Blocking: the credential that `rollback` would bring back. Raises VaultFault."""
    return desk.open_vault().previous(profile)


@dataclass(frozen=True, slots=True)
class Both:
    """What Google says of a profile's two credentials now, asked without a generation. `before` is the previous one."""

    before: StoredCredential
    old: Cause
    new: Cause

    @property
    def only_old_works(self) -> bool:
        """Without the previous one nothing would be left that works, as far as Google has said."""
        fails = self.new.outcome in (Outcome.REFUSED, Outcome.BLOCKED)
        return fails and self.old.outcome is not Outcome.REFUSED


async def ask_both(
    desk: AppContext, profile: str, ask: Ask | None = None, *, comes_back: bool = False
) -> Both | None:
    """Ask Google about both before one is brought back or erased. None where there is no whole previous one.

    One that waits until nothing uses it is asked about only where it is to come back (`comes_back`).
    `unknown` for what it does not say soon. What it says of the previous one is written down. Raises NoSuchProfile and
    VaultFault.
    """
    kept, before, quiet = await blocking(lambda: _both(desk, profile))
    if before is None:
        return None
    if quiet and not comes_back:
        return Both(before, UNKNOWN, await _soon(ask or asking(desk), kept.access))
    old, new = await asyncio.gather(
        *(_soon(ask or asking(desk), one.access) for one in (before, kept)),
    )
    await note_old(desk, profile, before.generation, old)
    return Both(before, old, new)


def _both(desk: AppContext, profile: str) -> tuple[StoredCredential, StoredCredential | None, bool]:
    """The third: the previous one is deleted once nothing uses it, so that it is not asked about: that would be a use."""
    vault = desk.open_vault()
    kept, before = vault.read(profile), vault.previous(profile)
    return kept, before, before is not None and errands.is_retiring(vault, profile, before.access)


async def _soon(ask: Ask, access: Access) -> Cause:
    try:
        return await asyncio.wait_for(ask(access), SOON)
    except TimeoutError:
        return UNKNOWN


def rollback(desk: AppContext, profile: str, said: Cause | None = None) -> StoredCredential:
    """Blocking: bring the previous credential back, also where it is delivered. Raises NoSuchProfile and VaultFault.

    `said` is what Google said of it just now, where it was asked.
    """
    from gemini_setup.vault.faults import VaultFault

    vault = desk.open_vault()
    kept = vault.rollback(profile)
    errands.back_in_use(vault, profile, kept.access)
    follow(vault, profile, kept, desk.environ)
    if said is not None and said is not UNKNOWN:
        with suppress(VaultFault):  # it is a note; the credential is back, and said to be
            vault.note_checked(profile, said.outcome, said.id, checked=kept)
    return kept


def forget_previous(desk: AppContext, profile: str, generation: int | None = None) -> bool:
    """Blocking: erase the previous credential here, of that generation only where one is given.

    False if there is none such. Raises NoSuchProfile and VaultFault.
    """
    return desk.open_vault().forget_previous(profile, generation)


def begin_removal(desk: AppContext, profile: str) -> tuple[Delivered, ...]:
    """Blocking: mark a profile as being removed; nothing is deleted yet, and programs go on reading it.

    `remove` carries it out, `take_back_removal` ends it; until one of the two the list says that it did not finish. What
    is delivered of it follows it no longer, and is returned. Raises NoSuchProfile and VaultFault: then it is as it was.
    """
    from gemini_setup import delivery
    from gemini_setup.vault import removal

    with delivery.ending(profile) as ending:
        try:
            removal.begin(desk.open_vault(), profile, ending.end)
        except BaseException:
            ending.resume()
            raise
        return ending.left


def remove(desk: AppContext, profile: str, *, begun: bool = False) -> tuple[Delivered, ...]:
    """Blocking: forget a profile everywhere here. Raises NoSuchProfile and VaultFault.

    `begun`: only what `begin_removal` has marked; what was saved under its name since then stays (NoSuchProfile).

    Returns where it is still delivered: that stays, and follows no profile of that name that is kept later. What was
    refused before anything was deleted was not done; after that the row says `removing`, and this finishes it.
    """
    from gemini_setup import delivery

    vault = desk.open_vault()
    with delivery.ending(profile) as ending:
        try:
            # Before the first deletion: a killed run must not leave deliveries that a later profile is written to.
            vault.remove(profile, ending.end, begun=begun)
        except BaseException:
            row = vault.profile(profile)
            if row is not None and not row.removing:  # nothing was deleted
                ending.resume()
            raise
        return ending.left


def take_back_removal(desk: AppContext, profile: str) -> bool:
    """Blocking: keep a profile whose removal did not come to its end, and have its deliveries follow it again.

    False where nothing whole is left of it. Raises NoSuchProfile and VaultFault.
    """
    from gemini_setup import delivery
    from gemini_setup.vault import removal
    from gemini_setup.vault.faults import NoSuchProfile

    vault = desk.open_vault()
    row = vault.profile(profile)
    if row is None or not row.removing:
        raise NoSuchProfile(profile)
    if not removal.take_back(vault, profile):
        return False
    delivery.resume(profile, row)
    return True
