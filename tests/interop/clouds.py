"""What stands behind the real docker, aws and gcloud here: a container engine and two secret stores that only note."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Container:
    """What would be inside a container that was started: variables, and the text of each file that is mounted."""

    environ: dict[str, str]
    files: dict[str, str]
    arguments: list[str]


@dataclass
class Notes:
    containers: list[Container] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    notes: Notes

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base's name
        pass

    def address_string(self) -> str:
        return ""  # a socket file has none

    def _body(self) -> Any:
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
        return json.loads(body or b"null")

    def _answer(self, document: object, status: int = 200) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.44")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self._answer(None)

    def do_GET(self) -> None:
        self._answer({})


class _Engine(_Handler):
    """As much of Docker's HTTP interface as `docker run --rm` asks for; the container ends as soon as it is started."""

    started: threading.Event

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        asked = self._body() if not path.endswith("/attach") else None
        if path.endswith("/containers/create"):
            self._create(asked)
            self._answer({"Id": "c" * 64, "Warnings": []}, 201)
        elif path.endswith("/attach"):
            self.send_response(101, "UPGRADED")
            for name, value in (("Connection", "Upgrade"), ("Upgrade", "tcp")):
                self.send_header(name, value)
            self.end_headers()
            self.started.wait(30)
            self.close_connection = True
        elif path.endswith("/wait"):
            body = b'{"StatusCode":0}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.flush()  # its client starts the container once it has these
            self.started.wait(30)
            self.wfile.write(body)
        else:
            self._answer(None, 204)
            self.started.set()

    def _create(self, asked: Any) -> None:
        files = {}
        for bind in asked["HostConfig"].get("Binds") or ():
            source, target, _ = bind.split(":")
            files[target] = Path(source).read_text(encoding="utf-8")
        environ = dict(line.split("=", 1) for line in asked.get("Env") or () if "=" in line)
        self.notes.containers.append(Container(environ, files, asked.get("Cmd") or []))


class _Stores(_Handler):
    """CreateSecret of AWS Secrets Manager, and create and addVersion of Google Secret Manager."""

    def do_POST(self) -> None:
        asked = self._body()
        if self.headers.get("x-amz-target") == "secretsmanager.CreateSecret":
            self.notes.secrets.append(asked["SecretString"])
            self._answer({"ARN": "arn:aws:secretsmanager:x", "Name": asked["Name"]})
        elif ":addVersion" in self.path:
            self.notes.secrets.append(base64.b64decode(asked["payload"]["data"]).decode("utf-8"))
            self._answer({"name": "projects/p/secrets/gemini/versions/1"})
        else:
            self._answer({"name": "projects/p/secrets/gemini"})


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def clouds(folder: Path) -> Iterator[tuple[Notes, dict[str, str]]]:
    """What they note, and the variables by which the programs find them instead of the real ones. `folder` is empty."""
    notes, file = Notes(), folder / "engine.socket"
    handler = type("Engine", (_Engine,), {"notes": notes, "started": threading.Event()})
    engine = _UnixServer(str(file), handler)
    stores = ThreadingHTTPServer(("127.0.0.1", 0), type("Stores", (_Stores,), {"notes": notes}))
    for server in (engine, stores):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{stores.server_address[1]}"
    token = folder / "token"
    token.write_text("not-asked-for")
    try:
        yield (
            notes,
            {
                "DOCKER_HOST": f"unix://{file}",
                "DOCKER_CONFIG": str(folder / "docker"),
                "AWS_ENDPOINT_URL_SECRETS_MANAGER": address,
                "AWS_ACCESS_KEY_ID": "nobody",
                "AWS_SECRET_ACCESS_KEY": "nothing",
                "AWS_DEFAULT_REGION": "eu-west-1",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": f"{address}/",
                "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
                "CLOUDSDK_CONFIG": str(folder / "gcloud"),
                "CLOUDSDK_CORE_PROJECT": "my-project",
                "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
                "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
            },
        )
    finally:
        for server in (engine, stores):
            server.shutdown()
            server.server_close()
