"""Bearers for the OpenAI-compatible route: the key itself, or an access token that is good for five minutes at least.

Loads no httpx and no google-auth unless a token must be minted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import Access, Secret
from gemini_setup.usage import reader

if TYPE_CHECKING:
    from gemini_setup.google.http import Reply
    from gemini_setup.model.credentials import StoredCredential
    from gemini_setup.model.outcomes import Cause


HOUR: Final = 3600.0


class TokenRefused(Exception):
    """No token could be had; `cause` says why. Its text holds no secret."""

    def __init__(self, cause: Cause, details: str = "") -> None:
        super().__init__(cause.id)
        self.cause = cause
        self.details = details

    def __str__(self) -> str:
        return f"no access token: {self.cause.id}"


class Changed(Exception):
    """The profile holds a credential for something else by now: what was made from the old one must be made again."""

    def __str__(self) -> str:
        return "the profile was replaced by a credential for another service or place: load it again"


@dataclass(frozen=True, slots=True)
class Held:
    """One whole reading of a profile: everything in it is of one generation.

    `document` is a service account's JSON (else empty), `bearer` the key or an access token (empty where none is needed).
    """

    access: Access
    document: Secret
    bearer: Secret


def held(
    profile: str = "default",
    environ: Mapping[str, str] | None = None,
    *,
    needs: Callable[[Access], str] = lambda _: "token",
) -> Held:
    """Read a profile; `needs` says of what is kept whether a "token" must be had. Blocking.

    Raises reader.NotKept, VaultFault, TokenRefused, and what `needs` raises.
    """
    from gemini_setup.vault.codec import kept_of
    from gemini_setup.vault.token_cache import usable

    while True:
        head, body, kept = reader.with_token(profile)
        access = kept_of(head, body).access
        if head.kind == "api_key":
            return Held(access, Secret(""), Secret(reader.key_of(profile, head, body)))
        document = Secret(body or "") if head.kind == "service_account" else Secret("")
        if needs(access) != "token":
            return Held(access, document, Secret(""))
        token = usable(kept, head, urls.SCOPE, time.time())
        if token is not None:
            return Held(access, document, Secret(token))
        token = _minted(profile, environ)
        if reader.with_token(profile)[0].generation == head.generation:
            return Held(access, document, Secret(token))
        # It was replaced while Google was asked: the token is the new one's, and all else must be, too.


def bearer(profile: str = "default", environ: Mapping[str, str] | None = None) -> str:
    """What goes after "Bearer ". Blocking. Raises reader.NotKept, VaultFault, TokenRefused."""
    return held(profile, environ).bearer.reveal()


def bearer_token(profile: str = "default", *, bound: Access | None = None) -> Callable[[], str]:
    """A callable for `openai.OpenAI(api_key=...)`: asked before each request, it survives the token's one hour.

    Blocking when called; raises what `bearer` raises. A token is held until five minutes before its end. `bound` is what
    the rest was made from: Changed is raised where the profile is for another service, project, location or endpoint by
    then, as its token must not go there.
    """
    kept: list[tuple[str, float, float]] = []

    def token() -> str:
        # By both clocks: one stands still while the computer sleeps, the other may be set back.
        if kept and kept[0][1] > time.monotonic() and 0 <= time.time() - kept[0][2] < 60:
            return kept[0][0]
        found = held(profile)
        if bound is not None and not same_place(found.access, bound):
            raise Changed
        # The keyring knows the token's end; looking again every minute costs a millisecond and never serves an old one.
        kept[:] = [(found.bearer.reveal(), time.monotonic() + 60, time.time())]
        return kept[0][0]

    return token


def same_place(one: Access, other: Access) -> bool:
    """Both are used at the same service, project, location and endpoints, in the same way."""
    return replace(one, credential=other.credential) == other and one.credential.kind is other.credential.kind


def _minted(profile: str, environ: Mapping[str, str] | None) -> str:
    from gemini_setup.vault.factory import open_vault
    from gemini_setup.vault.faults import NoSuchProfile

    if reader.is_lent():
        return mint(reader.read_access(profile), environ)[0]  # for this command; nothing of it is kept
    vault = open_vault()
    try:
        return vault.mint(profile, urls.SCOPE, lambda kept: mint(kept, environ))
    except NoSuchProfile:
        raise reader.NotKept(profile) from None
    finally:
        vault.close()


def mint(kept: StoredCredential, environ: Mapping[str, str] | None = None) -> tuple[str, float]:
    """Ask Google for an access token now: the token and its end (seconds of the epoch). Raises TokenRefused."""
    import asyncio

    return asyncio.run(_ask(kept, os.environ if environ is None else environ))


async def _ask(kept: StoredCredential, environ: Mapping[str, str]) -> tuple[str, float]:
    from gemini_setup.diagnosis import answers, causes
    from gemini_setup.diagnosis.answers import Surface
    from gemini_setup.google import gcloud
    from gemini_setup.google.http import Network
    from gemini_setup.google.oauth import (
        PrivateKeyUnreadable,
        access_token,
        account_grant,
        account_token,
        load_signer,
        person_grant,
        signed_assertion,
    )
    from gemini_setup.model.credentials import ServiceAccount
    from gemini_setup.security.redaction import secrets_of
    from gemini_setup.system.threads import blocking
    from gemini_setup.vault.heads import is_printable

    access = kept.access
    account = access.credential
    sign_in: gcloud.SignIn | None = None
    secrets = list(secrets_of(account))
    try:
        if isinstance(account, ServiceAccount):
            signer = await blocking(lambda: load_signer(account))
            secrets.append(assertion := signed_assertion(account, signer))
            grant = account_grant(assertion)
        else:
            sign_in = await blocking(lambda: gcloud.find(environ))
            if sign_in is None:
                raise TokenRefused(causes.CAUSES["no-credentials-found"])
            secrets += [sign_in.client_secret, sign_in.refresh_token]
            grant = person_grant(sign_in)
        began = time.time()
        async with Network(access.endpoints, environ) as network:
            reply = await access_token(network, urls.token_url(access), grant)
            person = _token_in(reply, "access_token")
            if person and sign_in is not None and sign_in.account:
                secrets.append(Secret(person))
                reply = await account_token(network, sign_in, Secret(person), access.project or "")
                token, surface = _token_in(reply, "accessToken"), Surface.MANAGEMENT
            else:
                token, surface = person, Surface.OAUTH_TOKEN
    except TokenRefused:
        raise
    except PrivateKeyUnreadable:
        raise TokenRefused(causes.CAUSES["private-key-unreadable"]) from None
    except Exception as error:  # noqa: BLE001 - whatever the network and its libraries raise is evidence
        evidence = answers.from_exception(Surface.TRANSPORT, error, secrets)
        raise TokenRefused(causes.diagnose(evidence), evidence.text) from None
    if not token or not is_printable(token):
        evidence = answers.from_response(surface, reply.status, reply.body, secrets)
        cause = causes.judged(causes.diagnose(evidence), evidence, answered=False)
        raise TokenRefused(causes.UNKNOWN if cause.id == "works" else cause, evidence.text)
    document = reply.json()
    return token, began + _lifetime(document.get("expires_in"))


def _token_in(reply: Reply, member: str) -> str:
    document = reply.json() if reply.status == 200 else None
    token = document.get(member) if isinstance(document, dict) else None
    return token if isinstance(token, str) else ""


def _lifetime(said: object) -> float:
    """Seconds that a token is good for. Google's live for an hour; whatever else is said is no reason to trust longer."""
    if isinstance(said, bool) or not isinstance(said, (int, float)) or said != said:
        return HOUR
    return max(0.0, min(said, HOUR))


__all__ = ["Changed", "Held", "TokenRefused", "bearer", "bearer_token", "held", "mint", "same_place"]
