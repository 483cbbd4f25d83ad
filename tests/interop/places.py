"""Sent places: the vendor's own program, unmodified, through a rotation, at an endpoint that notes what it is sent.

Each program is started through a wrapper that notes its arguments and its environment: the secret is in neither, and in
no file below the home folder.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.helping import _no_copy
from tests.interop.installing import Installed
from tests.interop.scenes import STUDIO, VERTEX, Scene, Stage, Unlike
from tests.interop.vendors import AZURE_VAULT, KUBERNETES, Vendors, engine

_UNSEALER = """
import base64, sys
from nacl.public import PrivateKey, SealedBox
key = PrivateKey(b"k" * 32)
if sys.argv[1] == "public":
    print(base64.b64encode(bytes(key.public_key)).decode())
else:
    print(SealedBox(key).decrypt(base64.b64decode(sys.stdin.read())).decode())
"""
#: Arguments and environment of a vendor's program, then the program.
_WRAPPER = """#!/bin/sh
{{ for word in "$@"; do printf '%s\\n' "$word"; done; env; }} >>'{notes}'
exec '{real}' "$@"
"""


@dataclass(frozen=True)
class Sent:
    """`arguments` after "connect"; `kept` is where the vendor has it; `signed_in` are the variables of a person who is."""

    arguments: tuple[str, ...]
    program: str
    vendor: str
    name: str
    signed_in: Callable[[Stage, Installed], Mapping[str, str]]
    found: Callable[[str], str] = field(default=lambda text: text)


def _key_of(text: str) -> str:
    data = json.loads(text)
    (value,) = data.values()
    return base64.b64decode(value).decode()


def _google(stage: Stage, installed: Installed) -> dict[str, str]:
    token = stage.home / "token"
    token.write_text("not-asked-for")
    return {
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
        "CLOUDSDK_CONFIG": str(stage.home / "gcloud"),
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": stage.shell["SSL_CERT_FILE"],
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
    }


def _aws(stage: Stage, installed: Installed) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_CA_BUNDLE": stage.shell["SSL_CERT_FILE"],
    }


def _azure(stage: Stage, installed: Installed) -> dict[str, str]:
    environ = {
        "AZURE_CONFIG_DIR": str(stage.home / ".azure"),
        "REQUESTS_CA_BUNDLE": stage.shell["SSL_CERT_FILE"],
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
    }
    tenant = "00000000-0000-0000-0000-000000000001"
    words = [
        "login",
        "--service-principal",
        "--username",
        "nobody",
        "--password",
        "nothing",
        "--tenant",
        tenant,
    ]
    command = [installed.bin("az"), *words, "--allow-no-subscriptions", "--output", "none"]
    done = subprocess.run(
        command, env={**stage.program.environ, **environ}, capture_output=True, text=True, timeout=120
    )
    if done.returncode != 0:
        raise Unlike(f"az login: {done.stderr.strip()[-300:]}")
    return environ


def _kubernetes(stage: Stage, installed: Installed) -> dict[str, str]:
    config = stage.home / "kubeconfig"
    ca = base64.b64encode(Path(stage.shell["SSL_CERT_FILE"]).read_bytes()).decode()
    document = {
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": f"https://{KUBERNETES}", "certificate-authority-data": ca}}],
        "users": [{"name": "me", "user": {"token": "not-asked-for"}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me", "namespace": "default"}}],
    }  # fmt: skip
    config.write_text(json.dumps(document))
    return {"KUBECONFIG": str(config)}


PLACES = {
    "gh": Sent(
        ("github", "--to", "octo/shop"), "gh", "github", "GEMINI_API_KEY",
        lambda stage, installed: {"GH_TOKEN": "not-asked-for", "GH_NO_UPDATE_NOTIFIER": "1"},
    ),
    "gcloud": Sent(("gcloud", "--to", "my-project"), "gcloud", "gcloud", "gemini-api-key", _google),
    "kubectl": Sent(("kubernetes", "--to", "shop"), "kubectl", "kubernetes", "shop/gemini", _kubernetes, _key_of),
    "docker": Sent(("docker",), "docker", "docker", "", lambda stage, installed: {}),
    "aws": Sent(("aws", "--to", "eu-west-1"), "aws", "aws", "gemini-api-key", _aws),
    "azure": Sent(("azure", "--to", AZURE_VAULT), "az", "azure", "gemini-api-key", _azure),
    "doppler": Sent(
        ("doppler", "--to", "shop/prd"), "doppler", "doppler", "GEMINI_API_KEY",
        lambda stage, installed: {"DOPPLER_TOKEN": "dp.ct.not-asked-for"},
    ),
}  # fmt: skip


def _sent(how: Sent, *, account: bool) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        vendors = Vendors()
        unsealer = installed.place / "unsealer.py"
        if how.vendor == "github":
            unsealer.write_text(_UNSEALER)
        vendors.unseal = [installed.python, str(unsealer)]
        stage.google.others = vendors
        bin_folder, notes = stage.home / "bin", stage.home.parent / f"{stage.home.name}-notes"
        bin_folder.mkdir()
        own = installed.bin(how.program)
        real = own if os.path.exists(own) else shutil.which(how.program)
        (bin_folder / how.program).write_text(_WRAPPER.format(notes=notes, real=real))
        (bin_folder / how.program).chmod(0o755)
        with engine(vendors, stage.home / "run") as socket:
            stage.program.environ |= {
                **how.signed_in(stage, installed),
                "DOCKER_HOST": socket,
                "PATH": f"{bin_folder}:{os.environ['PATH']}",
            }
            keep = stage.keep_account if account else stage.keep_key
            try:
                for number in range(3):
                    keep()
                    if number == 0:
                        said = stage.do("connect", *how.arguments, "--yes")
                        if "and verified" not in said:
                            raise Unlike(f"not verified: {said[-200:]}")
                    _noted(vendors, how, stage, number)
                    noted = notes.read_text(errors="replace")
                    secret = json.loads(stage.secret)["private_key"][40:120] if account else stage.secret
                    if secret in noted or secret.replace("\n", "\\n") in noted:
                        raise Unlike("the secret is among the arguments or in the environment")
                    if not account:
                        _no_copy(stage)
                listed = stage.program("connect", "--list", "--json").json["delivered"]
                if [(one["tool"], one["trouble"]) for one in listed] != [(how.arguments[0], None)]:
                    raise Unlike(f"listed: {listed}")
                stage.do("disconnect", how.arguments[0], "--yes")
                before = dict(vendors.kept)
                keep()
                if vendors.kept != before:
                    raise Unlike("disconnected, and still sent")
            finally:
                notes.unlink(missing_ok=True)

    return run


def _noted(vendors: Vendors, how: Sent, stage: Stage, number: int) -> None:
    of_it = {name: texts for (vendor, name), texts in vendors.history.items() if vendor == how.vendor}
    if how.vendor == "docker":
        texts = [text for name in sorted(of_it) for text in of_it[name]]
    else:
        if len(of_it) != 1 or (
            not how.name.startswith("gemini-api") and not stage.vertex and {*of_it} != {how.name}
        ):
            raise Unlike(f"noted under other names: {sorted(of_it)}")
        (texts,) = of_it.values()
    if len(texts) != number + 1:
        raise Unlike(f"{len(texts)} times noted after {number} rotations")
    found = how.found(texts[-1])
    same = json.loads(found) == json.loads(stage.secret) if found.startswith("{") else found == stage.secret
    if not same:
        raise Unlike("the vendor has something else")


SENT: tuple[Scene, ...] = tuple(
    Scene(name, name, VERTEX if account else STUDIO, "connect, sent", _sent(how, account=account))
    for name, how in PLACES.items()
    for account in (False, True)
)
