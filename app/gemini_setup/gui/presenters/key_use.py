"""What the doctor found, as a person reads it: tools in groups by the key that they use, and one line that mends each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gemini_setup.doctor.report import Examination, Found, Verdict, removal
from gemini_setup.gui.texts import has, say
from gemini_setup.i18n.messages import joined

_SHELL = "environment"
_SIGNS = {False: ("warning", "amber"), True: ("check", "green"), None: ("dash", "grey")}


@dataclass(frozen=True, slots=True)
class Group:
    """`fix` is a command to run, `how` says what for; `note` is a sentence beside it. "" for what there is not."""

    title: str
    tools: str
    icon: str
    tone: str
    how: str = ""
    fix: str = ""
    note: str = ""

    @property
    def spoken(self) -> str:
        return ". ".join(filter(None, (self.title, self.tools, self.how, self.fix, self.note)))


def summary(found: Examination) -> tuple[str, str]:
    """The one sentence about them all, and its tone."""
    others = [name(verdict.tool) for verdict in found.verdicts if verdict.kept is False]
    kept = [verdict.kept for verdict in found.verdicts]
    if len(others) == 1:
        return say("doctor.other", tool=others[0]), "amber"
    if others:
        return say("doctor.others", count=len(others)), "amber"
    if not kept:
        return say("doctor.no_tools"), "muted"
    if not found.profiles:
        return say("doctor.unsaved"), "muted"
    if not any(kept):
        return say("doctor.unused"), "muted"
    return say("doctor.fine" if all(kept) else "doctor.some"), "green"


def groups(found: Examination) -> list[Group]:
    """First those that use another key, then those that use the saved one, then those that found none."""
    together: dict[object, list[Verdict]] = {}
    for verdict in found.verdicts:
        together.setdefault(_same(verdict), []).append(verdict)
    order = (False, True, None)
    return [
        _group(verdicts, found)
        for verdicts in sorted(together.values(), key=lambda some: order.index(some[0].kept))
    ]


def name(tool: str) -> str:
    """As its makers write it."""
    return say(f"doctor.names.{tool}") if has(f"doctor.names.{tool}") else tool


def details(found: Examination) -> Iterator[str]:
    """Each place where something was found."""
    for one in found.found:
        where = f" · {_where(one, found)}" if one.where else ""
        yield f"{one.name} {found.mask(one.shown)}{where}"


def _same(verdict: Verdict) -> object:
    """What verdicts of one group have in common."""
    source = verdict.source
    if verdict.kept:
        return True
    if source is None:
        return None
    if source.place == _SHELL:
        return verdict.kept, source.hint or source.name
    return verdict.kept, source.place, source.where, source.hint or source.name


def _group(verdicts: list[Verdict], found: Examination) -> Group:
    first = verdicts[0]
    icon, tone = _SIGNS[first.kept]
    tools = joined(name(verdict.tool) for verdict in verdicts)
    if first.kept:
        return Group(say("doctor.saved"), tools, icon, tone)
    if first.source is None:
        program = next((verdict.program for verdict in verdicts if verdict.program), "")
        if program and found.profiles:
            command = f"gemini-setup exec -- {program}"
            return Group(say("doctor.none"), tools, icon, tone, say("doctor.start"), command)
        return Group(say("doctor.none"), tools, icon, tone)
    title = _title(verdicts, found)
    if first.kept is None:
        return Group(title, tools, icon, tone)
    if first.source.place not in (_SHELL, "user-environment"):
        note = say("doctor.remove", place=_where(first.source, found))
        return Group(title, tools, icon, tone, note=note)
    ours = _in_the_way(verdicts)
    note = joined(dict.fromkeys(_where(one, found) for one in found.found if _sets(one, ours)))
    return Group(
        title,
        tools,
        icon,
        tone,
        say("doctor.instead"),
        found.mask(_command(first.source, ours, windows=found.mask.windows)),
        say("doctor.set_in", place=note) if note else "",
    )


def _title(verdicts: Iterable[Verdict], found: Examination) -> str:
    sources = [verdict.source for verdict in verdicts if verdict.source is not None]
    first = sources[0]
    if first.place == "adc":
        return say("doctor.sign_in")
    if first.name in ("GOOGLE_GENAI_USE_GCA", "gemini-cli auth"):
        return say("doctor.account")
    names = first.place in (_SHELL, "user-environment")
    place = joined(dict.fromkeys(one.name if names else _where(one, found) for one in sources))
    if first.hint:
        return say("doctor.uses", which=f"…{first.hint}", place=place)
    return say("doctor.uses_some", place=place)


def _in_the_way(verdicts: Iterable[Verdict]) -> list[str]:
    """Every variable that would be used in place of the saved key: also those that come up when the first is gone."""
    return list(
        dict.fromkeys(
            one.name
            for verdict in verdicts
            for one in (verdict.source, *verdict.behind)
            if one is not None and one.place == _SHELL
        )
    )


def _command(source: Found, names: list[str], *, windows: bool) -> str:
    if source.place != _SHELL or not names:
        return removal(source, windows)
    if windows:
        return f"Remove-Item {', '.join(f'Env:{one}' for one in names)}"
    return f"unset {' '.join(names)}"


def _sets(one: Found, names: list[str]) -> bool:
    """A file that gives every new terminal the variable again."""
    return one.place == "profile" and one.name in names


def _where(one: Found, found: Examination) -> str:
    file = found.mask(one.where)
    return say("doctor.line", file=file, line=one.line) if one.line else file
