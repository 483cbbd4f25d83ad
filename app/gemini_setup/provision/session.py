"""Questions to Google's management hosts, in the name of the person whom gcloud has signed in on this computer.

The access token lives here, in memory, and goes to the hosts of `urls.MANAGEMENT` and no other. Every answer is a JSON
object or a `Stopped`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Final

from gemini_setup.diagnosis import answers, causes
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.google import gcloud, urls
from gemini_setup.google.http import RETRIES, Network, NotSent, Reply
from gemini_setup.google.oauth import access_token, person_grant
from gemini_setup.model.credentials import Endpoints, Secret
from gemini_setup.provision import refusals
from gemini_setup.provision.refusals import Asked, Stopped
from gemini_setup.system.threads import blocking

_EARLY: Final = 120.0  # seconds before its end that a token is asked for anew

Pause = Callable[[float], Awaitable[None]]


async def sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


class Session:
    """An async context manager. `pause` and `now` are the clock's, so that tests can move it."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        pause: Pause = sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._environ = environ
        self._network = Network(Endpoints(), environ)
        self._token: Secret | None = None
        self._until = 0.0
        self._without: set[str] = set()  # projects that may not be named for quota
        self.pause = pause
        self.now = now
        self.secrets: list[Secret] = []
        self.quota_project = ""  # the sign-in's own

    async def __aenter__(self) -> Session:
        sign_in = await blocking(lambda: gcloud.look(self._environ))
        if sign_in is gcloud.Missing.FOREIGN:
            raise Stopped("sign-in-foreign")
        if not isinstance(sign_in, gcloud.SignIn) or sign_in.account:
            raise Stopped("no-credentials-found")
        self._sign_in = sign_in
        self.quota_project = sign_in.project if urls.is_project(sign_in.project) else ""
        self.secrets += [sign_in.client_secret, sign_in.refresh_token]
        await self._network.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._token = None
        await self._network.__aexit__(kind, problem, trace)

    async def ask(
        self,
        method: str,
        url: str,
        project: str,
        *,
        payload: Mapping[str, Any] | None = None,
        permissions: tuple[str, ...] = (),
        retries: int = RETRIES,
    ) -> dict[str, Any]:
        """The answer of a call in a project, which also pays for it in quota. Raises Stopped.

        A project that this account may not name for quota is left out once, as gcloud does. "": no project is named.
        """
        if not urls.is_management(url):
            raise NotSent("a person's token goes to Google's management hosts only")
        asked = Asked(url, project, permissions)
        named = "" if project in self._without else project
        reply = await self._reply(method, url, named, payload, retries)
        if named and reply.status == 403:
            stopped = refusals.of_reply(reply, asked, self.secrets)
            if "USER_PROJECT_DENIED" in stopped.evidence.reasons:
                again = await self._reply(method, url, "", payload, retries)
                told = refusals.of_reply(again, asked, self.secrets) if again.status == 403 else None
                if told is not None and told.cause.id == "quota-project-missing":
                    raise stopped  # the first answer says what to do
                self._without.add(project)
                reply = again
        if reply.status == 401:  # ended before its time
            self._token = None
            reply = await self._reply(method, url, named, payload, retries)
        document = reply.json()
        if not 200 <= reply.status < 300:
            raise refusals.of_reply(reply, asked, self.secrets)
        if not isinstance(document, dict):
            raise Stopped("not-google", {"project": project})
        return document

    async def _reply(
        self, method: str, url: str, project: str, payload: Mapping[str, Any] | None, retries: int
    ) -> Reply:
        headers = {"authorization": f"Bearer {(await self._access_token()).reveal()}"}
        if project:
            headers["x-goog-user-project"] = project
        try:
            return await self._network.ask(method, url, headers=headers, payload=payload, retries=retries)
        except Exception as error:  # noqa: BLE001 - whatever the network and its libraries raise is evidence
            raise refusals.of_exception(error, self.secrets) from None

    async def _access_token(self) -> Secret:
        if self._token is not None and self.now() < self._until:
            return self._token
        try:
            reply = await access_token(self._network, urls.TOKEN, person_grant(self._sign_in))
        except Exception as error:  # noqa: BLE001 - as above
            raise refusals.of_exception(error, self.secrets) from None
        document = reply.json()
        token = document.get("access_token") if isinstance(document, dict) and reply.status == 200 else None
        if not isinstance(token, str) or not token.isascii() or not token:
            evidence = answers.from_response(Surface.OAUTH_TOKEN, reply.status, reply.body, self.secrets)
            cause = causes.diagnose(evidence)
            raise Stopped(
                causes.UNKNOWN if cause.id == "works" else cause, evidence.facts, evidence.text, evidence
            )
        lifetime = document.get("expires_in")
        seconds = float(lifetime) if isinstance(lifetime, (int, float)) else 0.0
        self._until = self.now() + max(0.0, min(seconds, 3600.0) - _EARLY)
        self._token = Secret(token)
        self.secrets.append(self._token)
        return self._token
