"""The wall that everything passes on its way out: texts without the secrets in them. Knows shapes and nothing else."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from gemini_setup.credentials import Credential, GcloudSignIn, Secret, ServiceAccount

# Where a secret may begin: not inside a word, but after an escape ("\\n") or a percent code that ends in a letter.
_START = r"(?:(?<![A-Za-z0-9_])|(?<=\\[bfnrt])|(?<=%[0-9A-Fa-f]{2}))"
_KEY_SHAPES = re.compile(
    r"AIza[0-9A-Za-z_-]{16,}"
    rf"|{_START}AQ(?:\.|%2E)[0-9A-Za-z._%-]{{12,}}"
    rf"|{_START}sk-[A-Za-z0-9_-]{{16,}}"
)
_TOKEN_SHAPES: Final = (
    (re.compile(r"-----BEGIN[^-]{0,40}-----.*?(?:-----END[^-]{0,40}-----|\Z)", re.S), "[private key]"),
    (re.compile(_START + r"eyJ[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]*){0,2}"), "[token]"),
    (re.compile(_START + r"ya29\.[0-9A-Za-z._-]{8,}"), "[token]"),
    (re.compile(_START + r"1//[0-9A-Za-z_-]{16,}"), "[token]"),
    (re.compile(_START + r"GOCSPX-[0-9A-Za-z_-]{8,}"), "[client secret]"),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,20}://)[^/\s@\"'<>]{1,300}@"), r"\1[user]@"),
    (re.compile(r"(?i)([?&](?:key|api_key|access_token|assertion)=)(?![\[…])[^&\s\"'<>]{4,}"), r"\1[secret]"),
    (
        re.compile(
            r"(?i)((?<![A-Za-z0-9])(?:x-goog-api-key|api[_-]?key|access_token|refresh_token|client_secret|private_key|assertion)"
            r"\\?[\"']?\s*[:=]\s*\\?[\"']?)(?!\s|\[|…)[^\s\"'\\,;&}<>]{12,}"
        ),
        r"\1[secret]",
    ),
    (
        re.compile(r"(?i)(\bauthorization\\?[\"']?\s*[:=]\s*\\?[\"']?(?:bearer|basic)\s+)[^\s\"'\\,;<>]{8,}"),
        r"\1[secret]",
    ),
)
# What a terminal obeys; never a letter with which a secret begins, which would no more be known without it.
_ESCAPES = re.compile(
    "\x1b\\[[0-9;?]{0,16}[ -/]?(?:(?=AIza|AQ\\.|AQ%2E|sk-|eyJ|ya29|GOCSPX)|[@-~])"
    "|\x1b\\][^\x07\x1b]{0,300}(?:\x07|\x1b\\\\)?"
)


def _shapes_of(secret: Secret) -> list[str]:
    """A secret as it may come back, longest first: plain, percent-encoded, base64, escaped as JSON or Python."""
    text = secret.reveal()
    encoded = text.encode("utf-8", "surrogatepass")
    forms = {text, quote(encoded, safe=""), quote(encoded), repr(text)[1:-1]}
    forms |= {re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), form) for form in tuple(forms)}
    for before in range(
        3
    ):  # base64 of a longer text has it at one of three offsets: only what it alone decides
        begin, end = -(-8 * before // 6), 8 * (before + len(encoded)) // 6
        for maker in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(maker(b"\0" * before + encoded).decode()[begin:end])
    for escaped in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        forms |= {escaped, json.dumps(escaped)[1:-1]}
    return sorted((form for form in forms if len(form) >= 6), key=len, reverse=True)


def secrets_of(credential: Credential) -> tuple[Secret, ...]:
    """The texts that must not leave: the key, or the private key of a file."""
    if isinstance(credential, GcloudSignIn):
        return ()
    if isinstance(credential, ServiceAccount):
        pem = json.loads(credential.document.reveal()).get("private_key") or ""
        lines = [line for line in pem.splitlines() if len(line) >= 40]
        return (Secret(pem), *(Secret(line) for line in lines))
    return (credential.secret,)


def _visible(text: str) -> str:
    """Without control, escape and bidi characters; white space stays."""
    if text.isprintable():
        return text
    return "".join(c for c in _ESCAPES.sub("", text) if c.isprintable() or c.isspace())


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text with every secret masked and without control characters; an API key keeps its last four, so that a
    person knows it.
    """
    forms = [
        (form, f"…{secret.hint}" if secret.hint else "[secret]")
        for secret in secrets
        for form in _shapes_of(secret)
    ]
    # Twice: an escape sequence may end in a secret's first letter, and a secret may have something invisible in it.
    # The shapes too: what is taken out may have been all that stood between a key and the word before it.
    for ready in (lambda seen: seen, _visible):
        text = ready(text)
        for form, mask in forms:
            text = text.replace(form, mask)
        text = _KEY_SHAPES.sub(lambda found: f"…{found.group()[-4:]}", text)
    for pattern, shown in _TOKEN_SHAPES:
        text = pattern.sub(shown, text)
    return text


def plain(text: str, limit: int = 300) -> str:
    """Text from outside, fit to be shown: one line, no control, escape or bidi characters, at most `limit` long."""
    text = " ".join(_visible(text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
