"""What to begin with: the answers of our own Google, texts without a cause, files and heads; in the targets' form."""

from __future__ import annotations

import inspect
import json
import random
from functools import cache
from typing import Final

from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service, ServiceAccount
from gemini_setup.vault import heads
from gemini_setup.vault.codec import head_of
from tests.causes.negatives import TEXTS
from tests.causes.records import recorded
from tests.core import samples
from tests.fuzz.planting import SHAPED, session_secrets
from tests.fuzz.targets import CHOICES
from tests.loopback import answers

#: Pieces that the core's patterns look for, and signs that change how a text is read.
TOKENS: Final = (
    "AIza", "AQ.", "AQ%2E", "sk-", "eyJ", "ya29.", "1//", "GOCSPX-", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----",
    "://", "@", "?key=", "&key=", "key=", "api_key: ", "x-goog-api-key: ", "Authorization: Bearer ", "\\u0026", "%3D", "&amp;", "&#", ";",
    '{"error": {', '"code": 403', '"status": "PERMISSION_DENIED"', '"reason": "SERVICE_DISABLED"', '"message": "', '"details": [', "}]}",
    "\\", '\\"', "\\\\\\\"", "\\n", "\\u003c", "'", '"', "\n", "\r\n", "\t", "\x00", "\x1b[", "\x1b]", "\x07", "\x1b[0m", "\u200b", "\u202e", "\u2028",
    "\u0301", "\x85", "\x1f", "²", "٣", "९", "ſ", "İ", "\ufeff", "\ud7ff", "<html", "</html>", "│", "─",
    "projects/123456789", "in project my-project-1 ", "models/gemini-3.8-flash", "model: ", "permission 'aiplatform.endpoints.predict' ",
    "on resource '//aiplatform.googleapis.com/", "callerIp: ", "ip address 1.2.3.4", "quotaId: ", "quotaValue: ", "limit: 0", "retry in ", "retryDelay: ",
    "999999999999h", "1e9s", "24h", "googleapis.com", "generativelanguage.googleapis.com", "https://console.cloud.google.com/",
    "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=123456789", "region: europe-west1",
    "HTTP/1.1 429 ", "status: 400", "google.api_core.exceptions.", "StatusCode.", "invalid_grant", "certificate_verify_failed", "Traceback",
    "GEMINI_API_KEY=", "export ", "setx ", "x-api-key: ", "bearer ", "\n--\n", '"schema":"gemini-credentials/1"', '"parts":', '"credential":{',
    '"private_key":"', '"type":"service_account"', '"token_uri":"', "[" * 50, "{" * 50, "NaN", "1" * 5000, "null", "date: ", "retry-after: ",
    "content-encoding: gzip", "content-type: ", "Sat, 21 Nov 2026 11:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "nan", "inf", "1e400", "-1",
)  # fmt: skip

_DATES: Final = (
    "Sat, 21 Nov 2026 11:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "31 Dec 9999 23:59:59 -2359",
    "now",
    "",
)
_WORDS: Final = {
    "service": answers.GEMINI,
    "model": "gemini-3.8-flash",
    "project": "my-project-1",
    "location": "us-central1",
}


def _answers() -> list[str]:
    """Every answer that our own Google can give, with plausible names in it."""
    found = []
    for name, make in inspect.getmembers(answers, inspect.isfunction):
        if make.__module__ != answers.__name__ or name.startswith("_"):
            continue
        wanted = [p for p in inspect.signature(make).parameters.values() if p.default is p.empty]
        values = [
            123456789 if p.annotation == "int" else _WORDS.get(p.name, "something")
            for p in wanted
            if p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        try:
            made = make(*values)
        except (TypeError, KeyError, ValueError):
            continue  # it wants something else than names and numbers
        if isinstance(made, answers.Answer):
            found.append(made.body.decode())
        elif isinstance(made, str):
            found.append(made)
    assert len(found) > 60
    return found


def _heads() -> list[str]:
    access = Access(ApiKey(Secret(session_secrets()[0])), Service.STUDIO)
    small = heads.compose(head_of(access, 1, "2026-11-21T00:00:00Z"))
    account = recognise(json.dumps(samples.service_account())).credential
    assert isinstance(account, ServiceAccount)
    large, parts = heads.in_parts(
        head_of(Access(account, Service.VERTEX, "p", "global"), 7, "2026-11-21T00:00:00Z")
    )
    row = {"profile": "default", "kind": "api_key", "service": "studio", "hint": "abcd", "outcome": "accepted",
           "events": [{"at": "2026-11-21T00:00:00Z", "what": "kept"}]}  # fmt: skip
    rows = json.dumps(
        {"version": 1, "open": ["default"], "profiles": [row, {"profile": "x", "removing": True}]}
    )
    return [small, "\n--\n".join((heads.compose(large), *parts)), f"{small}\n--\n{rows}", rows]


def _files() -> list[str]:
    account = samples.service_account()
    odd = [
        {**account, "private_key": samples.ec_pem()}, {**account, "token_uri": "https://someone:word@evil.example/"},
        {**account, "universe_domain": "evil.example"}, {"installed": {"client_id": "x"}}, {"type": "authorized_user"},
        {"project_info": {}}, [account], {"error": {"code": 403}}, {**account, "private_key": account["private_key"].replace("\n", "\\n")},
    ]  # fmt: skip
    return [json.dumps(account), json.dumps(account, indent=2), account["private_key"], *map(json.dumps, odd)]


def _keys() -> list[str]:
    key = session_secrets()[0]
    return [
        key, f" {key}\r\n", f'"{key}"', f"GEMINI_API_KEY={key}", f"export GEMINI_API_KEY='{key}';", f"x-goog-api-key: {key} \\",
        f"curl -H 'x-goog-api-key: {key}'", f"https://x.example/?key={key}", f"setx GEMINI_API_KEY {key} /m", f"# a\nGEMINI_API_KEY={key}\nB=1",
        f"{key[:20]}\n{key[20:]}", f"Bearer {key}", "someone@example.com", "0123456789abcdef0123456789abcdef01234567", f"“{key}”",
    ]  # fmt: skip


def _headed() -> list[str]:
    bodies = _answers()
    return [
        f"date: {_DATES[number % len(_DATES)]}\nretry-after: {('1', '1.5', '-1', 'nan', _DATES[1])[number % 5]}\n"
        f"content-type: application/json\n{'content-encoding: gzip' if number % 9 == 0 else 'x: y'}\n\n{text}"
        for number, text in enumerate(bodies)
    ]


@cache
def rests(target: str) -> tuple[bytes, ...]:
    """What may come in at a target, without the choices before it."""
    if target == "headers":
        texts = _headed()
    elif target == "key":
        texts = _keys()
    elif target == "file":
        texts = [*_files(), *_keys()]
    elif target == "keyring":
        texts = _heads()
    else:
        texts = [
            *_answers(),
            *(text for text in TEXTS if len(text) < 4000),
            *(one.text for one in recorded()),
        ]
    found = [text.encode("utf-8", "replace") for text in texts]
    if target in ("key", "file", "pasted"):
        found += [texts[0].encode("utf-16"), texts[-1].encode("utf-16-be"), texts[0].encode("utf-8-sig")]
    return tuple(found)


def corpus(target: str) -> list[bytes]:
    """Whole inputs: every text with choices before it, drawn so that each secret in each form is among them."""
    dice = random.Random(target)
    everything = rests(target)
    count = (
        max(len(everything), 40 * len(SHAPED))
        if target in ("body", "headers", "pasted", "exceptions")
        else 3 * len(everything)
    )
    return [dice.randbytes(CHOICES) + everything[number % len(everything)] for number in range(count)]
