"""What an error means that some program has printed. Pure; nothing leaves this computer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from gemini_setup.diagnosis import answers, causes
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.google import urls
from gemini_setup.i18n import cause_texts
from gemini_setup.model.outcomes import Cause, Outcome

if TYPE_CHECKING:
    from gemini_setup.i18n.cause_texts import TrapWords


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pasted error, diagnosed: `links` are titles and pages to open, `admin` is a message to an administrator or "".

    `on_the_way`: what it would be if it came from a program on its way to Gemini, where the text itself names nothing of
    Google's. Every program has refused connections, so it is offered and not said.
    """

    cause: Cause
    words: cause_texts.CauseWords
    facts: Mapping[str, str]
    links: tuple[tuple[str, str], ...]
    trap: bool
    page: TrapWords
    admin: str = ""
    on_the_way: Cause | None = None


def explain(pasted: str, surface: Surface | None = None, status: int | None = None) -> Explanation:
    """Say what an error means that some program has printed; masks the secrets in it first."""
    evidence = answers.from_text(pasted, surface, status)
    cause = causes.diagnose(evidence)
    facts = dict(evidence.facts)
    if evidence.status is not None:
        facts["status"] = str(evidence.status)
    # Where a bare message comes from nobody knows. "API keys are not supported" is the OpenAI-compatible route's word
    # for any wrong value, so there the native route must have said it.
    native = surface in (Surface.GEMINI_NATIVE, Surface.VERTEX_NATIVE) or (
        surface is None and cause.id != "api-keys-not-supported"
    )
    vertex = surface in (Surface.VERTEX_NATIVE, Surface.VERTEX_OPENAI) or "aiplatform" in facts.get(
        "service", ""
    )
    trap = causes.opens_trap(
        cause,
        api_key=True,
        native_asked=native,
        vertex=vertex,
        standard_key=False,
        http_status=evidence.status,
    )
    way = None
    if cause is causes.UNKNOWN and surface is None and not evidence.elsewhere:
        guess = causes.diagnose(answers.from_text(pasted, Surface.TRANSPORT, status))
        way = guess if guess is not causes.UNKNOWN and guess.outcome is Outcome.UNANSWERED else None
    told = {} if surface in (None, Surface.TRANSPORT) else {"side": "vertex" if vertex else "studio"}
    known = cause_texts.friendly({**told, **facts})
    if cause is causes.UNKNOWN and surface is None and (whose := causes.whose(evidence)):
        known[whose] = "yes"
    said = cause_texts.cause(cause.id, known, cause_texts.Context.PASTED)
    admin = cause_texts.admin_message(cause.id, known, cause_texts.Context.PASTED)
    page = cause_texts.trap(cause.id, known)
    links = links_of(said, facts)
    if trap and known.get("side") != "vertex":  # both ways out, as the window shows them
        there = {url for _, url in links}
        links += tuple((label, url) for _, label, url in ways_out(page, facts) if url not in there)
    return Explanation(cause, said, MappingProxyType(facts), links, trap, page, admin, way)


def links_of(said: cause_texts.CauseWords, facts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The pages behind a diagnosis' buttons, in their order."""
    pages = [
        (action.label, urls.link(action.page, facts)) for action in said.actions if action.does == "open"
    ]
    return tuple((label, url) for label, url in pages if url is not None)


def ways_out(page: cause_texts.TrapWords, facts: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """The trap page's two ways: what it is, its button's label, and the address behind that ("" for none).

    None where the page's main way is no new key.
    """
    if page.main.does != "open":
        return ()

    def way(what: str, action: cause_texts.Action | None) -> tuple[str, str, str]:
        url = urls.link(action.page, facts) if action is not None and action.does == "open" else None
        return what, action.label if action is not None else "", url or ""

    return way("new", page.main), way("keep", page.second)
