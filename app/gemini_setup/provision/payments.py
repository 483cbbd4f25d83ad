"""cloudbilling: whether a project has a billing account. It is read and said, never linked."""

from __future__ import annotations

from gemini_setup.google import urls
from gemini_setup.provision.refusals import Stopped
from gemini_setup.provision.session import Session


async def is_on(session: Session, project: str) -> bool | None:
    """None where Google does not say: in most projects this API is off."""
    try:
        answer = await session.ask(
            "GET", urls.management(urls.BILLING, "projects", project, "billingInfo"), project
        )
    except Stopped:
        return None
    found = answer.get("billingEnabled")
    return found if isinstance(found, bool) else None
