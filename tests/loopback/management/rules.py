"""What a write must never be, and where a secret must never stand: each break is a complaint, which fails the test."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from tests.loopback.states import Registry

from .apikeys import targets
from .documents import SERVICES
from .ledger import Entry
from .state import GEMINI
from .world import Asked, World

_NEVER = {
    "apikeys.keys.lookupKey": "puts a key into an address",
    "cloudbilling.projects.updateBillingInfo": "links billing",
    "iam.projects.serviceAccounts.delete": "deletes a service account",
    "iam.projects.serviceAccounts.keys.create": "lets Google make the private key",
    "serviceusage.services.disable": "turns an API off",
}
_MARK = "gemini-setup"
_MODEL_HOST = re.compile(r"(?:.+-)?aiplatform\.googleapis\.com|aiplatform\.\w+\.rep\.googleapis\.com")
_PLAIN = "127.0.0.1"
_TOKEN_HOSTS = {"oauth2.googleapis.com", "www.googleapis.com", _PLAIN}


def of_method(name: str) -> Iterator[str]:
    """What is wrong with asking for that method at all."""
    if name in _NEVER:
        yield f"{name}: {_NEVER[name]}"
    elif name.startswith("orgpolicy.") and not name.endswith((".get", ".list", ".getEffectivePolicy")):
        yield f"{name}: changes an organisation's policy"


def of_write(world: World, asked: Asked, entry: Entry) -> Iterator[str]:
    """What is wrong with a write that has just been answered."""
    at = f"{entry.id} {entry.path}"
    words = asked.words()
    if entry.id.startswith("apikeys.projects.locations.keys."):
        if entry.id.endswith(".create"):
            if asked.body.get("annotations", {}).get("made-by") != _MARK:
                yield f"{at}: a key without our annotation"
            if GEMINI not in targets(asked.body):
                yield f"{at}: a key that is not restricted to the Gemini API"
        else:
            project = world.find(words[1])
            key = project.keys.get(words[5]) if project is not None else None
            if key is not None and not key.ours:
                yield f"{at}: writes to a key that is not ours"
    elif entry.id == "iam.projects.serviceAccounts.create":
        if _MARK not in str(asked.body.get("serviceAccount", {}).get("description", "")):
            yield f"{at}: an account without our mark"
    elif entry.id.startswith("iam.projects.serviceAccounts."):
        account = world.account(words[3])
        if account is not None and not account.ours:
            yield f"{at}: writes to an account that is not ours"
    elif entry.id == "cloudresourcemanager.projects.setIamPolicy":
        yield from _of_policy(at, world, asked, entry)


def _of_policy(at: str, world: World, asked: Asked, entry: Entry) -> Iterator[str]:
    policy = asked.body.get("policy", {})
    if not policy.get("etag"):
        yield f"{at}: a policy without etag"
    if policy.get("version") != 3:
        yield f"{at}: a policy of version {policy.get('version')}"
    if set(str(asked.body.get("updateMask", "bindings,etag")).split(",")) - {"bindings", "etag", "version"}:
        yield f"{at}: more of the policy than its bindings"
    project = world.find(asked.words()[1])
    taken_back = project is not None and all((role, who) in project.grants for role, who, _ in entry.lost)
    good = (1, 0) if not entry.lost else (0, 1) if taken_back else None
    if entry.applied and (len(entry.gained), len(entry.lost)) != good:
        yield f"{at}: changes the policy by +{sorted(entry.gained)} -{sorted(entry.lost)}"


def _unpacked(text: str) -> Iterator[str]:
    """What is in the base64 of a body, as a certificate is sent."""
    for run in re.findall(r"[A-Za-z0-9+/]{60,}={0,2}", text):
        with suppress(binascii.Error):
            yield base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8", "replace")


class Watch:
    """Looks at every request to every host for what must not be there."""

    def __init__(self, world: World, book: Registry) -> None:
        self._world = world
        self._book = book

    def look(
        self,
        scheme: str,
        host: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        token_route: bool,
    ) -> Iterator[str]:
        at = f"{host}{target.partition('?')[0]}"
        text = body.decode("utf-8", "replace")
        text += "".join(_unpacked(text))
        if any(form in text for form in ("PRIVATE KEY", "PRIVATE%20KEY", "PRIVATE+KEY")):
            yield f"{at}: a private key in a body"
        own = scheme == "http" or host == _PLAIN  # a profile's own endpoint
        models = host == GEMINI or _MODEL_HOST.fullmatch(host) is not None or own
        for kind, secret in self._secrets():
            if secret in target:
                yield f"{at}: {kind} in an address"
            if secret in text and not (kind in ("a refresh token", "a client secret") and token_route):
                yield f"{at}: {kind} in a body"
            for name, value in headers.items():
                if secret not in value:
                    continue
                if kind == "an API key":
                    good = name in ("x-goog-api-key", "authorization") and models
                else:
                    good = (
                        kind == "an access token" and name == "authorization" and (host in SERVICES or models)
                    )
                if not good:
                    yield f"{at}: {kind} in the header {name}"

    def _secrets(self) -> Iterable[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        with self._world.lock:
            for project in self._world.projects.values():
                found += [("an API key", key.key.text) for key in project.keys.values()]
            for person in self._world.people.values():
                found.append(("a refresh token", person.refresh_token))
                found.append(("a client secret", person.client_secret))
        with self._book.lock:
            found += [("an access token", text) for text in self._book.tokens]
        return found
