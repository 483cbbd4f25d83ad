"""What the program does: add, keep, check, list, explain. Each long one is an async generator that ends with a Report.

The two faces call these and nothing below them; what touches the world is passed in by an `AppContext`. The
generators can be closed at any time: every request stops at once. A keyring call that is under way then runs to its
end unheard.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from gemini_setup.diagnosis import causes
from gemini_setup.diagnosis.causes import PROVES_DEAD
from gemini_setup.google import urls
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, Endpoints, Profile, ReplacedCredential, StoredCredential
from gemini_setup.model.events import Delivered, Event, Finding, Planned, Report, Started, Step
from gemini_setup.model.outcomes import Cause, Fault, Outcome
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from gemini_setup.checks.check import Checked
    from gemini_setup.model.recognised import Recognised
    from gemini_setup.vault.faults import VaultFault
    from gemini_setup.vault.vault import Keeping, Vault

_T = TypeVar("_T")


def _system_vault() -> Vault:
    from gemini_setup.vault.factory import open_vault

    return open_vault()


@dataclass(frozen=True)
class AppContext:
    """The outside world as the actions see it: how to open the vault, the environment's variables, and the clock.

    `pause` waits some seconds; None: asyncio's own.
    """

    open_vault: Callable[[], Vault] = _system_vault
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    pause: Callable[[float], Awaitable[None]] | None = None
    now: Callable[[], float] = time.time

    def endpoints(self) -> Endpoints:
        """Where a new credential is checked: Google, or what the environment names. Raises routes.NotAnAddress."""
        return urls.endpoints_from(self.environ)


#: What a check imports, in pieces: each import holds the interpreter, so the window gets air between them.
_WARM = (
    "asyncio", "ssl", "httpx", "httpcore", "anyio._backends._asyncio", "truststore", "gemini_setup.google.http",
    "gemini_setup.checks.studio", "cryptography.hazmat.primitives.serialization", "google.auth.jwt",
    "google.auth.crypt", "gemini_setup.checks.vertex", "gemini_setup.vault.factory", "platformdirs",
)  # fmt: skip
_WARM_LINUX = (
    "jeepney.io.blocking",
    "secretstorage",
    "keyring.backends.SecretService",
    "gemini_setup.vault.backends.secret_service",
)


def warm_up() -> None:
    """Blocking: import what a check and a keeping need, while the person reads the first page. Raises nothing."""
    import sys
    from importlib import import_module

    for name in (*_WARM, *(_WARM_LINUX if sys.platform.startswith("linux") else ())):
        try:
            import_module(name)
        except Exception:  # noqa: BLE001 - told by the check that needs it
            return
        time.sleep(0.004)
    from gemini_setup.google.http import trust

    with suppress(Exception):  # as above
        trust(os.environ)
    for table in cause_texts.TABLES:
        cause_texts.table(table)


def recover(desk: AppContext) -> None:
    """Blocking: finish what a killed run had begun. Touches no keyring unless such a run has left its mark."""
    from gemini_setup import delivery
    from gemini_setup.actions.private_file import finish_move
    from gemini_setup.actions.profile_name import finish_rename
    from gemini_setup.vault.factory import open_index
    from gemini_setup.vault.faults import NoSuchProfile, VaultFault

    try:
        finish_move()
        delivery.tidy()
        if open_index().moving() is not None:
            finish_rename(desk.open_vault())
        if any(open_index().unfinished()):
            desk.open_vault().recover()
        for name in delivery.behind():
            vault = desk.open_vault()
            follow(vault, name, vault.read(name), desk.environ)
    except (VaultFault, NoSuchProfile):
        pass  # the next keeping heals it, and says then what is wrong with the keyring


# ---------------------------------------------------------------- add and keep

#: Seconds in which a replaced credential must answer after the new one is kept.
SOON: Final = 8.0
Ask = Callable[[Access], Awaitable[Cause]]


def is_death(cause: Cause) -> bool:
    return cause.id in PROVES_DEAD


def asking(desk: AppContext) -> Ask:
    """Ask Google about one credential by the check's own steps, without a generation."""

    async def ask(access: Access) -> Cause:
        from gemini_setup.checks import check

        cause: Cause | None = None
        async for event in check.check(access, generate=False, environ=desk.environ):
            if isinstance(event, check.Checked):
                cause = event.cause
        assert cause is not None, "every check ends with a result"
        return cause

    return ask


async def add(
    desk: AppContext,
    access: Access,
    profile: str,
    *,
    generate: bool = True,
    force: bool = False,
    made: float | None = None,
) -> AsyncGenerator[Event, None]:
    """Check a credential and keep it when Google accepts it; `force` keeps a blocked or unasked one too.

    `made`: when it was made at Google (seconds of the epoch), where that is known.
    """
    async with aclosing(checking(desk, profile, access, generate, (Step.KEEP,), made)) as events:
        async for event in events:
            if isinstance(event, Report):
                report = event
            else:
                yield event
    if not may_keep(report.cause, force=force):
        yield report
        return
    async with aclosing(keep(desk, access, report)) as events:
        async for event in events:
            yield event


async def keep(
    desk: AppContext, access: Access, report: Report, *, ask_old: bool = True
) -> AsyncGenerator[Event, None]:
    """Write what was checked to the keyring and read it back: the step *keep* and the report with its result.

    Also for "Keep it anyway" and for trying again after a keyring's fault: Google is not asked again. `ask_old`:
    whether Google is asked about the credential that it replaced; for one that is deleted when it is quiet, that would
    be a use of it.
    """
    if report.outcome is Outcome.REFUSED:
        raise ValueError("a refused credential is not kept")
    yield Started(Step.KEEP)
    began = time.perf_counter()
    error, done, store, followed = await blocking(lambda: _keep_now(desk, access, report))
    fault, why, reason = (error.fault, error.why, error.reason) if error is not None else (None, "", "")
    facts = {"store": store, "reason": reason} if reason else {"store": store}
    finding = Finding(
        Step.KEEP, None, round((time.perf_counter() - began) * 1000), _frozen(facts), why, fault
    )
    yield finding
    before = done.before if done is not None else None
    of_the_old = await _asked_soon(desk, before.access) if before is not None and ask_old else None
    if before is not None and of_the_old is not None:
        await note_old(desk, report.profile, before.generation, of_the_old)
    findings = (*(f for f in report.findings if f.step is not Step.KEEP), finding)
    yield replace(
        report,
        findings=findings,
        kept=fault is None,
        unchanged=done is not None and done.unchanged,
        delivered=followed,
        old=_old(before) if before is not None else None,
        old_cause=of_the_old,
        old_dead=of_the_old is not None and is_death(of_the_old),
        fault=fault,
        reason=reason,
        store=store,
        details=details_of(report.cause, report.facts, findings),
    )


async def _asked_soon(desk: AppContext, access: Access) -> Cause:
    """What Google says of the credential that was replaced: one that was dead before need not be deleted.

    `unknown` where it does not answer soon: the new one is kept, and that is not held up.
    """
    import asyncio

    try:
        return await asyncio.wait_for(asking(desk)(access), SOON)
    except TimeoutError:
        return causes.UNKNOWN


async def note_old(desk: AppContext, profile: str, generation: int, said: Cause) -> None:
    """Write down what Google said of the replaced credential: nobody is reminded of what is known to be otherwise."""
    from gemini_setup.vault.faults import VaultFault

    if said.outcome is Outcome.UNANSWERED:
        return
    refused = said.id if is_death(said) else None
    with suppress(VaultFault):  # it is a reminder; what was done is done
        await blocking(lambda: desk.open_vault().note_old(profile, generation, asked=(refused,)))


def _old(before: StoredCredential) -> ReplacedCredential:
    access = before.access
    return ReplacedCredential(
        access.credential.kind, access.credential.hint, access.project, before.created, access.service
    )


def _keep_now(
    desk: AppContext, access: Access, report: Report
) -> tuple[VaultFault | None, Keeping | None, str, tuple[Delivered, ...]]:
    """Blocking. The fault (None when kept), what was done, the store's name, and the deliveries that followed or not."""
    from gemini_setup.vault.faults import VaultFault

    store = ""
    try:
        vault = desk.open_vault()
        store = vault.store_name
        row = vault.profile(report.profile)
        done = vault.keep(
            report.profile, access, model=report.model, outcome=report.outcome, cause=report.cause.id
        )
        if row is not None and row.removing:  # a removal that did not come to its end, and never will now
            from gemini_setup import delivery

            with suppress(VaultFault):  # it is saved; where it is delivered stays as it is
                delivery.resume(report.profile, row)
    except VaultFault as error:
        return error, None, error.store or store, ()
    return None, done, store, follow(vault, report.profile, done.kept, desk.environ)


def follow(
    vault: Vault, profile: str, kept: StoredCredential, environ: Mapping[str, str]
) -> tuple[Delivered, ...]:
    """Blocking: after a rotation, the other tools that a profile is delivered to. Raises nothing: it is kept already."""
    from gemini_setup import delivery
    from gemini_setup.vault.faults import VaultFault

    try:
        return delivery.follow(vault, profile, kept, environ)
    except (
        VaultFault,
        OSError,
    ):  # no lock, no folder: each place has what it had, and the next rotation tries again
        return delivered(profile)


def delivered(profile: str) -> tuple[Delivered, ...]:
    """Where a profile is delivered, and what did not follow. Touches no secret and no keyring."""
    from gemini_setup.delivery import delivered as found

    return tuple(found(profile))


def may_keep(cause: Cause, *, force: bool) -> bool:
    """Accepted is kept; blocked and unanswered only when the person insists; refused never (DESIGN §2)."""
    if cause.outcome is Outcome.ACCEPTED:
        return True
    return force and cause.outcome is not Outcome.REFUSED


# ---------------------------------------------------------------- check


async def check(
    desk: AppContext, profile: str, *, generate: bool = True, made: float | None = None
) -> AsyncGenerator[Event, None]:
    """Check a kept credential again, at its own endpoints. Raises NoSuchProfile and VaultFault before the first event.

    `made`: when it, or what it needs, was made at Google (seconds of the epoch), where that is known.
    """
    kept, known = await blocking(lambda: _kept_and_known(desk, profile))
    async with aclosing(checking(desk, profile, kept.access, generate, made=made)) as events:
        async for event in events:
            if isinstance(event, Report):
                report = event
            else:
                yield event
    fault, store, reason = await blocking(lambda: _note(desk, report, kept))
    facts = _frozen({**report.facts, **known})
    yield replace(
        report,
        kept=True,
        unchanged=True,
        fault=fault,
        reason=reason,
        store=store,
        facts=facts,
        context=cause_texts.Context.SAVED,
    )


def _kept_and_known(desk: AppContext, profile: str) -> tuple[StoredCredential, dict[str, str]]:
    """Blocking: a saved credential, and what the index knows of this very one that a diagnosis may say."""
    vault = desk.open_vault()
    kept = vault.read(profile)
    row = vault.profile(profile)
    if row is None or row.kept != kept.created:
        return kept, {"saved": kept.created}
    return kept, {"saved": kept.created, **({"worked": row.last_worked} if row.last_worked else {})}


def turned_away(profile: str, step: Step, found: Recognised) -> Report:
    """The report on what can never be the credential it should be, told by a local look; nothing was asked or kept."""
    cause = causes.CAUSES[found.cause or "file-not-json"]
    finding = Finding(step, cause, 0, _frozen({"kind": found.kind} if found.kind else {}))
    return Report(
        profile=profile,
        cause=cause,
        usable=False,
        works_with=_frozen({"native": None, "openai": None}),
        findings=(finding,),
        facts=finding.facts,
        details=details_of(cause, finding.facts, (finding,)),
    )


def _note(desk: AppContext, report: Report, kept: StoredCredential) -> tuple[Fault | None, str, str]:
    from gemini_setup.vault.faults import VaultFault

    try:
        vault = desk.open_vault()
        vault.note_checked(report.profile, report.outcome, report.cause.id, report.model, checked=kept)
    except VaultFault as error:
        return error.fault, error.store, error.reason
    return None, vault.store_name, ""


def read(desk: AppContext, profile: str) -> StoredCredential:
    """Blocking: the kept credential. Raises NoSuchProfile and VaultFault."""
    return desk.open_vault().read(profile)


def is_kept(desk: AppContext, profile: str) -> bool:
    """Blocking: whether something is kept under that name. Raises VaultFault."""
    from gemini_setup.vault.faults import NoSuchProfile

    try:
        desk.open_vault().read(profile)
    except NoSuchProfile:
        return False
    return True


def listed() -> list[Profile]:
    """What may be shown of every profile. Touches no secret and no keyring."""
    from gemini_setup.vault.factory import open_index

    return open_index().profiles()


# ---------------------------------------------------------------- what a person reads


def diagnosis(report: Report) -> cause_texts.CauseWords:
    """What a person reads of a report's cause, the facts filled in."""
    return cause_texts.cause(report.cause.id, cause_texts.friendly(report.facts), report.context)


def trap_page(report: Report | None) -> cause_texts.TrapWords:
    """The trap page for a report, or before anything was pasted."""
    if report is None:
        return cause_texts.trap(None)
    return cause_texts.trap(report.cause.id, cause_texts.friendly(report.facts))


def admin_message(report: Report) -> str:
    """A message to the administrator, ready to be sent; "" for a cause that needs none."""
    return cause_texts.admin_message(report.cause.id, cause_texts.friendly(report.facts), report.context)


# ---------------------------------------------------------------- the parts


async def checking(
    desk: AppContext,
    profile: str,
    access: Access,
    generate: bool,
    planned: tuple[Step, ...] = (),
    made: float | None = None,
) -> AsyncGenerator[Event, None]:
    """A check's events, `planned` steps of ours added to its own; ends with a report on which nothing is kept yet."""
    from gemini_setup.checks import check

    questions = check.check(access, generate=generate, environ=desk.environ, made=made)
    async with aclosing(questions) as events:
        async for event in events:
            if isinstance(event, check.Checked):
                yield _report(profile, event)
            elif isinstance(event, Planned):
                yield Planned((*event.steps, *planned))
            else:
                yield event


def _report(profile: str, checked: Checked) -> Report:
    return Report(
        profile=profile,
        cause=checked.cause,
        usable=checked.usable,
        works_with=_frozen({"native": checked.native, "openai": checked.openai}),
        findings=checked.findings,
        facts=checked.facts,
        model=checked.model,
        sentence=checked.sentence,
        details=details_of(checked.cause, checked.facts, checked.findings),
    )


def details_of(cause: Cause, facts: Mapping[str, str], findings: tuple[Finding, ...]) -> str:
    """The text behind "Copy details": redacted already by the parts it is made of; fit to be pasted in public."""
    from gemini_setup.version import __version__

    lines = [f"Gemini Setup {__version__}: {cause.id} ({cause.outcome.value})"]
    shown = {
        name: value for name, value in facts.items() if name not in ("trap", "account", "side", "credential")
    }
    if shown:
        lines.append(" ".join(f"{name}={value}" for name, value in sorted(shown.items())))
    for finding in findings:
        result = finding.cause.id if finding.cause else (finding.fault.value if finding.fault else "kept")
        lines.append(f"{finding.step.value}: {result} ({finding.ms} ms)")
        if finding.detail:
            lines.extend(f"    {line}" for line in finding.detail.strip().splitlines()[:40])
    return "\n".join(lines) + "\n"


def _frozen(values: dict[str, _T]) -> Mapping[str, _T]:
    return MappingProxyType(values)
