"""Prove an AI Studio API key: shape, reach, accepts, generate, and the OpenAI-compatible route beside it."""

from __future__ import annotations

import asyncio

from gemini_setup.checks.follow_up import works_on_vertex
from gemini_setup.checks.models import (
    MAX_TRIES,
    asked_models,
    candidates_from,
    generation,
    next_page,
    sentence_of,
)
from gemini_setup.checks.runner import Run, StepFailed
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.diagnosis.causes import CAUSES, WORKS
from gemini_setup.google import urls
from gemini_setup.google.http import GENERATION_READ, Reply
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import ApiKey
from gemini_setup.model.events import Step


async def steps(run: Run) -> None:
    key = run.access.credential
    assert isinstance(key, ApiKey)
    try:
        _shape(run, key)
    except StepFailed:
        return
    run.start(Step.REACH)
    beside = asyncio.create_task(_openai(run, key))
    try:
        models = await _accepts(run, key)
        if run.generate:
            await _generate(run, key, models)
        await beside
    except StepFailed:
        if run.started(Step.OPENAI):
            await beside
    finally:
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)


def _shape(run: Run, key: ApiKey) -> None:
    """Only what no header can carry stops here; anything else is for Google to judge."""
    run.start(Step.SHAPE)
    found = recognise(key.secret.reveal())
    if found.cause == "key-not-sendable":
        raise run.fail(Step.SHAPE, CAUSES["key-not-sendable"], facts={"length": str(len(key.secret))})
    run.finish(Step.SHAPE, facts={"length": str(len(key.secret))})


async def _accepts(run: Run, key: ApiKey) -> list[str]:
    """`GET models`: free, and Google's first judgement. Returns the models to try, best first."""
    question = run.network.ask(
        "GET", urls.gemini_models(run.access), headers={"x-goog-api-key": key.secret.reveal()}
    )
    reply, evidence, cause = await run.asked(Surface.GEMINI_NATIVE, question, "models")
    run.reached(reply, evidence, cause, Step.ACCEPTS)
    if cause is not WORKS:
        raise run.fail(Step.ACCEPTS, cause, evidence, await works_on_vertex(run, key, cause))
    run.finish(Step.ACCEPTS, WORKS, evidence)
    run.answered = True
    return await _offered(run, key, reply.json() if reply else None)


async def _offered(run: Run, key: ApiKey, document: object) -> list[str]:
    """The models of the list; where its first page has none to ask, of the second, which is worth one request more."""
    models = candidates_from(document)
    page = next_page(document)
    if models or not page or not run.generate:
        return models
    question = run.network.ask(
        "GET", urls.gemini_models(run.access, page), headers={"x-goog-api-key": key.secret.reveal()}
    )
    reply, _, cause = await run.asked(Surface.GEMINI_NATIVE, question, "models")
    return candidates_from(reply.json()) if reply is not None and cause is WORKS else []


async def _generate(run: Run, key: ApiKey, models: list[str]) -> None:
    """At most one generation: only a model that is gone (404) lets the next one be asked."""
    run.start(Step.GENERATE)
    if not models:
        raise run.fail(Step.GENERATE, CAUSES["model-not-found"])
    for model in models[:MAX_TRIES]:
        question = run.network.ask(
            "POST",
            urls.gemini_generate(run.access, model),
            headers={"x-goog-api-key": key.secret.reveal()},
            payload=generation(),
            read=GENERATION_READ,
        )
        reply, evidence, cause = await run.asked(Surface.GEMINI_NATIVE, question, "candidates")
        if cause is WORKS and reply is not None:
            run.model, run.generated = model, True
            run.sentence = sentence_of(reply.json())
            run.finish(Step.GENERATE, WORKS, evidence, facts={"model": model})
            return
        if not _gone(reply):
            break
    raise run.fail(Step.GENERATE, cause, evidence, facts=asked_models(models, model))


def _gone(reply: Reply | None) -> bool:
    return reply is not None and reply.status == 404


async def _openai(run: Run, key: ApiKey) -> None:
    """The OpenAI-compatible route reads the key as a Bearer (google-facts §1.3); it never decides."""
    run.start(Step.OPENAI)
    question = run.network.ask(
        "GET",
        urls.gemini_openai_models(run.access),
        headers={"authorization": f"Bearer {key.secret.reveal()}"},
    )
    _, evidence, cause = await run.asked(Surface.GEMINI_OPENAI, question, "data", beside=True)
    run.finish(Step.OPENAI, cause, evidence)
