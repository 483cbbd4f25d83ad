"""Where containers run: Kubernetes, whose secret is read back, and Docker Swarm, whose secrets never change."""

from __future__ import annotations

import base64
import binascii
import json

from gemini_setup.delivery.destinations.base import CloudStore, Store
from gemini_setup.delivery.destinations.vendor_program import Failed, VendorProgram, Where
from gemini_setup.delivery.file_edit import DeliveryError

_MANAGER = "gemini-setup"


class Kubernetes(Store):
    """By a server-side apply: only our key of the secret is ours, and no annotation repeats it."""

    id = "kubernetes"
    title = "Kubernetes"
    program = "kubectl"
    to = "NAMESPACE"
    option = "--namespace"
    key_name = "gemini"
    account_name = "gemini"
    #: The names inside the secret, which programs see.
    key = "GEMINI_API_KEY"
    account = "service-account.json"

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        secret = program.secret.reveal()
        inside = self.account if secret.startswith("{") else self.key
        document = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": where.name},
            "type": "Opaque",
            "data": {inside: base64.b64encode(secret.encode()).decode()},
        }
        # The document is ours and whole; to validate it, kubectl would fetch the cluster's whole description first.
        # The document is ours; to validate it, kubectl would fetch the description of the whole cluster first.
        ours = ("--server-side", f"--field-manager={_MANAGER}", "--validate=false")
        apply = ("apply", *ours, "--filename", "-", "--output", "name")
        try:
            program.run(*apply, *self.at(where), feed=json.dumps(document).encode())
        except Failed as error:
            raise DeliveryError("send-failed", program=program.name, why=error.said) from None
        said = program.ask("get", "secret", where.name, "--output", "json", *self.at(where))
        try:
            found = json.loads(said)
            same = base64.b64decode(found["data"][inside]).decode() == secret
            version = str(found["metadata"]["resourceVersion"])
        except (ValueError, KeyError, TypeError, binascii.Error):
            same = False
        if not same:
            raise DeliveryError("not-read-back", place=str(where))
        return version

    def shown(self, where: Where) -> str:
        words = [
            "kubectl apply --server-side",
            f"--field-manager={_MANAGER}",
            "--filename -",
            *self.at(where),
        ]
        return f"{' '.join(words)}  (Secret {where.name})"

    def removal(self, where: Where) -> str:
        return " ".join(["kubectl delete secret", where.name, *self.at(where)])


class DockerSecrets(CloudStore):
    """A secret of a swarm cannot be changed: each credential gets a name of its own, which services are moved to."""

    id = "docker"
    title = "Docker secrets"
    program = "docker"

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        name = f"{where.name}-{stamp}"
        try:
            identity = program.send("secret", "create", "--label", "gemini-setup=1", name, "-").strip()
        except Failed as error:
            if "already exists" not in error.said and "AlreadyExists" not in error.said:
                raise DeliveryError("send-failed", program=program.name, why=error.said) from None
            identity = name  # it was sent already: what is there cannot have changed
        read = program.ask("secret", "inspect", identity, "--format", "{{.Spec.Name}}").strip()
        if read != name:
            raise DeliveryError("not-read-back", place=str(where))
        return name

    def shown(self, where: Where) -> str:
        return f"docker secret create {where.name}-TIME -"

    def removal(self, where: Where) -> str:
        return f"docker secret ls --filter name={where.name}"
