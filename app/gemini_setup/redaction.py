"""The wall that everything passes on its way out: texts without the secrets in them. Knows shapes and nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from gemini_setup.credentials import Credential, GcloudSignIn, Secret, ServiceAccount

_KEY_SHAPES = re.compile(
    r"AIza[0-9A-Za-z_-]{16,}"
    r"|\bAQ\.[0-9A-Za-z._-]{12,}"
    r"|\bAQ%2E[0-9A-Za-z._%-]{12,}"
    r"|\bsk-[A-Za-z0-9_-]{16,}"
)
_TOKEN_SHAPES: Final = (
    (re.compile(r"-----BEGIN[^-]{0,40}-----.*?(?:-----END[^-]{0,40}-----|\Z)", re.S), "[private key]"),
    (re.compile(r"\beyJ[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]*){0,2}"), "[token]"),
    (re.compile(r"\bya29\.[0-9A-Za-z._-]{8,}"), "[token]"),
    (re.compile(r"\b1//[0-9A-Za-z_-]{16,}"), "[token]"),
    (re.compile(r"\bGOCSPX-[0-9A-Za-z_-]{8,}"), "[client secret]"),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,20}://)[^/\s@\"'<>]{1,300}@"), r"\1[user]@"),
    (re.compile(r"(?i)([?&](?:key|api_key|access_token|assertion)=)[^&\s\"'<>]{4,}"), r"\1[secret]"),
    (
        re.compile(
            r"(?i)(\b(?:x-goog-api-key|api[_-]?key|access_token|refresh_token|client_secret|private_key|assertion)"
            r"\\?[\"']?\s*[:=]\s*\\?[\"']?)(?!\s|\[|…)[^\s\"'\\,;&}<>]{12,}"
        ),
        r"\1[secret]",
    ),
    (
        re.compile(r"(?i)(\bauthorization\\?[\"']?\s*[:=]\s*\\?[\"']?(?:bearer|basic)\s+)[^\s\"'\\,;<>]{8,}"),
        r"\1[secret]",
    ),
)
_CONTROL = re.compile(
    "\x1b\\[[0-9;?]{0,16}[ -/]?[@-~]|\x1b\\][^\x07\x1b]{0,300}(?:\x07|\x1b\\\\)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    "|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def _shapes_of(secret: Secret) -> list[str]:
    """A secret as it may come back: plain, percent-encoded, base64."""
    plain = secret.reveal()
    forms = {plain, quote(plain, safe=""), base64.b64encode(plain.encode()).decode().rstrip("=")}
    return [form for form in forms if len(form) >= 6]


def secrets_of(credential: Credential) -> tuple[Secret, ...]:
    """The texts that must not leave: the key, or the private key of a file."""
    if isinstance(credential, GcloudSignIn):
        return ()
    if isinstance(credential, ServiceAccount):
        import json

        pem = json.loads(credential.document.reveal()).get("private_key") or ""
        lines = [line for line in pem.splitlines() if len(line) >= 40]
        return (Secret(pem), *(Secret(line) for line in lines))
    return (credential.secret,)


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text with every secret masked; an API key keeps its last four characters, so that a person knows it."""
    for secret in secrets:
        for form in _shapes_of(secret):
            text = text.replace(form, f"…{secret.hint}" if secret.hint else "[secret]")
    for pattern, mask in _TOKEN_SHAPES:
        text = pattern.sub(mask, text)
    return _KEY_SHAPES.sub(lambda found: f"…{found.group()[-4:]}", text)


def plain(text: str, limit: int = 300) -> str:
    """Text from outside, fit to be shown: one line, no control, escape or bidi characters, at most `limit` long."""
    text = " ".join(_CONTROL.sub("", text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
