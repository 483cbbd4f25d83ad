"""A key pair that is made here: the private half never leaves this computer, the certificate expires automatically."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import Secret, ServiceAccount

_BEFORE: Final = datetime.timedelta(minutes=2)  # for a clock that is a little ahead of Google's


@dataclass(frozen=True, slots=True)
class Pair:
    """`certificate` is PEM and for everybody; `begins` and `expires` are its own (UTC, RFC 3339)."""

    private: Secret
    certificate: str
    begins: str
    expires: str


def make(email: str, days: int, now: float) -> Pair:
    """Blocking: 50 to 500 ms. RSA 2048, self-signed, SHA-256."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, email[:64])])
    start = datetime.datetime.fromtimestamp(int(now), datetime.UTC)
    begins, expires = start - _BEFORE, start + datetime.timedelta(days=days)
    usage = dict.fromkeys(
        (
            "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
            "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(expires)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return Pair(Secret(private.decode()), pem, moment(begins), moment(expires))


def moment(at: datetime.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def account_file(email: str, project: str, private: Secret, key_id: str, client_id: str) -> ServiceAccount:
    """The same file as Google's own, made here. `key_id` is "" until Google has said it."""
    document = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": key_id,
        "private_key": private.reveal(),
        "client_email": email,
        "client_id": client_id,
        "auth_uri": urls.AUTH,
        "token_uri": urls.TOKEN,
        "universe_domain": "googleapis.com",
    }
    text = json.dumps(document, separators=(",", ":"))
    return ServiceAccount(Secret(text), email, project, key_id, client_id)


def with_key_id(account: ServiceAccount, key_id: str) -> ServiceAccount:
    """The same account once Google has named its key."""
    document = {**json.loads(account.document.reveal()), "private_key_id": key_id}
    text = json.dumps(document, separators=(",", ":"))
    return ServiceAccount(Secret(text), account.email, account.project, key_id, account.client_id)
