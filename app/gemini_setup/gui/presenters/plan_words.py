"""From a plan, its run and its end to what the page says of them. Makes no widgets."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from gemini_setup.actions.fulfilment import Checking, Ended, NotYet
from gemini_setup.gui.presenters.check_result import Verdict, explained, fault_words
from gemini_setup.gui.texts import has, say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.events import Finding, Report, Started, Step
from gemini_setup.model.made import Made
from gemini_setup.provision.plan import Act, Flow, Plan, Project, Retire, Write
from gemini_setup.provision.progress import Began, Waits, Wrote
from gemini_setup.provision.refusals import Stopped
from gemini_setup.vault.faults import VaultFault

CHECK: Final = "check"
SAVE: Final = "save"


@dataclass(frozen=True, slots=True)
class WriteWords:
    """One write: a short line with its reason; for those who look closer what exactly, its undo, and gcloud's command."""

    what: str
    why: str
    exactly: str
    undo: str
    command: str


@dataclass(frozen=True, slots=True)
class PlanWords:
    title: str
    lead: str  # where no choice of projects says which one it is
    writes: tuple[WriteWords, ...]
    agree: str
    notes: tuple[str, ...]


def plan_words(plan: Plan) -> PlanWords:
    notes = (
        [say("plan.replaces", profile=plan.profile)] if plan.replaces and plan.flow is not Flow.ROTATE else []
    )
    if plan.flow is Flow.ROTATE and plan.old is None:
        notes.append(say("plan.leaves"))
    if plan.unsure:
        notes.append(say("plan.unsure"))
    title = say(f"plan.title.{plan.flow.value}", **_facts(plan))
    lead = say("plan.lead_in", project=project_label(plan.project))
    return PlanWords(
        title, lead, tuple(map(_write, plan.writes)), say(f"plan.agree.{plan.flow.value}"), tuple(notes)
    )


def _facts(plan: Plan) -> dict[str, str]:
    return {"project": plan.project.name or plan.project.id, "profile": plan.profile}


def _write(write: Write) -> WriteWords:
    what, why = _short(write)
    table, facts = f"provision.acts.{write.act.value}", write.facts()
    if write.later:
        what, why = say("plan.later.what", what=what), say("plan.later.why")
    return WriteWords(
        what,
        why,
        cause_texts.text(table, "what", facts),
        say("plan.undo", undo=cause_texts.text(table, "undo", facts)),
        shlex.join(write.command),
    )


def _short(write: Write) -> tuple[str, str]:
    account = write.name if write.act is Act.CREATE_ACCOUNT else write.account
    facts = {"short": account.partition("@")[0], "apis": _apis(write.names)}
    act = write.act.value
    return say(f"plan.write.{act}.what", **facts), say(f"plan.write.{act}.why", **facts)


def _apis(names: Sequence[str]) -> str:
    """By its name for the one that a person knows; otherwise how many: their names are in the details."""
    bare = names[0].partition(".")[0] if names else ""
    known = f"plan.api.{bare}"
    return say(known) if len(names) == 1 and has(known) else say("plan.api.several", count=len(names))


def project_label(project: Project) -> str:
    named = f"{project.name} ({project.id})" if project.name and project.name != project.id else project.id
    return say("plan.by_ai_studio", name=named) if project.ai_studio else named


def retire_labels() -> list[tuple[Retire, str]]:
    return [(one, say(f"plan.retires.{one.value}")) for one in Retire]


# ---------------------------------------------------------------- while it runs


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the run. `state` is open, running or green; `until`: seconds of `time.monotonic` that its text counts to.

    `counting`: the key of the sentence that has the time left, and `what` it says beside that.
    """

    id: str
    title: str
    state: str
    text: str
    until: float = 0.0
    counting: str = ""
    what: str = ""


def lines(plan: Plan, said: Iterable[tuple[float, object]], *, checks: bool, store: str) -> list[Line]:
    """What is done, in order: the writes before and after the new credential is in use, its check, and its saving."""
    made: dict[str, Line] = {}

    def put(line: Line) -> None:
        made[line.id] = line

    def name(write: Write) -> str:
        return f"write.{plan.writes.index(write) + 1}"

    for write in plan.before:
        put(Line(name(write), *_opened(write)))
    if checks:
        put(Line(CHECK, say("plan.check"), "open", say("plan.check_why")))
    if plan.makes is not None:
        put(Line(SAVE, say("plan.save"), "open", say("plan.save_why", store=store)))
    for write in plan.after:
        put(Line(name(write), *_opened(write)))
    for at, event in said:
        match event:
            case Began():
                line = made[name(event.write)]
                put(replace(line, state="running"))
            case Waits():
                now = next((line for line in made.values() if line.state == "running"), None)
                if now is not None:
                    what = cause_texts.text("provision.waits", event.what)
                    put(replace(now, until=at + event.left, counting="plan.waits_left", what=what))
            case Wrote():
                line = made[name(event.write)]
                text = say("plan.already") if event.already else line.text
                put(replace(line, state="green", text=text, until=0.0, counting=""))
            case Checking():
                put(Line(CHECK, say("plan.check"), "running", say("plan.check_now")))
            case NotYet():
                put(replace(made[CHECK], until=at + event.again, counting="plan.check_not_yet"))
            case Started() if event.step is Step.KEEP and SAVE in made:
                put(replace(made[CHECK], state="green", text=say("plan.check_why"), counting=""))
                put(replace(made[SAVE], state="running"))
            case Finding() if event.step is Step.KEEP and SAVE in made and event.fault is None:
                put(replace(made[SAVE], state="green"))
            case Report() if CHECK in made:
                put(replace(made[CHECK], state="green", text=say("plan.check_why"), counting=""))
    return list(made.values())


def _opened(write: Write) -> tuple[str, str, str]:
    what, why = _short(write)
    return what, "open", why


def counted(line: Line, now: float) -> str:
    """The text of a row as the time goes."""
    if not line.counting:
        return line.text
    left = max(0, round(line.until - now))
    if line.counting == "plan.check_not_yet" and not left:
        return say("plan.check_now")
    return say(line.counting, what=line.what, time=f"{left // 60}:{left % 60:02}")


# ---------------------------------------------------------------- how it ended


def refused(error: BaseException) -> Verdict | None:
    """Before anything was done; None for a failure of ours."""
    from gemini_setup.actions.errands import NotPossible

    if isinstance(error, Stopped):
        return _of_cause(error, say("plan.refused"))
    if isinstance(error, NotPossible):
        return Verdict(say("plan.impossible"), str(error), "grey", say("plan.refused"))
    if isinstance(error, VaultFault):
        title, why, fixes = fault_words(error.fault, error.store, error.reason)
        return Verdict(title, why, "amber", say("plan.refused"), told=True, fixes=fixes)
    return None


def unfinished(end: Ended) -> Verdict:
    """It has stopped on the way."""
    chip = say("plan.unfinished")
    report = end.report
    fault = end.fault
    if fault is None and report is not None and report.fault is not None:
        title, why, fixes = fault_words(report.fault, report.store)
        return Verdict(title, why, "amber", chip, told=True, fixes=fixes)
    if fault is not None:
        title, why, fixes = fault_words(fault.fault, fault.store, fault.reason)
        return Verdict(title, why, "amber", chip, told=True, fixes=fixes)
    if end.cause is None:
        return Verdict(say("plan.stopped"), cause_texts.text("provision.ends", "stopped"), "grey", chip)
    return _of_cause(Stopped(end.cause, end.facts, end.details), chip)


def _of_cause(stopped: Stopped, chip: str) -> Verdict:
    facts = cause_texts.friendly(stopped.facts)
    said = cause_texts.cause(stopped.cause.id, facts)
    return replace(explained(stopped.cause, said, stopped.facts), chip=chip, note="")


def message(stopped: Stopped | Ended) -> str:
    """To an administrator: exactly what is missing; "" where a person can help themselves."""
    if stopped.cause is None:
        return ""
    return cause_texts.admin_message(stopped.cause.id, cause_texts.friendly(stopped.facts))


def what_exists(made: Iterable[Made]) -> str:
    """In one line, by kind and name; "" for nothing."""
    names = []
    for one in made:
        with suppress(KeyError):
            names.append(f"{cause_texts.text('provision.kinds', one.kind.value)} {one.name}")
    return ", ".join(names)


def facts_of(stopped: object) -> Mapping[str, str]:
    return stopped.facts if isinstance(stopped, (Stopped, Ended)) else {}
