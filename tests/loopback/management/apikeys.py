"""apikeys.googleapis.com, version 2: keys that are made, changed, deleted and brought back."""

from __future__ import annotations

import re
import uuid
from typing import Any

from tests.loopback.states import Key, random_key

from . import replies
from .replies import Answer
from .state import GEMINI, GRACE, QUIET, VERTEX, ApiKey, CloudProject, fresh_etag, stamp
from .world import Asked, Refused, World

HOST = "apikeys.googleapis.com"
_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BOUND = "iam.managed.disableServiceAccountApiKeyCreation"
_KINDS = (
    "browserKeyRestrictions",
    "serverKeyRestrictions",
    "androidKeyRestrictions",
    "iosKeyRestrictions",
)
_MUTABLE = {"displayName", "display_name", "restrictions", "annotations"}


def shown(project: CloudProject, key: ApiKey, *, secret: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f"projects/{project.number}/locations/global/keys/{key.id}",
        "uid": key.uid,
        **key.fields,
        "createTime": stamp(key.created),
        "updateTime": stamp(key.updated),
        "etag": key.etag,
    }
    if secret:
        found["keyString"] = key.key.text
    if key.deleted is not None:
        found["deleteTime"] = stamp(key.deleted)
    return found


def targets(fields: dict[str, Any]) -> set[str]:
    """The services that a key is restricted to; empty: none, or all."""
    rows = fields.get("restrictions", {}).get("apiTargets", [])
    found = {str(row.get("service", "")) for row in rows}
    return set() if "cloudapis.googleapis.com" in found else found


def _govern(key: ApiKey) -> None:
    """What the Gemini hosts know of a key follows from its fields."""
    restrictions, services = key.fields.get("restrictions", {}), targets(key.fields)
    own = key.key
    own.vertex = not own.standard and VERTEX in services and GEMINI not in services
    own.restricted_to_other_apis = bool(services) and GEMINI not in services and not own.vertex
    own.websites = tuple(restrictions.get("browserKeyRestrictions", {}).get("allowedReferrers", []))
    own.addresses = tuple(restrictions.get("serverKeyRestrictions", {}).get("allowedIps", []))
    own.android = "androidKeyRestrictions" in restrictions
    own.ios = "iosKeyRestrictions" in restrictions
    own.deleted = key.deleted is not None


def plant(
    world: World,
    project: CloudProject,
    *,
    key_id: str | None = None,
    fields: dict[str, Any] | None = None,
    text: str | None = None,
    young: bool = False,
) -> ApiKey:
    """A key in a project; without `young` as if it had always been there."""
    fields = {name: value for name, value in (fields or {}).items() if value}
    bound = "serviceAccountEmail" in fields
    key = Key(text or random_key(standard=not bound), not bound, project.project)
    now = world.now()
    name = str(uuid.uuid4())
    made = ApiKey(key_id or name, name, key, now, fields, now)
    if young:
        key.rising = world.rising(world.delays.key)
    _govern(made)
    world.register_key(key)
    project.keys[made.id] = made
    return made


def purge(world: World) -> None:
    """What was deleted more than 30 days ago is gone."""
    for project in world.projects.values():
        for key in list(project.keys.values()):
            if key.deleted is not None and world.now() - key.deleted > GRACE:
                del project.keys[key.id]


def _project(asked: Asked) -> CloudProject:
    words = asked.words()
    if len(words) < 4 or words[2] != "locations" or words[3] != "global":
        raise Refused(replies.invalid("Request contains an invalid argument."))
    project = asked.project()
    world, writes = asked.world, asked.method.writes
    most = world.writes_per_minute if writes else world.reads_per_minute
    kind = "write_requests" if writes else "read_requests"
    if not world.counts(project, kind, most):
        raise Refused(replies.rate_limited(HOST, project.number, f"{HOST}/{kind}"))
    return project


def _key(asked: Asked, project: CloudProject) -> ApiKey:
    word = asked.words()[5]
    found = next((key for key in project.keys.values() if word in (key.id, key.uid)), None)
    if found is None:
        raise Refused(replies.not_found())
    return found


def _fields(asked: Asked) -> dict[str, Any]:
    found = {name: value for name, value in asked.body.items() if name != "etag"}
    if len(str(found.get("displayName", ""))) > 63:
        raise Refused(replies.invalid("Display name is longer than 63 characters.", ["key.display_name"]))
    if sum(kind in found.get("restrictions", {}) for kind in _KINDS) > 1:
        raise Refused(replies.invalid("Only one client restriction is allowed.", ["key.restrictions"]))
    for row in found.get("restrictions", {}).get("apiTargets", []):
        if not str(row.get("service", "")).endswith(".googleapis.com"):
            raise Refused(replies.invalid("Invalid service name.", ["key.restrictions.api_targets"]))
    return found


def _operation(asked: Asked, project: CloudProject, key: ApiKey, *, secret: bool = False) -> Answer:
    kind = {"@type": "type.googleapis.com/google.api.apikeys.v2.Key"}
    result = {"response": {**kind, **shown(project, key, secret=secret)}}
    return replies.done(asked.world.operate(HOST, "akmf.p7", project.number, result), "A3 operations")


def create(asked: Asked) -> Answer:
    project = _project(asked)
    asked.need(project, "apikeys.keys.create")
    fields = _fields(asked)
    email = str(fields.get("serviceAccountEmail", ""))
    if email:
        asked.need(project, "iam.serviceAccountApiKeyBindings.create")
    if email and _BOUND in project.constraints and not targets(fields) <= project.bound_keys_for:
        said = "API key creation bound to a service account is not allowed."
        raise Refused(replies.constraint(said, _BOUND, f"projects/{project.number}"))
    name = asked.parameter("keyId") or str(uuid.uuid4())
    if asked.query.get("keyId") and (not _ID.fullmatch(name) or _UUID.fullmatch(name)):
        raise Refused(replies.invalid("The key ID is not valid.", ["key_id"]))
    if name in project.keys:  # also one that is deleted and not purged yet
        raise Refused(replies.exists())
    if email:
        account = asked.world.account(email)
        if account is None or account.account.project is not project.project or not account.rising.ripe():
            raise Refused(replies.not_found(f"Service account {email} does not exist."))
    key = plant(asked.world, project, key_id=name, fields=fields, young=True)
    if email and (owner := asked.world.account(email)) is not None:
        key.key.owner_disabled = owner.account.disabled
    asked.did(f"projects/{project.id}/locations/global/keys/{key.id}")
    return _operation(asked, project, key, secret=True)


def list_(asked: Asked) -> Answer:
    project = _project(asked)
    asked.need(project, "apikeys.keys.list")
    deleted = asked.parameter("showDeleted") == "true"
    rows = [shown(project, key) for key in project.keys.values() if deleted or key.deleted is None]
    return replies.done(asked.page("keys", rows, 50, 300), "A3 list")


def get(asked: Asked) -> Answer:
    project = _project(asked)
    asked.need(project, "apikeys.keys.get")
    return replies.done(shown(project, _key(asked, project)), "A3 get")


def value(asked: Asked) -> Answer:
    project = _project(asked)
    asked.need(project, "apikeys.keys.getKeyString")
    return replies.done({"keyString": _key(asked, project).key.text}, "A3 value")


def patch(asked: Asked) -> Answer:
    project = _project(asked)
    asked.need(project, "apikeys.keys.update")
    key = _key(asked, project)
    fields = _fields(asked)
    mask = [part for part in asked.parameter("updateMask").split(",") if part]
    wanted = set(fields) if not mask or mask == ["*"] else set(mask)
    if not wanted <= _MUTABLE:
        raise Refused(
            replies.invalid("The update mask names a field that cannot be changed.", ["update_mask"])
        )
    _same_etag(key, str(asked.body.get("etag", "")))
    _unused(asked, key)
    for name in {"displayName" if name == "display_name" else name for name in wanted}:
        key.fields.pop(name, None)
        if fields.get(name):
            key.fields[name] = fields[name]
    _touched(asked, project, key)
    return _operation(asked, project, key)


def delete(asked: Asked) -> Answer:
    project = _project(asked)
    asked.need(project, "apikeys.keys.delete")
    key = _key(asked, project)
    if key.deleted is not None:
        raise Refused(replies.not_found())
    _same_etag(key, asked.parameter("etag"))
    _unused(asked, key)
    key.deleted = asked.world.now()
    key.key.sinking = asked.world.rising(asked.world.delays.deletion)
    _touched(asked, project, key)
    return _operation(asked, project, key)


def undelete(asked: Asked) -> Answer:
    project = _project(asked)
    asked.need(project, "apikeys.keys.undelete")
    key = _key(asked, project)
    if key.deleted is None:
        raise Refused(replies.failed_precondition("The key is not deleted.", source="A3 undelete"))
    key.deleted = None
    key.key.rising, key.key.sinking = asked.world.rising(asked.world.delays.key), None
    _touched(asked, project, key)
    return _operation(asked, project, key)


def lookup(asked: Asked) -> Answer:
    found = asked.world.api_key(asked.parameter("keyString"))
    if found is None:
        raise Refused(replies.not_found())
    parent = f"projects/{found[0].number}/locations/global"
    return replies.done({"parent": parent, "name": f"{parent}/keys/{found[1].id}"}, "A3 whose key")


def _same_etag(key: ApiKey, etag: str) -> None:
    if etag and etag != key.etag:
        raise Refused(replies.aborted("The etag does not match the current one."))


def _unused(asked: Asked, key: ApiKey) -> None:
    """CHECK looks at every request with the key, those of ours included."""
    since = asked.world.now() - QUIET
    if asked.parameter("checkExistingUsage") == "CHECK" and any(when > since for when in key.used):
        said = "The key was used in the last 7 days."
        raise Refused(replies.failed_precondition(said, source="A3 delete CHECK"))


def _touched(asked: Asked, project: CloudProject, key: ApiKey) -> None:
    key.updated, key.etag = asked.world.now(), f'W/"{fresh_etag()}"'
    _govern(key)
    asked.did(f"projects/{project.id}/locations/global/keys/{key.id}")


HANDLERS = {
    "apikeys.projects.locations.keys.create": create,
    "apikeys.projects.locations.keys.list": list_,
    "apikeys.projects.locations.keys.get": get,
    "apikeys.projects.locations.keys.getKeyString": value,
    "apikeys.projects.locations.keys.patch": patch,
    "apikeys.projects.locations.keys.delete": delete,
    "apikeys.projects.locations.keys.undelete": undelete,
    "apikeys.keys.lookupKey": lookup,
}
