"""serviceusage.googleapis.com, version 1: APIs that are turned on."""

from __future__ import annotations

from typing import Any

from . import replies
from .replies import Answer
from .state import GEMINI, PAID, VERTEX, CloudProject
from .world import Asked, Refused

HOST = "serviceusage.googleapis.com"
NOOP = "operations/noop.DONE_OPERATION"
_TITLES = {**replies.TITLES, GEMINI: "Gemini API", VERTEX: "Agent Platform API"}
#: Those that there are; any other name is refused.
KNOWN = {
    *_TITLES,
    "cloudapis.googleapis.com",
    "servicemanagement.googleapis.com",
    "storage.googleapis.com",
    "compute.googleapis.com",
    "maps-backend.googleapis.com",
    "firebase.googleapis.com",
}
_ENABLE = "google.api.serviceusage.v1"


def shown(project: CloudProject, service: str) -> dict[str, Any]:
    return {
        "name": f"projects/{project.number}/services/{service}",
        "parent": f"projects/{project.number}",
        "config": {"name": service, "title": _TITLES.get(service, service)},
        "state": "ENABLED" if service in project.services else "DISABLED",
    }


def _service(name: str) -> str:
    word = name.rpartition("/services/")[2]
    if word not in KNOWN:
        message = f"Not found or permission denied for service(s): {word}."
        raise Refused(
            replies.error(
                403,
                "PERMISSION_DENIED",
                message,
                [
                    replies.info(
                        "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
                        {"services": word},
                        domain=HOST,
                    )
                ],
                source="google-hands A2 (an API that there is not)",
            )
        )
    return word


def get(asked: Asked) -> Answer:
    project = asked.project()
    service = asked.name.rpartition("/services/")[2]
    asked.need(project, "serviceusage.services.get", said=f"Permission denied to get service [{service}]")
    return replies.done(shown(project, _service(asked.name)), "A2 services.get")


def batch_get(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "serviceusage.services.get", said="Permission denied to get services")
    names = asked.query.get("names", [])
    if not 0 < len(names) <= 30:
        raise Refused(replies.invalid("The number of names must be between 1 and 30.", ["names"]))
    if any(
        name.split("/")[:2] not in (["projects", project.id], ["projects", str(project.number)])
        for name in names
    ):
        raise Refused(replies.invalid("The names must have the same parent.", ["names"]))
    rows = [shown(project, _service(name)) for name in names]
    return replies.done({"services": rows}, "A2 services.batchGet")


def list_(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "serviceusage.services.list", said="Permission denied to list services")
    rows = [shown(project, service) for service in sorted(KNOWN | set(project.services))]
    wanted = asked.parameter("filter").removeprefix("state:")
    return replies.done(
        asked.page("services", [row for row in rows if wanted in ("", row["state"])], 50, 200),
        "A2 services.list",
    )


def enable(asked: Asked) -> Answer:
    project = asked.project()
    service = asked.name.rpartition("/services/")[2]
    asked.need(
        project, "serviceusage.services.enable", said=f"Permission denied to enable service [{service}]"
    )
    service = _service(asked.name)
    result = {"@type": f"type.googleapis.com/{_ENABLE}.EnableServiceResponse"}
    return _turn_on(asked, project, [service], lambda: {**result, "service": shown(project, service)})


def batch_enable(asked: Asked) -> Answer:
    project = asked.project()
    names = [str(name) for name in asked.body.get("serviceIds", [])]
    said = f"Permission denied to enable service [{', '.join(names)}]"
    asked.need(project, "serviceusage.services.enable", said=said)
    if not 0 < len(names) <= 20:
        raise Refused(replies.invalid("Between 1 and 20 services can be enabled at once.", ["service_ids"]))
    for name in names:
        _service(name)
    result = {"@type": f"type.googleapis.com/{_ENABLE}.BatchEnableServicesResponse"}
    return _turn_on(
        asked, project, names, lambda: {**result, "services": [shown(project, name) for name in names]}
    )


def _turn_on(asked: Asked, project: CloudProject, names: list[str], result: Any) -> Answer:
    """All or none of them."""
    world = asked.world
    objects = ", ".join(f"projects/{project.id}/services/{name}" for name in names)
    if all(name in project.services for name in names):
        asked.did(objects, noop=True)
        said: dict[str, Any] = {"name": NOOP, "response": result()}
        return replies.done({**said, "done": True} if world.noop_says_done else said, "A2 already on")
    if not project.terms_accepted:
        raise Refused(_terms(project))
    if PAID & set(names) and not project.billing:
        refusal = _no_billing(project, names)
        if not project.refuses_in_operation:
            raise Refused(refusal)
        assert isinstance(refusal.document, dict)
        inner = refusal.document["error"]
        error = {"code": 9, "message": inner["message"], "details": inner["details"]}
        return replies.done(
            world.operate(HOST, "acat.p2", project.number, {"error": error}), "A2 billing missing"
        )
    for name in names:
        if name not in project.services:
            project.services[name] = world.rising(world.delays.service)
    asked.did(objects)
    metadata = {
        "@type": f"type.googleapis.com/{_ENABLE}.OperationMetadata",
        "resourceNames": [f"services/{name}/projectSettings/{project.number}" for name in names],
    }
    said = world.operate(HOST, "acat.p2", project.number, {"response": result()}, metadata)
    return replies.done(said, "A2 answer")


def disable(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "serviceusage.services.disable")
    service = _service(asked.name)
    project.turn_off(service)
    asked.did(f"projects/{project.id}/services/{service}")
    kind = {"@type": f"type.googleapis.com/{_ENABLE}.DisableServiceResponse"}
    result = {"response": {**kind, "service": shown(project, service)}}
    return replies.done(asked.world.operate(HOST, "acat.p2", project.number, result), "A2 (not for us)")


def _no_billing(project: CloudProject, names: list[str]) -> Answer:
    message = (
        f"Billing account for project '{project.number}' is not found. Billing must be enabled for activation of service(s) "
        f"'{','.join(names)}' to proceed."
    )
    subject = f"?error_code=390001&project={project.number}&services={','.join(names)}"
    return replies.failed_precondition(
        message,
        [
            replies.precondition("googleapis.com/billing-enabled", subject),
            replies.info("UREQ_PROJECT_BILLING_NOT_FOUND", {}, domain=f"{HOST}/billing-enabled"),
        ],
        "A2 billing missing",
    )


def _terms(project: CloudProject) -> Answer:
    message = "Callers must accept Terms of Service."
    return replies.failed_precondition(
        message,
        [
            replies.precondition(
                "googleapis.com/tos", f"?error_code=110002&project={project.number}", message
            ),
            replies.info(
                "UREQ_TOS_NOT_ACCEPTED", {"url": "https://console.cloud.google.com/terms"}, domain=HOST
            ),
        ],
        "A2 terms (the domain and type are guesses)",
    )


HANDLERS = {
    "serviceusage.services.get": get,
    "serviceusage.services.batchGet": batch_get,
    "serviceusage.services.list": list_,
    "serviceusage.services.enable": enable,
    "serviceusage.services.batchEnable": batch_enable,
    "serviceusage.services.disable": disable,
}
