"""The steps that prove a credential against the live endpoint: an async generator of events. No Qt, no words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from gemini_setup.checks.run import Checked, Run
from gemini_setup.credentials import Access, Kind, Service
from gemini_setup.events import Finding, Planned, Started, Step

__all__ = ["Checked", "check", "steps_of"]


def steps_of(access: Access, *, generate: bool = True) -> tuple[Step, ...]:
    """The steps of a check, in the order to show them (DESIGN §2); *keep* is the caller's."""
    if access.credential.kind is Kind.API_KEY and access.service is Service.VERTEX:
        return (Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE)[: 4 if generate else 3]
    if access.service is Service.STUDIO:
        steps = (Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE, Step.OPENAI)
        return steps if generate else tuple(step for step in steps if step is not Step.GENERATE)
    steps = (Step.FILE, Step.REACH, Step.SIGN_IN, Step.GENERATE, Step.OPENAI)
    return steps if generate else tuple(step for step in steps if step is not Step.OPENAI)


async def check(
    access: Access, *, generate: bool = True, environ: Mapping[str, str] | None = None
) -> AsyncGenerator[Planned | Started | Finding | Checked, None]:
    """Ask Google about a credential. Ends with a `Checked`; closing the generator stops every request at once."""
    run = Run(access, generate=generate, environ=environ)
    yield Planned(steps_of(access, generate=generate))
    if access.service is Service.STUDIO:
        from gemini_setup.checks.studio import steps
    elif access.credential.kind is Kind.API_KEY:
        from gemini_setup.checks.express import steps
    else:
        from gemini_setup.checks.vertex import steps
    events = run.events(steps)
    try:
        async for event in events:
            yield event
    finally:
        await events.aclose()
    yield run.result()
