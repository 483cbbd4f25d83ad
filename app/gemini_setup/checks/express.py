"""Prove an API key on Vertex AI (express mode, or a key bound to a service account): shape, reach, accepts, generate.

The OpenAI-compatible route wants a project and an access token there, so it is not asked.
"""

from __future__ import annotations

from gemini_setup import routes
from gemini_setup.answers import Evidence, Surface
from gemini_setup.causes import CAUSES, WORKS, Cause
from gemini_setup.checks.models import MAX_TRIES, generation, sentence_of
from gemini_setup.checks.run import Run, StepFailed
from gemini_setup.credentials import Access, ApiKey, Outcome, Service
from gemini_setup.events import Step
from gemini_setup.network import GENERATION_READ, Reply
from gemini_setup.recognise import recognise


async def steps(run: Run) -> None:
    key = run.access.credential
    assert isinstance(key, ApiKey)
    try:
        run.start(Step.SHAPE)
        if recognise(key.secret.reveal()).cause == "key-not-sendable":
            raise run.fail(Step.SHAPE, CAUSES["key-not-sendable"])
        run.finish(Step.SHAPE, facts={"length": str(len(key.secret))})
        run.start(Step.REACH)
        reply, evidence, cause, model = await _ask(run, run.access, key, "countTokens", MAX_TRIES)
        run.reached(reply, evidence, cause, Step.ACCEPTS)
        if cause is not WORKS:
            raise run.fail(Step.ACCEPTS, cause, evidence, {"model": model})
        run.finish(Step.ACCEPTS, WORKS, evidence)
        if not run.generate:
            return
        run.start(Step.GENERATE)
        reply, evidence, cause, model = await _ask(run, run.access, key, "generateContent", MAX_TRIES)
        if cause is not WORKS or reply is None:
            raise run.fail(Step.GENERATE, cause, evidence, {"model": model})
        run.model, run.generated = model, True
        run.sentence = sentence_of(reply.json())
        run.finish(Step.GENERATE, WORKS, evidence, facts={"model": model})
    except StepFailed:
        return


async def _ask(
    run: Run, access: Access, key: ApiKey, method: str, tries: int
) -> tuple[Reply | None, Evidence, Cause, str]:
    """Ask the models of our own order until one is there: keys cannot read Vertex AI's list."""
    payload = generation() if method == "generateContent" else {"contents": generation()["contents"]}
    for model in routes.VERTEX_MODELS[:tries]:
        question = run.network.ask(
            "POST",
            routes.vertex_generate(access, model, method),
            headers={"x-goog-api-key": key.secret.reveal()},
            payload=payload,
            read=GENERATION_READ,
        )
        reply, evidence, cause = await run.asked(Surface.VERTEX_NATIVE, question)
        if reply is None or reply.status != 404:
            break
    return reply, evidence, cause, model


async def works_on_vertex(run: Run, key: ApiKey) -> bool:
    """The second question about a key whose restrictions leave the Gemini API out: is it one for Vertex AI?

    Free (one counting of tokens; that a model is gone is a yes too). Not asked for a key of a gateway: it must not
    reach Google's host by our curiosity.
    """
    endpoints = run.access.endpoints
    if endpoints.gemini and not endpoints.vertex:
        return False
    access = Access(key, Service.VERTEX, endpoints=endpoints)
    _, _, cause, _ = await _ask(run, access, key, "countTokens", 1)
    return cause.outcome is Outcome.ACCEPTED or cause.id in ("model-not-found", "model-retired")
