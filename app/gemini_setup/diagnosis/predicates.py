"""What a signature asks of an answer beside its words, by the names in `resources/causes/*.toml`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from gemini_setup.diagnosis.answers import Evidence, Surface

_MESSAGE: Final = r"message[\"']?\s*[:=]\s*[\"']?(?!\s*[{\[])(.{1,400})"
# What people write into requests. A 400 that names none of it says nothing about the request.
_IN_REQUESTS: Final = (
    r"\b(?:requests?\b(?! contains an invalid argument|:? ?(?:failed|error|is invalid))|contents?|parts?|tools?|functions?|schema|mime ?type|modalit|tokens?\b|counttokens"
    r"|payload|images?|video|audio|document|files?\b|roles?\b|turns?|parameters?|fields?|json mode|instruction|temperature|top_?[pk]|budget|thinking|thought|cache|candidates?"
    r"|generation_?config|safety|threshold|setting|grounding|endpoint\b(?!:)|predict|streaming|response)"
)
_WRONG_WITH_IT: Final = (
    r"not supported|unsupported|not enabled|invalid|must|should|required|missing|exceed|too (?:large|small|long|many|short)|unable|cannot|can't|infeasible|restricted"
    r"|only|no pages|not valid|please (?:use|ensure|provide)|unknown name|unexpected|empty|already set|out of range|malformed|failed"
)
_SIGN_IN: Final = (Surface.OAUTH_TOKEN, Surface.GOOGLE_AUTH)
_GEMINI: Final = (
    Surface.GEMINI_NATIVE,
    Surface.GEMINI_OPENAI,
    Surface.VERTEX_NATIVE,
    Surface.VERTEX_OPENAI,
)


def google(e: Evidence) -> bool:
    """Google is in it: named in the text, or the caller says that this is one of its surfaces."""
    return e.google or (e.surface is not None and e.surface is not Surface.TRANSPORT)


def _here(e: Evidence) -> bool:
    """It happened on the way to Gemini: the caller says so, or the text does. Every program has refused connections."""
    return e.google or e.surface is not None


def _gemini(e: Evidence) -> bool:
    """One of Gemini's own routes answered."""
    return e.surface in _GEMINI


def _sign_in(e: Evidence) -> bool:
    """The token endpoint or google-auth answered."""
    return e.surface in _SIGN_IN


def _html(e: Evidence) -> bool:
    """The answer is a page."""
    return e.html


def _google_page(e: Evidence) -> bool:
    """An error page that Google's own front wrote. A filter's block page names Google too, and is none."""
    return e.says(
        r"that.s an error|\)!!1|\bgoogle llc\b|the server encountered a temporary error and could not complete your request"
    )


def _turned_away(e: Evidence) -> bool:
    return e.status in (401, 403, 404) or e.code in ("PERMISSION_DENIED", "NOT_FOUND", "UNAUTHENTICATED")


def _bad_request(e: Evidence) -> bool:
    return e.status in (400, 413) or e.code in ("INVALID_ARGUMENT", "FAILED_PRECONDITION")


def _quota(e: Evidence) -> bool:
    """Google counts, and says that it is too much."""
    return google(e) and (
        e.status == 429
        or e.code == "RESOURCE_EXHAUSTED"
        or "RATE_LIMIT_EXCEEDED" in e.reasons
        or "RESOURCE_QUOTA_EXCEEDED" in e.reasons
        or e.says(
            r"quota exceeded for (?:quota )?metric|quota exceeded for [a-z]+\.googleapis|error-code-429|resource (?:has been )?exhausted\b|you exceeded your current quota|exhausted your capacity on this model"
        )
    )


def _federation(e: Evidence) -> bool:
    """Workload identity federation, by the names of its services and classes."""
    return e.says(
        r"\bsts\.googleapis\.com|identitypoolcredentials|externalaccount|external_account|workload ?identity"
    )


def _names_the_request(e: Evidence) -> bool:
    """Whether a 400's message names a field, a value or a state of the request, and what is wrong with it."""
    said = [found.group(1) for found in re.finditer(_MESSAGE, e.words)]
    if not said:  # a library that prints the message alone, after the status
        parts = re.split(r"\b400\b|invalid_argument|failed_precondition", e.words, maxsplit=1)
        said = [e.words if len(e.words) < 400 else parts[-1][:400]]
    return any(
        re.search(_IN_REQUESTS, text)
        and re.search(_WRONG_WITH_IT, text)
        and "invalid argument" not in text[:60]
        for text in said[:20]
    )


#: `from`, `when` and `not.when` of a [[match]].
PREDICATES: Final[Mapping[str, Callable[[Evidence], bool]]] = MappingProxyType(
    {
        "google": google,
        "here": _here,
        "gemini": _gemini,
        "sign-in": _sign_in,
        "html": _html,
        "google-page": _google_page,
        "turned-away": _turned_away,
        "bad-request": _bad_request,
        "quota": _quota,
        "federation": _federation,
        "names-the-request": _names_the_request,
    }
)
