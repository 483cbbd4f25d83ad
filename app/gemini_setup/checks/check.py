"""The steps that prove a credential against the live endpoint: an async generator of events. No Qt, no words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from gemini_setup.checks.runner import Checked, Run
from gemini_setup.model.credentials import Access, Kind, Service
from gemini_setup.model.events import Finding, Planned, Started, steps_of

__all__ = ["Checked", "check"]


async def check(
    access: Access,
    *,
    generate: bool = True,
    environ: Mapping[str, str] | None = None,
    made: float | None = None,
) -> AsyncGenerator[Planned | Started | Finding | Checked, None]:
    """Ask Google about a credential. Ends with a `Checked`; closing the generator stops every request at once.

    `made`: when it, or the role or API that it needs, was made at Google (seconds of the epoch), where that is known.
    """
    run = Run(access, generate=generate, environ=environ, made=made)
    yield Planned(steps_of(access.credential.kind, access.service, generate=generate))
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
