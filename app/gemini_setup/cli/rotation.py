"""`rollback` and `remove`: what destroys asks Google and the person first (DESIGN §5)."""

from __future__ import annotations

import argparse
import asyncio
import sys

from gemini_setup.actions import check_and_keep, errands, rotate
from gemini_setup.cli import output as say
from gemini_setup.cli.arguments import UsageError, fail
from gemini_setup.cli.exit_codes import DONE, INTERRUPTED, KEYRING, NOT_KEPT, NOT_THERE, UNANSWERED
from gemini_setup.cli.terminal import WHILE, Screen, Turning, waiting
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import DEFAULT_PROFILE, is_profile_name
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.faults import NoSuchProfile, VaultFault


def run(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    """Raises say.NobodyAsked, UsageError."""
    name = options.profile_name
    try:
        if options.command == "rollback":
            code = _restored(desk, options)
            return _rollback(desk, name, force=options.force) if code is None else code
        if options.previous and options.keep:
            raise UsageError(say.cli("previous_or_keep"))
        if options.previous:
            return _remove_previous(desk, name, options)
        if options.prove or options.force:
            raise UsageError(say.cli("previous_only"))
        return _take_back(desk, name) if options.keep else _remove(desk, name, yes=options.yes)
    except NoSuchProfile:
        fail(say.cli("unknown_profile"))
        return NOT_THERE
    except VaultFault as error:
        fail(say.told(error))
        return KEYRING


def _restored(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int | None:
    """What we have deleted or disabled at Google is brought back there first; None where nothing is to be done there."""
    try:
        plan = asyncio.run(errands.plan_restore(desk, options.profile_name))
    except errands.NotPossible as error:
        if options.force:
            return None
        fail(error)
        return NOT_KEPT
    if plan is None and not options.plan:
        return None
    from gemini_setup.cli import google_work

    return google_work.restore(desk, plan, options)


def _rollback(desk: check_and_keep.AppContext, name: str, *, force: bool) -> int:
    """Google is asked first; one that it refuses comes back only where the person insists."""
    with waiting(say.busy("asking")):
        both = asyncio.run(rotate.ask_both(desk, name, comes_back=True))
    if both is None:
        return _no_previous()
    hint, title = both.before.access.credential.hint, cause_texts.cause(both.old.id).title
    if both.old.outcome is Outcome.REFUSED and not force:
        question = say.cli("rollback_question", hint=hint, title=title)
        try:
            agreed = say.agreed(question, yes=False)
        except say.NobodyAsked:
            say.tell(say.cli("rollback_refused", hint=hint, title=title))
            return NOT_KEPT
        if not agreed:
            say.tell(say.cli("unchanged_all"))
            return INTERRUPTED
    try:
        with waiting(say.busy("keyring")):
            kept = rotate.rollback(desk, name, both.old)
    except NoSuchProfile:  # another program was there meanwhile
        return _no_previous()
    say.tell(say.cli("rolled_back", hint=kept.access.credential.hint))
    if both.old.outcome is not Outcome.ACCEPTED:
        unanswered = both.old.outcome is Outcome.UNANSWERED
        facts = {"title": title, "profile": "" if name == DEFAULT_PROFILE else name}
        say.tell(say.cli("rolled_back_unanswered" if unanswered else "rolled_back_but", **facts))
    if found := check_and_keep.delivered(name):
        from gemini_setup.cli.connect import say_followed

        say_followed(found)
    return DONE


def _remove_previous(desk: check_and_keep.AppContext, name: str, options: argparse.Namespace) -> int:
    """Erase it when asked to; with `prove` only what Google has said twice to be dead."""
    say.must_be_asked(yes=options.yes)
    before = rotate.previous(desk, name)
    if before is None and not desk.open_vault().has_previous(name):
        desk.open_vault().read(name)  # NoSuchProfile where there is no profile either
        return _no_previous()
    hint = before.access.credential.hint if before is not None else ""
    proof = _proven(desk, name) if options.prove and before is not None else None
    if proof is not None and not proof.dead:
        sentence, code = unproven(proof, hint, name)
        say.tell(sentence)
        return code
    if proof is None and before is not None and not options.force:
        with waiting(say.busy("asking")):
            both = asyncio.run(rotate.ask_both(desk, name))
        if both is not None and both.only_old_works:
            say.tell(say.cli("only_previous", hint=hint, title=cause_texts.cause(both.new.id).title))
            return NOT_KEPT
    if not say.agreed(say.cli("previous_question", hint=hint, profile=name), yes=options.yes):
        say.tell(say.cli("unchanged_all"))
        return INTERRUPTED
    if not rotate.forget_previous(desk, name, before.generation if before is not None else None):
        return _no_previous()
    say.tell(say.cli("forgotten" if proof is not None else "forgotten_unproven", hint=hint))
    return DONE


def unproven(proof: rotate.Proof, hint: str, profile: str) -> tuple[str, int]:
    """Why a proof is none, as a sentence, and the exit code. Waiting helps only where nothing is refused."""
    if proof.new.outcome in (Outcome.REFUSED, Outcome.BLOCKED):
        facts = {
            "title": cause_texts.cause(proof.new.id).title,
            "profile": "" if profile == DEFAULT_PROFILE else profile,
        }
        return say.cli("new_fails", hint=hint, **facts), NOT_KEPT
    asked = proof.old.outcome is not Outcome.UNANSWERED and proof.new.outcome is Outcome.ACCEPTED
    if asked and not check_and_keep.is_death(proof.old):
        return say.cli("still_alive", hint=hint), NOT_KEPT
    return say.cli("not_proven", hint=hint), UNANSWERED


def _proven(desk: check_and_keep.AppContext, name: str) -> rotate.Proof:
    screen = Screen(sys.stderr)
    turning = Turning(screen, WHILE)

    async def follow() -> rotate.Proof:
        async for event in rotate.prove(desk, name):
            if isinstance(event, rotate.Proof):
                return event
            title = cause_texts.cause(event.old.id).title
            said = say.cli("asked_old", title=title, wait=cause_texts.duration(round(event.wait)))
            turning.beside(*screen.lines(said))
        raise AssertionError("a proof ends with one")

    turning.say(say.busy("asking"))
    try:
        return asyncio.run(follow())
    finally:
        turning.end()


def _remove(desk: check_and_keep.AppContext, name: str, *, yes: bool) -> int:
    if not say.agreed(say.cli("remove_question", profile=_shown(name)), yes=yes):
        say.tell(say.cli("not_removed"))
        return INTERRUPTED
    with waiting(say.busy("keyring")):
        left = rotate.remove(desk, name)
    say.tell(say.cli("removed", profile=_shown(name)))
    if left:
        from gemini_setup.cli.connect import still

        for line in still(left):
            say.tell(line)
    return DONE


def _take_back(desk: check_and_keep.AppContext, name: str) -> int:
    try:
        whole = rotate.take_back_removal(desk, name)
    except NoSuchProfile:
        if not check_and_keep.is_kept(desk, name):
            raise
        say.tell(say.cli("not_being_removed", profile=name))
        return DONE
    say.tell(say.cli("not_removed_after_all" if whole else "nothing_whole", profile=name))
    return DONE if whole else NOT_THERE


def _no_previous() -> int:
    fail(say.cli("no_previous"))
    return NOT_THERE


def _shown(name: str) -> str:
    """A profile's name, fit to be printed: what cannot be one is not repeated, it may be a key."""
    return name if is_profile_name(name) else "…"
