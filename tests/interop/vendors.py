"""What stands behind the real gh, gcloud, kubectl, docker, aws, az and doppler here: stores that note what they are sent.

Each is reached by its real host name, over TLS, through the loopback Google's proxy; the engine of docker by a socket.
"""

from __future__ import annotations

import base64
import json
import re
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback.answers import Answer
from tests.loopback.wire import Request

KUBERNETES = "kubernetes.example.com"
AZURE_VAULT = "our-vault"
_TENANT = "00000000-0000-0000-0000-000000000001"
_SIGN_IN = (
    f'Bearer authorization="https://login.microsoftonline.com/{_TENANT}", resource="https://vault.azure.net"'
)
_SOURCE = "a vendor"


@dataclass
class Vendors:
    """`kept` is what each has now, by the vendor and the secret's name; `versions` is how often it changed."""

    kept: dict[tuple[str, str], str] = field(default_factory=dict)
    history: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    unseal: list[str] = field(default_factory=list)  # the command that opens GitHub's sealed boxes

    def put(self, vendor: str, name: str, text: str) -> int:
        self.kept[vendor, name] = text
        self.history.setdefault((vendor, name), []).append(text)
        return len(self.history[vendor, name])

    def __call__(self, request: Request, host: str) -> Answer | None:
        parts = urlsplit(request.target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for wanted, answer in (
            (r"secretmanager\.googleapis\.com", self._google),
            (r"secretsmanager\.[a-z0-9-]+\.amazonaws\.com", self._aws),
            (r"api\.github\.com", self._github),
            (r"api\.doppler\.com", self._doppler),
            (re.escape(KUBERNETES), self._kubernetes),
            (r"login\.microsoftonline\.com", self._sign_in),
            (r"management\.azure\.com", lambda *_: (200, {"value": []})),
            (rf"{AZURE_VAULT}\.vault\.azure\.net", self._azure),
        ):
            if re.fullmatch(wanted, host):
                status, document = answer(request, parts.path, query)
                asks = {"WWW-Authenticate": _SIGN_IN} if status == 401 else {}
                return Answer(status, document, headers=asks, source=_SOURCE)
        return None

    # -- each vendor ------------------------------------------------------------------------------------------

    def _google(self, request: Request, path: str, query: dict[str, str]) -> tuple[int, Any]:
        _, name = self._named(path) or ("", query.get("secretId", ""))
        if ":addVersion" in path:
            if ("gcloud", name) not in self.kept:
                return 404, {
                    "error": {"code": 404, "message": f"Secret [{name}] not found.", "status": "NOT_FOUND"}
                }
            data = json.loads(request.body)["payload"]["data"]
            version = self.put(
                "gcloud", name, base64.b64decode(data.replace("-", "+").replace("_", "/")).decode()
            )
            done = {
                "name": f"projects/1/secrets/{name}/versions/{version}",
                "clientSpecifiedPayloadChecksum": True,
            }
            return 200, done
        if path.endswith(":access"):
            asked = re.search(r"versions/(\w+):access", path)
            texts = self.history.get(("gcloud", name), [])
            assert asked is not None
            text = texts[-1] if asked.group(1) == "latest" else texts[int(asked.group(1)) - 1]
            data = base64.b64encode(text.encode()).decode()
            return 200, {
                "name": f"projects/1/secrets/{name}/versions/{asked.group(1)}",
                "payload": {"data": data},
            }
        if request.method == "POST" and "secretId" in query:
            self.kept["gcloud", query["secretId"]] = ""
            return 200, {"name": f"projects/1/secrets/{query['secretId']}"}
        return 404, {"error": {"code": 404, "message": f"Secret [{name}] not found.", "status": "NOT_FOUND"}}

    @staticmethod
    def _named(path: str) -> tuple[str, str] | None:
        found = re.search(r"projects/([^/]+)/secrets/([^/:?]+)", path)
        return (found.group(1), found.group(2)) if found else None

    def _aws(self, request: Request, path: str, query: dict[str, str]) -> tuple[int, Any]:
        asked = json.loads(request.body)
        action = request.headers.get("x-amz-target", "").rpartition(".")[2]
        name = asked.get("SecretId") or asked.get("Name")
        if action != "CreateSecret" and ("aws", name) not in self.kept:
            return 400, {"__type": "ResourceNotFoundException", "Message": "Secrets Manager can't find it."}
        if action == "GetSecretValue":
            text = self.history["aws", name][int(asked["VersionId"][-4:]) - 1]
            return 200, {"Name": name, "VersionId": asked["VersionId"], "SecretString": text}
        version = f"00000000-0000-0000-0000-00000000{self.put('aws', name, asked['SecretString']):04}"
        return 200, {"ARN": "arn:aws:secretsmanager:x", "Name": name, "VersionId": version}

    def _github(self, request: Request, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path.endswith("/secrets/public-key"):
            return 200, {"key_id": "1", "key": self._asked_unsealer("public")}
        name = path.rpartition("/")[2]
        if request.method == "PUT":
            sealed = json.loads(request.body)["encrypted_value"]
            self.put("github", name, self._asked_unsealer("open", sealed))
            return 201, {}
        rows = [
            {"name": name, "created_at": "2026-11-29T00:00:00Z",
             "updated_at": f"2026-11-29T10:{len(self.history[vendor, name]):02}:00Z"}
            for vendor, name in self.kept if vendor == "github"
        ]  # fmt: skip
        return 200, {"total_count": len(rows), "secrets": rows}

    def _asked_unsealer(self, what: str, text: str = "") -> str:
        done = subprocess.run([*self.unseal, what], input=text, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def _doppler(self, request: Request, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if request.method == "POST":
            asked = json.loads(request.body)
            changed = {**asked.get("secrets", {})}
            for one in asked.get("change_requests", []):
                changed[one["name"]] = one["value"]
            for name, text in changed.items():
                self.put("doppler", name, text)
        found = {
            name: {
                "raw": text,
                "computed": text,
                "rawVisibility": "masked",
                "computedVisibility": "masked",
                "note": "",
            }
            for (vendor, name), text in self.kept.items()
            if vendor == "doppler"
        }
        return 200, {"success": True, "secrets": found}

    def _kubernetes(self, request: Request, path: str, query: dict[str, str]) -> tuple[int, Any]:
        found = re.fullmatch(r"/api/v1/namespaces/([^/]+)/secrets/([^/]+)", path)
        if path == "/version":
            return 200, {"major": "1", "minor": "32", "gitVersion": "v1.32.4"}
        if path == "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
        if path == "/api/v1":
            verbs = ["create", "get", "list", "patch", "update"]
            row = {
                "name": "secrets",
                "singularName": "secret",
                "namespaced": True,
                "kind": "Secret",
                "verbs": verbs,
            }
            return 200, {"kind": "APIResourceList", "groupVersion": "v1", "resources": [row]}
        if found is None:
            return 404, {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "code": 404,
                "reason": "NotFound",
            }
        space, name = found.groups()
        if request.method == "PATCH":
            assert query.get("fieldManager") == "gemini-setup"
            assert request.headers["content-type"].startswith("application/apply-patch")
            data = json.loads(request.body)["data"]
            self.put("kubernetes", f"{space}/{name}", json.dumps(data))
        text = self.kept["kubernetes", f"{space}/{name}"]
        version = len(self.history["kubernetes", f"{space}/{name}"])
        metadata = {"name": name, "namespace": space, "resourceVersion": str(version)}
        return 200, {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "data": json.loads(text)}

    def _sign_in(self, request: Request, path: str, query: dict[str, str]) -> tuple[int, Any]:
        base = f"https://login.microsoftonline.com/{_TENANT}"
        if path.endswith("/discovery/instance"):
            return 200, {
                "tenant_discovery_endpoint": f"{base}/v2.0/.well-known/openid-configuration",
                "metadata": [],
            }
        if path.endswith("openid-configuration"):
            return 200, {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "issuer": f"{base}/v2.0",
            }
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "not-asked-for"}

    def _azure(self, request: Request, path: str, query: dict[str, str]) -> tuple[int, Any]:
        name = path.split("/")[2]
        if not request.headers.get("authorization"):
            return 401, {"error": {"code": "Unauthorized", "message": "no token"}}
        if request.method == "PUT":
            self.put("azure", name, json.loads(request.body)["value"])
        version = len(self.history["azure", name])
        address = f"https://{AZURE_VAULT}.vault.azure.net/secrets/{name}/{version:032}"
        return 200, {"value": self.kept["azure", name], "id": address, "attributes": {"enabled": True}}


class _Engine(BaseHTTPRequestHandler):
    """As much of Docker's HTTP interface as `docker secret` asks for."""

    protocol_version = "HTTP/1.1"
    vendors: Vendors

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base's name
        pass

    def address_string(self) -> str:
        return ""

    def _answer(self, document: object, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.44")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self._answer({})

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].rpartition("/")[2]
        known = [
            one for vendor, one in self.vendors.kept if vendor == "docker" and name in (one, f"id-{one}")
        ]
        if "/secrets/" in self.path and known:
            self._answer({"ID": f"id-{known[0]}", "Spec": {"Name": known[0]}})
        elif "/secrets" in self.path and not known:
            filtered = [one for vendor, one in self.vendors.kept if vendor == "docker"]
            self._answer([{"ID": f"id-{one}", "Spec": {"Name": one}} for one in filtered])
        else:
            self._answer({})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        name = asked["Name"]
        if ("docker", name) in self.vendors.kept:
            self._answer({"message": f"secret {name} already exists"}, 409)
            return
        self.vendors.put("docker", name, base64.b64decode(asked["Data"]).decode())
        self._answer({"ID": f"id-{name}"}, 201)


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def engine(vendors: Vendors, folder: Path) -> Iterator[str]:
    """The address of an engine of docker's."""
    file = folder / "engine.socket"
    server = _UnixServer(str(file), type("Engine", (_Engine,), {"vendors": vendors}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"unix://{file}"
    finally:
        server.shutdown()
        server.server_close()
