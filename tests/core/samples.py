"""Secrets that no Google ever made, put together at run time so that no source file holds one."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.loopback.states import random_key, random_token

__all__ = ["ec_pem", "encrypted_pem", "jwt", "random_key", "random_token", "rsa_pem", "service_account"]

_TOKEN_URI = "https://oauth2.googleapis.com/token"


@cache
def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: Any, *, password: bytes | None = None, old: bool = False) -> str:
    kind = serialization.PrivateFormat.TraditionalOpenSSL if old else serialization.PrivateFormat.PKCS8
    guard = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    made: bytes = key.private_bytes(serialization.Encoding.PEM, kind, guard)
    return made.decode("ascii")


def rsa_pem(*, old: bool = False) -> str:
    return _pem(_rsa(), old=old)


def encrypted_pem() -> str:
    return _pem(_rsa(), password=b"word")


def ec_pem(*, old: bool = False) -> str:
    return _pem(ec.generate_private_key(ec.SECP256R1()), old=old)


def ed_pem() -> str:
    return _pem(ed25519.Ed25519PrivateKey.generate())


def service_account(**changes: Any) -> dict[str, Any]:
    """A key file's fields; a change to None leaves the field out."""
    document = {
        "type": "service_account",
        "project_id": "some-project",
        "private_key_id": "0123456789" * 4,
        "private_key": rsa_pem(),
        "client_email": "gemini@some-project.iam.gserviceaccount.com",
        "client_id": "1" * 21,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": _TOKEN_URI,
        "universe_domain": "googleapis.com",
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def jwt() -> str:
    def part(document: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part({'iss': 'someone', 'iat': 1})}.{'s' * 40}"
