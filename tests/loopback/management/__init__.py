"""Google's management hosts, on the loopback address: apikeys, serviceusage, cloudresourcemanager, iam, iamcredentials, cloudbilling,
orgpolicy and policyanalyzer, under their real names, beside the Gemini and Vertex AI hosts of `tests.loopback`.

    with Google() as google:
        cloud = google.cloud
        project = cloud.project("shop-1234", services=("generativelanguage.googleapis.com",))
        person = cloud.person("someone@example.com", roles={project: "owner"}, quota_project=project)
        environ = google.environ(real_hosts=True)   # for Network(Endpoints(), environ), or for a program of its own
        (home / ".config/gcloud/application_default_credentials.json").write_text(person.text)
        ...
        assert cloud.ledger.lines() == [...]        # every write that Google did, in order

What is made there works on the other hosts: a bound key at the Gemini API, a certificate at the token endpoint, a role at
Vertex AI. What is young is refused first (`cloud.delays`): `Delays()` refuses each once, `Delays.none()` never, `Delays.real()`
for as long as Google does on `cloud.clock`, which tests move: `cloud.clock.advance(days=8)`, `await cloud.clock.sleep(60)`.
`Google.now()` is that clock; another process sees it by `cloud.clock.share(file)`.

Faults: `google.fault("apikeys.projects.locations.keys.create", Fault(drop=True), times=1)`. The name is the method's id in Google's
discovery documents, or a pattern ("iam.*"); so is `Seen.route`. A fault spoils the answer of what was done; with
`Fault(..., before=True)` nothing was done. `cloud.hook(pattern, call, when="before"|"after")` runs anything in between.
States are fields: `project.constraints`, `.billing`, `.terms_accepted`, `.services`, `.policy`, `.bound_keys_for`, `cloud.forbid(project,
email, permission)`, `person.reauth` with `google.expire_tokens()`, `person.scopes`, `cloud.stuck_operations`, `cloud.lost_operations`,
`cloud.page_size`, `cloud.noop_says_done`, `cloud.resourcemanager_wants_quota_project`, `cloud.reads_per_minute`.

Every request and every answer is held against Google's discovery documents (google-api-python-client). What must never happen
is a complaint (`rules.py`), and a Google that has one fails its test when it stops; a test that breaks a rule on purpose takes
the complaints away: `cloud.take_complaints()`.
"""

from __future__ import annotations

from .clock import DAY, Clock, Delays, Wait
from .cloud import Cloud, Hook
from .documents import SERVICES
from .ledger import Entry, Ledger
from .state import (
    GEMINI,
    ROLES,
    USER,
    VERTEX,
    AccountKey,
    ApiKey,
    CloudProject,
    Policy,
    ServiceAccount,
)

__all__ = [
    "DAY",
    "GEMINI",
    "ROLES",
    "SERVICES",
    "USER",
    "VERTEX",
    "AccountKey",
    "ApiKey",
    "Clock",
    "Cloud",
    "CloudProject",
    "Delays",
    "Entry",
    "Hook",
    "Ledger",
    "Policy",
    "ServiceAccount",
    "Wait",
]
