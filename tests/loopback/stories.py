"""The credentials of the demonstration: one for each thing that can happen to a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .states import Fault

if TYPE_CHECKING:
    from .google import Google


@dataclass(frozen=True)
class Story:
    """A credential to paste or to choose; `cause` is what a check of it should come to (causes.tsv)."""

    name: str
    title: str
    kind: Literal["key", "file"]
    text: str = field(repr=False)
    cause: str


def tell(google: Google) -> list[Story]:
    """Registers the credentials and says what each is."""
    works = google.studio_key()
    return [
        Story("works", "Works", "key", works.text, "works"),
        Story(
            "trap",
            "Cloud Console key, Gemini API off",
            "key",
            google.studio_key(standard=True, api_enabled=False).text,
            "api-disabled",
        ),
        Story(
            "other-apis",
            "Cloud Console key, for other APIs only",
            "key",
            google.studio_key(standard=True, restricted_to_other_apis=True).text,
            "key-restricted-to-other-apis",
        ),
        Story(
            "website",
            "Cloud Console key, for one website only",
            "key",
            google.studio_key(standard=True, websites=("https://shop.example.com/*",)).text,
            "key-restricted-to-websites",
        ),
        # An AIza key: of a made-up AQ. key Google says something else (the story after this one).
        Story("mistyped", "Mistyped key", "key", google.unknown_key(standard=True), "key-not-valid"),
        Story("cut-off", "Key cut off while copying", "key", works.text[:-9], "key-taken-for-token"),
        Story(
            "expired",
            "Expired key",
            "key",
            google.studio_key(standard=True, expired=True).text,
            "key-expired",
        ),
        Story(
            "leaked",
            "Key found in public and switched off",
            "key",
            google.studio_key(leaked=True).text,
            "key-leaked",
        ),
        Story(
            "quota",
            "Works, but today's requests are used up",
            "key",
            google.studio_key(quota="per-day").text,
            "quota-per-day",
        ),
        Story(
            "quota-zero",
            "Works, but the project may make no requests",
            "key",
            google.studio_key(quota="zero").text,
            "quota-zero",
        ),
        Story(
            "overloaded",
            "Works, but the model is overloaded",
            "key",
            google.studio_key(fault=Fault.google(503), fault_on=("generate", "openai-chat")).text,
            "model-overloaded",
        ),
        Story(
            "offline",
            "The connection breaks",
            "key",
            google.studio_key(fault=Fault(drop=True)).text,
            "connection-broken",
        ),
        Story("vertex", "Vertex AI: works", "file", google.service_account().text, "works"),
        Story(
            "vertex-role",
            "Vertex AI: the account lacks its role",
            "file",
            google.service_account(role=False).text,
            "role-missing",
        ),
    ]
