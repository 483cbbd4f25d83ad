"""iam.googleapis.com, version 1: service accounts and their keys."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from datetime import UTC
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.loopback.certificates import account_certificate
from tests.loopback.states import Account, rsa_key

from . import replies
from .replies import Answer
from .state import MOST_KEYS, AccountKey, CloudProject, ServiceAccount, new_unique_id, public_key, stamp
from .world import Asked, Refused, World

_ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
_MOST_ACCOUNTS = 100
_AHEAD = 120.0  # seconds by which a certificate may begin later than now
_NEVER = 253402300799.0


def shown(project: CloudProject, one: ServiceAccount) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f"projects/{project.id}/serviceAccounts/{one.email}",
        "projectId": project.id,
        "uniqueId": one.account.unique_id,
        "email": one.email,
        "etag": one.etag,
        "oauth2ClientId": one.account.unique_id,
    }
    if one.display:
        found["displayName"] = one.display
    if one.description:
        found["description"] = one.description
    return {**found, "disabled": True} if one.account.disabled else found


def shown_key(project: CloudProject, one: ServiceAccount, key: AccountKey) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f"projects/{project.id}/serviceAccounts/{one.email}/keys/{key.id}",
        "validAfterTime": stamp(key.begins),
        "validBeforeTime": stamp(min(key.ends, _NEVER)),
        "keyAlgorithm": f"KEY_ALG_RSA_{'1024' if key.public.key_size < 2048 else '2048'}",
        "keyOrigin": key.origin,
        "keyType": "USER_MANAGED",
    }
    return (
        {**found, "disabled": True, "disableReason": "SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED"}
        if (key.disabled)
        else found
    )


def plant(
    world: World,
    project: CloudProject,
    name: str,
    *,
    display: str = "",
    description: str = "",
    young: bool = False,
) -> ServiceAccount:
    """An account in a project; without `young` as if it had always been there."""
    account = Account(
        f"{name}@{project.id}.iam.gserviceaccount.com",
        project.project,
        rsa_key(fresh=False),
        unique_id=new_unique_id(),
        role=False,
        key_revoked=True,  # no key but those that are uploaded
    )
    account.predicts = lambda other: any(
        known.predicts(account) for known in world.projects.values() if known.project is other
    )
    rising = world.rising(world.delays.account if young else None)
    made = ServiceAccount(account, display, description, world.now(), rising)
    project.accounts[account.email] = made
    world.register_account(account)
    return made


def plant_key(
    world: World, one: ServiceAccount, certificate: x509.Certificate, *, young: bool = False, origin: str = ""
) -> AccountKey:
    public = public_key(certificate)
    assert public is not None
    made = AccountKey(
        secrets.token_hex(20),
        public,
        certificate.not_valid_before_utc.replace(tzinfo=UTC).timestamp(),
        certificate.not_valid_after_utc.replace(tzinfo=UTC).timestamp(),
        world.rising(world.delays.certificate if young else None),
        now=world.now,
    )
    made.origin = origin or made.origin
    one.keys[made.id] = made
    one.account.public_keys[made.id] = made
    return made


def _account(asked: Asked, permission: str) -> tuple[CloudProject, ServiceAccount]:
    words = asked.words()
    project, found = None, asked.world.account(words[3])
    if words[1] == "-":
        project = asked.world.find(found.account.project.id) if found is not None else None
        if project is None:
            raise Refused(replies.iam_permission_denied(permission, "/".join(words[:4])))
    else:
        project = asked.project()
    asked.need(project, permission, "/".join(words[:4]))
    if found is None or found.account.project is not project.project:
        raise Refused(replies.not_found(f"Unknown service account: {words[3]}"))
    return project, found


def create(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "iam.serviceAccounts.create")
    if "iam.disableServiceAccountCreation" in project.constraints:
        said = "Service account creation is not allowed on this project."
        raise Refused(replies.constraint(said, "iam.disableServiceAccountCreation", f"projects/{project.id}"))
    name = str(asked.body.get("accountId", ""))
    if not _ID.fullmatch(name):
        raise Refused(replies.invalid(f"Invalid service account ID: {name}.", ["account_id"]))
    fields = asked.body.get("serviceAccount", {})
    if set(fields) - {"displayName", "description"}:
        raise Refused(
            replies.invalid("Only a display name and a description can be given.", ["service_account"])
        )
    display, description = str(fields.get("displayName", "")), str(fields.get("description", ""))
    if len(display.encode()) > 100 or len(description.encode()) > 256:
        raise Refused(replies.invalid("Display name or description is too long.", ["service_account"]))
    alive = [one for one in project.accounts.values() if one.deleted is None]
    email = f"{name}@{project.id}.iam.gserviceaccount.com"
    if any(one.email == email for one in alive):
        said = f"Service account {name} already exists within project projects/{project.id}."
        resource = f"projects/{project.id}/serviceAccounts/{email}"
        raise Refused(
            replies.error(
                409,
                "ALREADY_EXISTS",
                said,
                [{"@type": "type.googleapis.com/google.rpc.ResourceInfo", "resourceName": resource}],
                source="google-hands A4",
            )
        )
    if len(alive) >= _MOST_ACCOUNTS:
        said = f"Maximum number of service accounts on project reached (projects/{project.id})."
        raise Refused(replies.error(429, "RESOURCE_EXHAUSTED", said, source="google-hands A4"))
    made = plant(asked.world, project, name, display=display, description=description, young=True)
    asked.did(f"projects/{project.id}/serviceAccounts/{made.email}")
    return replies.done(shown(project, made), "A4")


def list_(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "iam.serviceAccounts.list")
    rows = [shown(project, one) for one in project.accounts.values() if one.deleted is None]
    return replies.done(asked.page("accounts", rows, 20, 100), "A4 list")


def get(asked: Asked) -> Answer:
    return replies.done(shown(*_account(asked, "iam.serviceAccounts.get")), "A4 get")


def _switch(asked: Asked, *, off: bool) -> Answer:
    verb = "disable" if off else "enable"
    project, one = _account(asked, f"iam.serviceAccounts.{verb}")
    noop = one.account.disabled is off
    one.account.disabled = off
    for key in project.keys.values():
        if key.fields.get("serviceAccountEmail") == one.email:
            key.key.owner_disabled = off
    asked.did(f"projects/{project.id}/serviceAccounts/{one.email}", noop=noop)
    return replies.done({}, f"A4 {verb}")


def disable(asked: Asked) -> Answer:
    return _switch(asked, off=True)


def enable(asked: Asked) -> Answer:
    return _switch(asked, off=False)


def delete(asked: Asked) -> Answer:
    project, one = _account(asked, "iam.serviceAccounts.delete")
    one.deleted, one.account.deleted = asked.world.now(), True
    asked.did(f"projects/{project.id}/serviceAccounts/{one.email}")
    return replies.done({}, "A4 (not for us)")


# --- keys ---------------------------------------------------------------------------------------------------------


def _room(asked: Asked, project: CloudProject, one: ServiceAccount, what: str) -> None:
    """What stands in the way of one more key: a policy, the account's youth, the number of keys."""
    for name in (f"iam.disableServiceAccountKey{what}", f"iam.managed.disableServiceAccountKey{what}"):
        if name in project.constraints:
            said = f"Key {'creation' if what == 'Creation' else 'upload'} is not allowed on this service account."
            subject = f"projects/{project.id}/serviceAccounts/{one.email}?configvalue={one.email}"
            raise Refused(replies.constraint(said, name, subject))
    if not one.rising.ripe():
        raise Refused(replies.not_found(f"Service account {one.email} does not exist."))
    if len(one.alive()) >= MOST_KEYS:
        raise Refused(replies.failed_precondition("Precondition check failed.", source="A6 the 11th key"))


def upload(asked: Asked) -> Answer:
    project, one = _account(asked, "iam.serviceAccountKeys.create")
    certificate = _certificate(str(asked.body.get("publicKeyData", "")))
    _room(asked, project, one, "Upload")
    if certificate.not_valid_before_utc.timestamp() > asked.world.now() + _AHEAD:
        raise Refused(replies.invalid("The certificate is not valid yet.", ["public_key_data"]))
    if certificate.not_valid_after_utc.timestamp() <= asked.world.now():
        raise Refused(replies.invalid("The certificate has expired.", ["public_key_data"]))
    key = plant_key(asked.world, one, certificate, young=True)
    asked.did(f"projects/{project.id}/serviceAccounts/{one.email}/keys/{key.id}")
    return replies.done(shown_key(project, one, key), "A6 upload")


def _certificate(text: str) -> x509.Certificate:
    try:
        pem = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(replies.invalid("Invalid base64.", ["public_key_data"])) from None
    if b"PRIVATE KEY" in pem:
        raise Refused(replies.invalid("This is a private key.", ["public_key_data"]))
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError:  # a bare public key among them
        said = "The public key data is not an X.509 certificate in PEM form."
        raise Refused(replies.invalid(said, ["public_key_data"])) from None
    public = public_key(certificate)
    if public is None or public.key_size < 1024 or public.key_size > 4096:
        raise Refused(replies.invalid("Only RSA keys are supported.", ["public_key_data"]))
    return certificate


def create_key(asked: Asked) -> Answer:
    """With the private half made by Google: not for us, but gcloud does it."""
    project, one = _account(asked, "iam.serviceAccountKeys.create")
    _room(asked, project, one, "Creation")
    private = rsa_key(fresh=True)
    certificate = x509.load_pem_x509_certificate(account_certificate(private, one.account.unique_id).encode())
    key = plant_key(asked.world, one, certificate, young=True, origin="GOOGLE_PROVIDED")
    twin = Account(one.email, project.project, private, key.id, one.account.unique_id)
    asked.did(f"projects/{project.id}/serviceAccounts/{one.email}/keys/{key.id}")
    file = base64.b64encode(json.dumps(twin.info, indent=2).encode()).decode("ascii")
    kind = {"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "privateKeyData": file}
    return replies.done({**shown_key(project, one, key), **kind}, "A6 create")


def list_keys(asked: Asked) -> Answer:
    project, one = _account(asked, "iam.serviceAccountKeys.list")
    kinds = set(asked.query.get("keyTypes", [])) or {"USER_MANAGED", "SYSTEM_MANAGED"}
    rows = [shown_key(project, one, key) for key in one.alive()] if "USER_MANAGED" in kinds else []
    if "SYSTEM_MANAGED" in kinds:
        system = f"projects/{project.id}/serviceAccounts/{one.email}/keys/{'5' * 40}"
        own = {
            "keyOrigin": "GOOGLE_PROVIDED",
            "keyType": "SYSTEM_MANAGED",
            "keyAlgorithm": "KEY_ALG_RSA_2048",
        }
        rows.append({"name": system, **own})
    return replies.done({"keys": rows} if rows else {}, "A6 list")


def _key(asked: Asked, permission: str) -> tuple[CloudProject, ServiceAccount, AccountKey]:
    project, one = _account(asked, permission)
    key = one.keys.get(asked.words()[5])
    if key is None or key.deleted:
        raise Refused(replies.not_found(f"Service account key {asked.words()[5]} does not exist."))
    return project, one, key


def get_key(asked: Asked) -> Answer:
    project, one, key = _key(asked, "iam.serviceAccountKeys.get")
    found = shown_key(project, one, key)
    if asked.parameter("publicKeyType") in ("TYPE_RAW_PUBLIC_KEY", "TYPE_X509_PEM_FILE"):
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = key.public.public_bytes(serialization.Encoding.PEM, form)
        found["publicKeyData"] = base64.b64encode(pem).decode("ascii")
    return replies.done(found, "A6 keys.get")


def _switch_key(asked: Asked, *, off: bool) -> Answer:
    verb = "disable" if off else "enable"
    project, one, key = _key(asked, f"iam.serviceAccountKeys.{verb}")
    noop, key.disabled = key.disabled is off, off
    asked.did(f"projects/{project.id}/serviceAccounts/{one.email}/keys/{key.id}", noop=noop)
    return replies.done({}, f"A6 {verb}")


def disable_key(asked: Asked) -> Answer:
    return _switch_key(asked, off=True)


def enable_key(asked: Asked) -> Answer:
    return _switch_key(asked, off=False)


def delete_key(asked: Asked) -> Answer:
    project, one, key = _key(asked, "iam.serviceAccountKeys.delete")
    key.deleted = True
    asked.did(f"projects/{project.id}/serviceAccounts/{one.email}/keys/{key.id}")
    return replies.done({}, "A6 delete")


_ACCOUNTS = "iam.projects.serviceAccounts"
HANDLERS = {
    f"{_ACCOUNTS}.create": create,
    f"{_ACCOUNTS}.list": list_,
    f"{_ACCOUNTS}.get": get,
    f"{_ACCOUNTS}.disable": disable,
    f"{_ACCOUNTS}.enable": enable,
    f"{_ACCOUNTS}.delete": delete,
    f"{_ACCOUNTS}.keys.upload": upload,
    f"{_ACCOUNTS}.keys.create": create_key,
    f"{_ACCOUNTS}.keys.list": list_keys,
    f"{_ACCOUNTS}.keys.get": get_key,
    f"{_ACCOUNTS}.keys.disable": disable_key,
    f"{_ACCOUNTS}.keys.enable": enable_key,
    f"{_ACCOUNTS}.keys.delete": delete_key,
}
