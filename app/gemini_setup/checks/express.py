"""Prove an API key on Vertex AI (express mode, or a key bound to a service account): shape, reach, accepts, generate.

The OpenAI-compatible route wants a project and an access token there, so it is not asked.
"""

from __future__ import annotations

from dataclasses import replace

from gemini_setup.checks.follow_up import ask_models, counting_refused, works_on_studio
from gemini_setup.checks.models import MAX_TRIES, sentence_of
from gemini_setup.checks.runner import Run, StepFailed
from gemini_setup.diagnosis.causes import CAUSES, WORKS
from gemini_setup.google.http import Reply
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import ApiKey
from gemini_setup.model.events import Step
from gemini_setup.model.outcomes import Outcome


async def steps(run: Run) -> None:
    key = run.access.credential
    assert isinstance(key, ApiKey)
    try:
        run.start(Step.SHAPE)
        if recognise(key.secret.reveal()).cause == "key-not-sendable":
            raise run.fail(Step.SHAPE, CAUSES["key-not-sendable"])
        run.finish(Step.SHAPE, facts={"length": str(len(key.secret))})
        run.start(Step.REACH)
        reply, evidence, cause, model = await ask_models(run, run.access, key, "countTokens", MAX_TRIES)
        run.reached(reply, evidence, cause, Step.ACCEPTS)
        if counting_refused(cause, evidence):
            if run.generate:  # then the generation itself is the first question
                reply, evidence, cause, model = await ask_models(
                    run, run.access, key, "generateContent", MAX_TRIES
                )
            else:
                cause = replace(cause, outcome=Outcome.UNANSWERED)
        if cause is not WORKS:
            raise run.fail(
                Step.ACCEPTS, cause, evidence, {"model": model, **await works_on_studio(run, key, cause)}
            )
        run.finish(Step.ACCEPTS, WORKS, evidence)
        run.answered = True
        if not run.generate:
            return
        run.start(Step.GENERATE)
        if not _generated(reply):
            reply, evidence, cause, model = await ask_models(
                run, run.access, key, "generateContent", MAX_TRIES
            )
        if cause is not WORKS or reply is None:
            raise run.fail(Step.GENERATE, cause, evidence, {"model": model})
        run.model, run.generated = model, True
        run.sentence = sentence_of(reply.json())
        run.finish(Step.GENERATE, WORKS, evidence, facts={"model": model})
    except StepFailed:
        return


def _generated(reply: Reply | None) -> bool:
    """Whether that was the answer to a generation already."""
    document = reply.json() if reply is not None else None
    return isinstance(document, dict) and "candidates" in document
