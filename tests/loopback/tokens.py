"""The token endpoint: checks a signed request as Google does, the signature for real."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from . import answers
from .states import Account, Registry, Token, User, random_token

AUDIENCE = "https://oauth2.googleapis.com/token"
OLDER = "https://www.googleapis.com/oauth2/v4/token"  # gtoken 5, which genkit brings
CLOUD = "https://www.googleapis.com/auth/cloud-platform"
LIFETIME = 3600
TOLERANCE = 300
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_PLAIN_SCOPES = {"openid", "email", "profile"}


class _Malformed(Exception):
    """No JWT at all."""


@dataclass
class Assertion:
    """A JWT, taken apart but not yet believed."""

    header: dict[str, object]
    claims: dict[str, object]
    signed: bytes
    signature: bytes


def _part(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise _Malformed from problem


def parse(text: str) -> Assertion:
    parts = text.split(".")
    if len(parts) != 3:
        raise _Malformed
    try:
        header, claims = json.loads(_part(parts[0])), json.loads(_part(parts[1]))
    except ValueError as problem:
        raise _Malformed from problem
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise _Malformed
    return Assertion(header, claims, f"{parts[0]}.{parts[1]}".encode("ascii"), _part(parts[2]))


def _signed_by(assertion: Assertion, account: Account) -> bool:
    # A file whose key was revoked, and a key id of another key, end alike: Google has no public key to try.
    named = assertion.header.get("kid", account.key_id)
    public = account.private_key.public_key()
    if (further := account.public_keys.get(str(named))) is not None:
        if not further.good():
            return False
        public = further.public
    elif account.key_revoked or named != account.key_id:
        return False
    try:
        public.verify(assertion.signature, assertion.signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _in_time(claims: dict[str, object], now: float) -> bool:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, (int, float)) or not isinstance(expires, (int, float)):
        return False
    return (
        issued <= now + TOLERANCE
        and expires >= now - TOLERANCE
        and issued >= now - LIFETIME - TOLERANCE
        and 0 < expires - issued <= LIFETIME
    )


def _scopes(text: object) -> frozenset[str] | None:
    found = text.split() if isinstance(text, str) else []
    good = all(s.startswith("https://www.googleapis.com/auth/") or s in _PLAIN_SCOPES for s in found)
    return frozenset(found) if found and good else None


@dataclass(frozen=True)
class Verdict:
    """The answer, and whose request it was (None where nobody could tell)."""

    answer: answers.Answer
    owner: Account | User | None = None


def exchange(body: bytes, registry: Registry, now: float) -> Verdict:
    """Answers one POST to /token."""
    try:
        form = {name: values[0] for name, values in parse_qs(body.decode("ascii"), max_num_fields=20).items()}
    except ValueError:
        return Verdict(answers.bad_json())
    grant = form.get("grant_type", "")
    if grant == "refresh_token":
        return _refresh(form, registry, now)
    if grant == "authorization_code":
        return _first(form, registry, now)
    if grant != _JWT_GRANT:
        return Verdict(answers.grant_unknown(grant))
    try:
        assertion = parse(form.get("assertion", ""))
    except _Malformed:
        return Verdict(answers.jwt_malformed())
    claims = assertion.claims
    with registry.lock:
        account = registry.accounts.get(str(claims.get("iss", "")))
    if account is None or account.deleted:
        return Verdict(answers.account_not_found(), account)
    return Verdict(_judge(assertion, account, registry, now), account)


def _judge(assertion: Assertion, account: Account, registry: Registry, now: float) -> answers.Answer:
    claims = assertion.claims
    if assertion.header.get("alg") != "RS256" or not _signed_by(assertion, account):
        return answers.jwt_signature()
    if claims.get("aud") not in (AUDIENCE, OLDER):
        return answers.jwt_audience()
    if not _in_time(claims, now):
        return answers.jwt_time()
    if account.disabled:
        return answers.account_disabled()
    scopes = _scopes(claims.get("scope"))
    if scopes is None:
        return answers.invalid_scope()
    return _give(account, scopes, registry, now)


def _refresh(form: dict[str, str], registry: Registry, now: float) -> Verdict:
    with registry.lock:
        user = registry.users.get(form.get("refresh_token", ""))
    if user is None or user.revoked:
        return Verdict(answers.refresh_revoked(), user)
    if form.get("client_id") != user.client_id or form.get("client_secret") != user.client_secret:
        return Verdict(answers.client_unknown(), user)
    if user.reauth:
        return Verdict(answers.refresh_reauth(), user)
    scopes = _scopes(form.get("scope", user.scopes))
    if scopes is None:
        return Verdict(answers.invalid_scope(), user)
    return Verdict(_give(user, scopes, registry, now, say=True), user)


def _first(form: dict[str, str], registry: Registry, now: float) -> Verdict:
    """A code is good once; the client that brings it gets the refresh token, and that is good with this client alone."""
    with registry.lock:
        user = registry.codes.pop(form.get("code", ""), None)
    if user is None or "client_id" not in form or "client_secret" not in form:
        return Verdict(answers.refresh_revoked(), user)
    user.client_id, user.client_secret = form["client_id"], form["client_secret"]
    scopes = _scopes(user.scopes)
    assert scopes is not None
    answer = _give(user, scopes, registry, now, say=True)
    assert isinstance(answer.document, dict)
    return Verdict(replace(answer, document={**answer.document, "refresh_token": user.refresh_token}), user)


def _give(
    owner: Account | User, scopes: frozenset[str], registry: Registry, now: float, *, say: bool = False
) -> answers.Answer:
    token = Token(random_token(), owner, scopes, now + registry.lifetime)
    with registry.lock:
        registry.tokens[token.text] = token
    return answers.token(token.text, " ".join(sorted(scopes)) if say else None, registry.lifetime - 1)
