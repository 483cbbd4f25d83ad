"""What lies around the credential: keyring, network, clock and versions. One question to Google names no credential."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service

_PACKAGES: Final = ("PySide6_Essentials", "keyring", "google-auth", "httpx", "truststore", "cryptography")
_PROXIES: Final = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")
_TRUST: Final = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)


@dataclass(frozen=True, slots=True)
class Keyring:
    """`fault` is one of the contract's six or "", `store` the system's own name; `ignored` a configured backend."""

    store: str
    fault: str
    reason: str = ""
    warning: str = ""
    ignored: str = ""
    private_file: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Whether Google is reached: `cause` is an id ("works" when it is), `clock` the seconds that ours is ahead."""

    cause: str
    clock: int | None


def keyring(environ: Mapping[str, str]) -> Keyring:
    """Blocking, asks nobody: whether the keyring is there, and what would keep it from being used."""
    from gemini_setup.vault.factory import open_vault, private_file_in_use
    from gemini_setup.vault.faults import VaultFault
    from gemini_setup.vault.unavailable import ignored_backend

    other = ignored_backend(environ)
    ignored = other[0] if other else ""
    private = private_file_in_use() is not None
    try:
        vault = open_vault()
    except VaultFault as error:
        return Keyring(error.store, error.fault.value, error.reason, "", ignored, private)
    try:
        return Keyring(vault.store_name, "", "", vault.warning or "", ignored, private)
    finally:
        vault.close()


async def way(environ: Mapping[str, str]) -> Way:
    """One question to the Gemini API's host that names no credential: name, proxy, TLS, clock."""
    from gemini_setup.diagnosis import answers, causes
    from gemini_setup.diagnosis.answers import Surface
    from gemini_setup.google.http import Network

    try:
        endpoints = urls.endpoints_from(environ)
    except urls.NotAnAddress:
        return Way("wrong-address", None)
    access = Access(ApiKey(Secret("")), Service.STUDIO, endpoints=endpoints)
    try:
        async with Network(endpoints, environ) as network:
            reply = await network.ask("GET", urls.gemini_models(access))
    except Exception as error:  # noqa: BLE001 - whatever the network and its libraries raise is evidence
        return Way(causes.diagnose(answers.from_exception(Surface.TRANSPORT, error)).id, None)
    evidence = answers.from_response(Surface.GEMINI_NATIVE, reply.status, reply.body)
    cause = causes.diagnose(evidence).id
    offset = reply.clock_offset
    # Google's "who are you?" is what a reached Google says to a question without a key.
    reached = cause in ("credential-missing", "permission-denied", "works")
    return Way("works" if reached else cause, None if offset is None else round(offset))


def network_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Proxies and trust by variables, without the names of a company's hosts and files, and without a password."""
    from gemini_setup.doctor.sources import masked_address, masked_file

    lowered = {name.lower(): value for name, value in environ.items()}
    found = {}
    for name in _PROXIES:
        hosts = [host.strip() for host in lowered.get(name, "").split(",") if host.strip()]
        if hosts:
            found[name] = ",".join(
                dict.fromkeys(host if host == "*" else masked_address(host) for host in hosts)
            )
    return found | {name: masked_file(environ[name]) for name in _TRUST if environ.get(name)}


def versions() -> dict[str, str]:
    from gemini_setup.version import __version__

    found = {
        "gemini-setup": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "frozen": "yes" if getattr(sys, "frozen", False) else "no",
    }
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
