"""A whole check beside the bare sum of its longest chain of requests, round by round in one process that is warm.

Both ask the same loopback Google, each round over new connections. The floor is httpx and nothing else: one client whose
certificates are already loaded sends the requests one after the other and reads the answers. Prints one JSON object with the
rounds' milliseconds.
"""

import asyncio
import json
import os
import sys
import time

import httpx

from gemini_setup.actions.check_and_keep import warm_up
from gemini_setup.checks import check
from gemini_setup.checks.models import candidates_from, generation
from gemini_setup.diagnosis.causes import WORKS
from gemini_setup.google import urls
from gemini_setup.google.http import trust
from gemini_setup.google.oauth import account_grant, load_signer, signed_assertion
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Access, ApiKey, ServiceAccount
from gemini_setup.wizard.flow import Draft, receive

ROUNDS = 9


async def floor(access: Access, context: object, grant: dict[str, str]) -> float:
    began = time.perf_counter()
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:  # type: ignore[arg-type]
        if isinstance(access.credential, ApiKey):
            headers = {"x-goog-api-key": access.credential.secret.reveal()}
            answer = await client.get(urls.gemini_models(access), headers=headers)
            model = candidates_from(answer.json())[0]
            url = urls.gemini_generate(access, model)
        else:
            answer = await client.post(urls.token_url(access), data=grant)
            headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
            answer = await client.get(urls.vertex_models(access), headers=headers)
            model = candidates_from(answer.json())[0]
            url = urls.vertex_generate(access, model, "generateContent")
        answer = await client.post(url, headers=headers, json=generation())
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1000


async def ours(access: Access) -> float:
    began = time.perf_counter()
    async for event in check.check(access):
        if isinstance(event, check.Checked):
            assert event.cause is WORKS, event.cause.id
    return (time.perf_counter() - began) * 1000


async def main() -> None:
    draft, _ = receive(Draft(endpoints=urls.endpoints_from(os.environ)), recognise(sys.argv[1]))
    access = draft.access
    assert access is not None
    account, grant = access.credential, dict[str, str]()
    if isinstance(account, ServiceAccount):
        grant = account_grant(signed_assertion(account, load_signer(account)))
    context = trust(os.environ)
    warm_up()
    rounds = []
    for number in range(ROUNDS + 1):
        pair = (await ours(access), await floor(access, context, grant))
        if number:
            rounds.append(pair)
    print(json.dumps(rounds), flush=True)


asyncio.run(main())
