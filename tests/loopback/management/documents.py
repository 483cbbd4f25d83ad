"""Google's own discovery documents: which requests there are, and whether one, or an answer, is as they say."""

from __future__ import annotations

import base64
import binascii
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

#: The hosts that the stand-in answers for, and the version of each that we speak.
SERVICES = {
    "apikeys.googleapis.com": "apikeys.v2",
    "serviceusage.googleapis.com": "serviceusage.v1",
    "cloudresourcemanager.googleapis.com": "cloudresourcemanager.v3",
    "iam.googleapis.com": "iam.v1",
    "iamcredentials.googleapis.com": "iamcredentials.v1",
    "cloudbilling.googleapis.com": "cloudbilling.v1",
    "orgpolicy.googleapis.com": "orgpolicy.v2",
    "policyanalyzer.googleapis.com": "policyanalyzer.v1",
}
_SECRET_PARAMETERS = {"key", "access_token", "oauth_token"}
# The schema of what an operation answers in the end, by the end of its "@type".
_ANSWERS = {"Key": "V2Key"}


@dataclass(frozen=True)
class Method:
    """One method of one service, as its document has it."""

    id: str
    http: str
    pattern: re.Pattern[str]
    template: str
    parameters: Mapping[str, Mapping[str, Any]]
    request: str | None
    response: str | None
    writes: bool


@dataclass
class Match:
    """A request that is in a document: `names` are the parameters of its path."""

    method: Method
    names: dict[str, str] = field(default_factory=dict)


def folder() -> Path:
    spec = importlib.util.find_spec("googleapiclient")
    assert spec is not None, "google-api-python-client is missing: packaging/bootstrap test"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "discovery_cache" / "documents"


#: POSTs that change nothing at Google.
_READS = (":testIamPermissions", ":getIamPolicy", ":generateAccessToken", ":signBlob", ":signJwt")


class Document:
    """One service's document."""

    def __init__(self, host: str) -> None:
        data: dict[str, Any] = json.loads((folder() / f"{SERVICES[host]}.json").read_text("utf-8"))
        assert data["rootUrl"] == f"https://{host}/"
        self.host = host
        self._schemas: dict[str, dict[str, Any]] = data["schemas"]
        self._common: dict[str, dict[str, Any]] = data["parameters"]
        self.methods = list(self._collect(data))

    def _collect(self, resource: Mapping[str, Any]) -> Iterator[Method]:
        for one in resource.get("methods", {}).values():
            flat = one.get("flatPath", one["path"])
            pattern = "".join(
                "[^/:]+" if part.startswith("{") else re.escape(part)
                for part in re.split(r"(\{[^}]+\})", flat)
            )
            yield Method(
                one["id"],
                one["httpMethod"],
                re.compile("/" + pattern),
                one["path"],
                one.get("parameters", {}),
                one.get("request", {}).get("$ref"),
                one.get("response", {}).get("$ref"),
                one["httpMethod"] != "GET" and not one["path"].endswith(_READS),
            )
        for inner in resource.get("resources", {}).values():
            yield from self._collect(inner)

    def match(self, http: str, path: str) -> Match | None:
        for method in self.methods:
            if method.http == http and method.pattern.fullmatch(path):
                return Match(method, _names(method, path))
        return None

    # --- what is wrong --------------------------------------------------------------------------------------

    def wrong_query(self, method: Method, query: Mapping[str, list[str]]) -> list[str]:
        found: list[str] = []
        for name, values in query.items():
            known = {n: p for n, p in method.parameters.items() if p.get("location") == "query"}
            rule = known.get(name) or (self._common.get(name) if name not in _SECRET_PARAMETERS else None)
            if rule is None:
                found.append(f"{method.id}: no parameter {name!r}")
                continue
            if len(values) > 1 and not rule.get("repeated"):
                found.append(f"{method.id}: {name!r} given {len(values)} times")
            for value in values:
                found += [f"{method.id}: {name}: {problem}" for problem in _wrong_parameter(rule, value)]
        found += [
            f"{method.id}: {name!r} is missing"
            for name, rule in method.parameters.items()
            if rule.get("required") and rule.get("location") == "query" and name not in query
        ]
        return found

    def wrong_body(self, method: Method, body: object) -> list[str]:
        if method.request is None:
            return [] if body is None else [f"{method.id}: has a body"]
        if body is None:
            return []
        return [f"{method.id}: {p}" for p in self._wrong(method.request, body, "", asked=True)]

    def wrong_answer(self, method: Method, body: object) -> list[str]:
        if method.response is None:
            return []
        found = [f"{method.id} answered: {p}" for p in self._wrong(method.response, body, "", asked=False)]
        inner = body.get("response") if method.response == "Operation" and isinstance(body, dict) else None
        if isinstance(inner, dict):
            kind = str(inner.get("@type", "")).rpartition(".")[2]
            plain = {name: value for name, value in inner.items() if name != "@type"}
            schema = _ANSWERS.get(kind, kind)
            if schema not in self._schemas:
                found.append(f"{method.id} answered: an operation's {inner.get('@type')!r}")
            else:
                found += [
                    f"{method.id} answered: {p}" for p in self._wrong(schema, plain, "response", asked=False)
                ]
        return found

    def _wrong(self, schema: str, value: object, at: str, *, asked: bool) -> Iterator[str]:
        yield from self._wrong_value(self._schemas[schema], value, at or schema, asked)

    def _wrong_value(self, rule: Mapping[str, Any], value: object, at: str, asked: bool) -> Iterator[str]:
        if "$ref" in rule:
            rule = self._schemas[rule["$ref"]]
        kind = rule.get("type", "object")
        if kind == "object":
            if not isinstance(value, dict):
                yield f"{at} is no object"
                return
            known, other = rule.get("properties", {}), rule.get("additionalProperties")
            for name, item in value.items():
                if name in known:
                    if asked and known[name].get("readOnly"):
                        yield f"{at}.{name} is Google's to say"
                    yield from self._wrong_value(known[name], item, f"{at}.{name}", asked)
                elif other is None:
                    yield f"{at}.{name} is unknown"
                else:
                    yield from self._wrong_value(other, item, f"{at}.{name}", asked)
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{at} is no list"
                return
            for number, item in enumerate(value):
                yield from self._wrong_value(rule["items"], item, f"{at}[{number}]", asked)
        else:
            yield from (f"{at} {problem}" for problem in _wrong_scalar(rule, kind, value))


def _names(method: Method, path: str) -> dict[str, str]:
    """The values of `{+name}` and its like, percent-decoded."""
    found = re.fullmatch(
        "/"
        + "".join(
            f"(?P<{part[1:-1].lstrip('+')}>.+?)" if part.startswith("{") else re.escape(part)
            for part in re.split(r"(\{[^}]+\})", method.template)
        ),
        path,
    )
    return {} if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def _wrong_parameter(rule: Mapping[str, Any], value: str) -> Iterator[str]:
    kind = rule.get("type")
    if kind == "integer" and not re.fullmatch(r"-?[0-9]{1,10}", value):
        yield f"{value!r} is no number"
    if kind == "boolean" and value not in ("true", "false"):
        yield f"{value!r} is neither true nor false"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{value!r} is none of {rule['enum']}"


def _wrong_scalar(rule: Mapping[str, Any], kind: str, value: object) -> Iterator[str]:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "boolean": (bool,),
        "integer": (int,),
        "number": (int, float),
    }
    python = kinds.get(kind)
    if python is None:  # "any"
        return
    if not isinstance(value, python) or (kind == "integer" and isinstance(value, bool)):
        yield f"is no {kind}: {type(value).__name__}"
        return
    if "enum" in rule and value not in rule["enum"]:
        yield f"is none of {rule['enum']}: {value!r}"
    form = rule.get("format")
    if form in ("int64", "uint64") and not re.fullmatch(r"-?[0-9]+", str(value)):
        yield f"is no {form}: {value!r}"
    if form == "google-datetime" and not re.fullmatch(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{1,9})?Z", str(value)
    ):
        yield f"is no time: {value!r}"
    if form == "google-duration" and not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?s", str(value)):
        yield f"is no duration: {value!r}"
    if form == "byte":
        try:
            base64.b64decode(str(value).replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            yield "is no base64"


@cache
def document(host: str) -> Document:
    return Document(host)
