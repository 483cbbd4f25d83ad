"""Prove a service-account file on Vertex AI: file, reach, sign-in, generate, and the OpenAI-compatible route."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

from gemini_setup.checks.follow_up import counting_refused, is_listed
from gemini_setup.checks.models import MAX_TRIES, asked_models, candidates_from, generation, sentence_of
from gemini_setup.checks.runner import Run, StepFailed
from gemini_setup.diagnosis.answers import Surface, from_exception
from gemini_setup.diagnosis.causes import CAUSES, WORKS
from gemini_setup.google import gcloud, urls
from gemini_setup.google.http import GENERATION_READ
from gemini_setup.google.oauth import (
    PrivateKeyUnreadable,
    access_token,
    account_grant,
    account_token,
    load_signer,
    person_grant,
    signed_assertion,
)
from gemini_setup.google.recognition import recognise_document
from gemini_setup.model.credentials import Secret, ServiceAccount
from gemini_setup.model.events import Step
from gemini_setup.model.outcomes import Outcome
from gemini_setup.system.threads import blocking


async def steps(run: Run) -> None:
    try:
        grant = await _file(run)
        token = await _sign_in(run, grant)
        models = await _models(run, token)
    except StepFailed:
        return
    beside = asyncio.create_task(_openai(run, token, models)) if run.generate else None
    try:
        with suppress(StepFailed):
            await _generate(run, token, models)
        # The other route says on its own what it thinks, also where the native one has failed.
        if beside is not None:
            await beside
    finally:
        if beside is not None:  # cancelled: waiting for it would hold the end until its time limit
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)


async def _file(run: Run) -> dict[str, str]:
    """What the token is asked for with. Reads gcloud's sign-in again; a service account's key is loaded and signs."""
    run.start(Step.FILE)
    account = run.access.credential
    if not isinstance(account, ServiceAccount):
        sign_in = await blocking(lambda: gcloud.find(run.environ))
        if sign_in is None:
            raise run.fail(Step.FILE, CAUSES["no-credentials-found"])
        run.secrets += [sign_in.client_secret, sign_in.refresh_token]
        run.sign_in = sign_in
        # A person's requests are counted to a project that has to be named; a service account's are not.
        run.user_project = "" if sign_in.account else sign_in.project or run.access.project or ""
        run.finish(Step.FILE, facts={"account": sign_in.account} if sign_in.account else None)
        return person_grant(sign_in)
    found = recognise_document(account.document.reveal())
    if found.cause is not None:
        raise run.fail(Step.FILE, CAUSES[found.cause], facts={"kind": found.kind} if found.kind else None)
    try:
        signer = await blocking(lambda: load_signer(account))
    except PrivateKeyUnreadable as error:
        evidence = from_exception(Surface.GOOGLE_AUTH, error, run.secrets)
        raise run.fail(Step.FILE, CAUSES["private-key-unreadable"], evidence) from None
    run.finish(Step.FILE, facts={"account": account.email})
    assertion = signed_assertion(account, signer)
    run.secrets.append(assertion)
    return account_grant(assertion)


async def _sign_in(run: Run, grant: dict[str, str]) -> Secret:
    run.start(Step.REACH)
    question = access_token(run.network, urls.token_url(run.access), grant)
    reply, evidence, cause = await run.asked(Surface.OAUTH_TOKEN, question, "access_token")
    run.reached(reply, evidence, cause, Step.SIGN_IN)
    document = reply.json() if reply is not None else None
    token = document.get("access_token") if isinstance(document, dict) else None
    if cause is WORKS and not (isinstance(token, str) and token):
        cause = CAUSES["unknown"]
    account = run.access.credential
    known = {"account": account.email} if isinstance(account, ServiceAccount) else {}
    if cause is not WORKS or token is None:
        facts = dict[str, str]()
        if cause.id == "service-account-key-revoked" and isinstance(account, ServiceAccount):
            facts = await is_listed(run, account)
        raise run.fail(Step.SIGN_IN, cause, evidence, facts)
    secret = Secret(token)
    run.secrets.append(secret)
    if run.sign_in is not None and run.sign_in.account:
        secret = await _stand_in(run, run.sign_in, secret)
        known = {"account": run.sign_in.account}
    run.finish(Step.SIGN_IN, WORKS, None, facts=known)
    run.answered = True
    return secret


async def _stand_in(run: Run, sign_in: gcloud.SignIn, person: Secret) -> Secret:
    """The token of the service account that the person stands in for."""
    question = account_token(run.network, sign_in, person, run.access.project or "")
    reply, evidence, cause = await run.asked(Surface.MANAGEMENT, question, "accessToken")
    document = reply.json() if reply is not None else None
    token = document.get("accessToken") if isinstance(document, dict) else None
    if cause is WORKS and not (isinstance(token, str) and token):
        cause = CAUSES["unknown"]
    if cause is not WORKS or token is None:
        raise run.fail(Step.SIGN_IN, cause, evidence, {"account": sign_in.account})
    secret = Secret(token)
    run.secrets.append(secret)
    return secret


def _bearer(run: Run, token: Secret) -> dict[str, str]:
    project = {"x-goog-user-project": run.user_project} if run.user_project else {}
    return {"authorization": f"Bearer {token.reveal()}", **project}


async def _models(run: Run, token: Secret) -> list[str]:
    """What Google offers by its own list; where that cannot be had, our own order. Never decides anything."""
    question = run.network.ask("GET", urls.vertex_models(run.access), headers=_bearer(run, token))
    reply, _, cause = await run.asked(Surface.VERTEX_NATIVE, question, "publisherModels", "models")
    listed = candidates_from(reply.json()) if reply is not None and cause is WORKS else []
    return listed or list(urls.VERTEX_MODELS)


async def _generate(run: Run, token: Secret, models: list[str]) -> None:
    """One generation, or with `--no-generate` the counting of its tokens, which costs nothing."""
    run.start(Step.GENERATE)
    method = "generateContent" if run.generate else "countTokens"
    payload = generation() if run.generate else {"contents": generation()["contents"]}
    for model in models[:MAX_TRIES]:
        question = run.network.ask(
            "POST",
            urls.vertex_generate(run.access, model, method),
            headers=_bearer(run, token),
            payload=payload,
            read=GENERATION_READ,
        )
        member = "candidates" if run.generate else "totalTokens"
        reply, evidence, cause = await run.asked(Surface.VERTEX_NATIVE, question, member)
        if cause is WORKS and reply is not None:
            run.model, run.generated = model, run.generate
            run.sentence = sentence_of(reply.json())
            run.finish(Step.GENERATE, WORKS, evidence, facts={"model": model})
            return
        if reply is None or reply.status != 404:
            break
    if not run.generate and counting_refused(cause, evidence):
        cause = replace(cause, outcome=Outcome.UNANSWERED)
    raise run.fail(Step.GENERATE, cause, evidence, facts=asked_models(models, model))


async def _openai(run: Run, token: Secret, models: list[str]) -> None:
    run.start(Step.OPENAI)
    for model in models[:MAX_TRIES]:
        question = run.network.ask(
            "POST",
            urls.vertex_chat(run.access),
            headers=_bearer(run, token),
            payload={
                "model": f"google/{model}",
                "messages": [{"role": "user", "content": "Say hello in one short sentence."}],
                "max_tokens": 64,
            },
            read=GENERATION_READ,
        )
        reply, evidence, cause = await run.asked(Surface.VERTEX_OPENAI, question, "choices")
        if reply is None or reply.status != 404:
            break
    run.finish(Step.OPENAI, cause, evidence)
