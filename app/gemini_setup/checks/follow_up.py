"""Second questions: what settles an answer that may mean two things. Each is free, and a good credential gets none.

Every one returns facts: `asked` is the id of its sentence in `causes.toml`, so that the diagnosis says what was asked.
"""

from __future__ import annotations

from gemini_setup.checks.models import generation
from gemini_setup.checks.runner import Run
from gemini_setup.diagnosis.answers import Evidence, Surface
from gemini_setup.diagnosis.causes import OTHER_SERVICE, WORKS
from gemini_setup.google import urls
from gemini_setup.google.http import GENERATION_READ, Reply
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Service, ServiceAccount
from gemini_setup.model.outcomes import Cause, Outcome


async def ask_models(
    run: Run, access: Access, key: ApiKey, method: str, tries: int
) -> tuple[Reply | None, Evidence, Cause, str]:
    """Ask Vertex AI for the models of our own order until one is there: keys cannot read its list."""
    payload = generation() if method == "generateContent" else {"contents": generation()["contents"]}
    for model in urls.VERTEX_MODELS[:tries]:
        question = run.network.ask(
            "POST",
            urls.vertex_generate(access, model, method),
            headers={"x-goog-api-key": key.secret.reveal()},
            payload=payload,
            read=GENERATION_READ,
        )
        member = "candidates" if method == "generateContent" else "totalTokens"
        reply, evidence, cause = await run.asked(Surface.VERTEX_NATIVE, question, member)
        if reply is None or reply.status != 404:
            break
    return reply, evidence, cause, model


def counting_refused(cause: Cause, evidence: Evidence) -> bool:
    """An organization's list of models leaves out the counting of tokens: whether they may generate is open."""
    return cause.id == "organisation-policy" and evidence.says(r"allowedmodels|disallowed (?:gen ai )?model")


def _of_one_house(endpoints: Endpoints) -> bool:
    """Both services are Google's, or both the person's own: else a key would reach a host that it is not for."""
    return bool(endpoints.gemini) is bool(endpoints.vertex)


async def works_on_vertex(run: Run, key: ApiKey, cause: Cause) -> dict[str, str]:
    """A key whose restrictions leave the Gemini API out: is it one for Vertex AI?

    One counting of tokens; that a model is gone is a yes too.
    """
    endpoints = run.access.endpoints
    if cause.id != "key-restricted-to-other-apis" or not _of_one_house(endpoints):
        return {}
    access = Access(key, Service.VERTEX, endpoints=endpoints)
    _, _, found, _ = await ask_models(run, access, key, "countTokens", 1)
    if found.outcome is Outcome.UNANSWERED:
        return {}
    takes = found.outcome is Outcome.ACCEPTED or found.id in ("model-not-found", "model-retired")
    return {"asked": "vertex-yes", "other": "vertex"} if takes else {"asked": "vertex-no"}


async def works_on_studio(run: Run, key: ApiKey, cause: Cause) -> dict[str, str]:
    """A key that Vertex AI does not take: is it one for AI Studio? Its list of models is free."""
    endpoints = run.access.endpoints
    if cause.id not in OTHER_SERVICE or not _of_one_house(endpoints):
        return {}
    access = Access(key, Service.STUDIO, endpoints=endpoints)
    question = run.network.ask(
        "GET", urls.gemini_models(access), headers={"x-goog-api-key": key.secret.reveal()}
    )
    _, _, found = await run.asked(Surface.GEMINI_NATIVE, question, "models")
    if found.outcome is Outcome.UNANSWERED:
        return {}
    if found.outcome is Outcome.ACCEPTED:
        return {"asked": "studio-yes", "other": "studio"}
    return {"asked": "studio-no"}


async def is_listed(run: Run, account: ServiceAccount) -> dict[str, str]:
    """After a refused signature: does Google's public list of the account's keys still hold the file's?

    It carries no credential. Not asked where the token comes from an endpoint of the profile's own.
    """
    if run.access.endpoints.token or not account.key_id:
        return {}
    reply, _, cause = await run.asked(
        Surface.OAUTH_TOKEN, run.network.ask("GET", urls.public_certificates(account.email))
    )
    document = reply.json() if reply is not None and cause is WORKS else None
    if not isinstance(document, dict):
        return {"asked": "key-list-silent"}
    listed = account.key_id in document
    return {
        "asked": "key-listed" if listed else "key-unlisted",
        "listed_key" if listed else "unlisted_key": account.key_id[-4:],
    }
