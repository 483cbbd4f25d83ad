"""Credentials that could be real by their shape and are not: every piece is put together at run time."""

from __future__ import annotations

from gemini_setup.model.credentials import (
    Access,
    ApiKey,
    Endpoints,
    GcloudSignIn,
    Secret,
    Service,
    ServiceAccount,
)
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault import heads

WORKS = {"outcome": Outcome.ACCEPTED, "cause": "works"}


def key_text(mark: str, length: int = 39) -> str:
    return ("AI" + "za" + mark * length)[:length]


def key(mark: str, length: int = 39) -> Access:
    return Access(ApiKey(Secret(key_text(mark, length))), Service.STUDIO)


def account_object(mark: str, lines: int = 26) -> dict[str, str]:
    body = "\n".join(["NotAKey" + (mark * 57)[:57]] * lines)
    return {
        "type": "service_account",
        "project_id": f"project-{mark}",
        "private_key_id": (mark * 40)[:40],
        "private_key": f"-----BEGIN {'PRIVATE'} KEY-----\n{body}\n-----END {'PRIVATE'} KEY-----\n",
        "client_email": f"robot@project-{mark}.iam.gserviceaccount.com",
        "client_id": "1" * 21,
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    }


def account(mark: str, lines: int = 26, endpoints: Endpoints | None = None) -> Access:
    found = account_object(mark, lines)
    document = Secret(heads.one_line(found))
    credential = ServiceAccount(
        document, found["client_email"], found["project_id"], found["private_key_id"], found["client_id"]
    )
    return Access(credential, Service.VERTEX, found["project_id"], "global", endpoints or Endpoints())


def sign_in(project: str = "project-a") -> Access:
    return Access(GcloudSignIn(), Service.VERTEX, project, "global")
