"""Access tokens: a service account's key is loaded and signs here, and a grant is posted by the one HTTP client.

google-auth signs and never posts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gemini_setup.google import urls
from gemini_setup.google.gcloud import SignIn
from gemini_setup.google.http import Network, Reply
from gemini_setup.model.credentials import Secret, ServiceAccount

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LONGEST_KEY: Final = 16_000  # characters: 16,384 bits, which OpenSSL computes with at the most


class PrivateKeyUnreadable(Exception):
    """The private key of a service-account file is none: the numbers do not load, or it is not RSA."""


def load_signer(account: ServiceAccount) -> Any:
    """The file's private key, loaded and checked: about a millisecond.

    The check is ours (`_belong_together`): cryptography's own proves that two numbers are primes, for which it holds the
    whole interpreter 35 ms, and the window with it (docs/decisions/0009). Raises PrivateKeyUnreadable.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from google.auth.crypt import RSASigner

    pem = json.loads(account.document.reveal())["private_key"].encode()
    try:
        if len(pem) > LONGEST_KEY:
            raise ValueError("too long")
        key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        whole = not isinstance(key, RSAPrivateKey) or _belong_together(key)
    except Exception as error:  # noqa: BLE001 - cryptography raises a handful of kinds, all with this one meaning
        raise PrivateKeyUnreadable(f"could not deserialize key data ({type(error).__name__})") from None
    if not isinstance(key, RSAPrivateKey):
        raise PrivateKeyUnreadable("could not deserialize key data (not an RSA key)")
    if not whole:
        raise PrivateKeyUnreadable("could not deserialize key data (its numbers do not belong together)")
    return RSASigner(key, account.key_id or None)  # type: ignore[no-untyped-call]  # google-auth has few types


def _belong_together(key: RSAPrivateKey) -> bool:
    """Whether the eight numbers of a key are one key's, so that every program accepts it, whichever of them it uses.

    That the two factors are primes is not proven but tried: with any other the key verifies no signature of its own.
    Raises what cryptography raises for numbers that nothing can be computed with.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    numbers = key.private_numbers()
    n, e, d, p, q = numbers.public_numbers.n, numbers.public_numbers.e, numbers.d, numbers.p, numbers.q
    if not (
        min(p, q, e, d) > 1
        and p * q == n
        and (d * e - 1) % (p - 1) == (d * e - 1) % (q - 1) == 0
        and (numbers.dmp1 - d) % (p - 1) == (numbers.dmq1 - d) % (q - 1) == 0
        and numbers.iqmp * q % p == 1
    ):
        return False
    key.public_key().verify(key.sign(b"probe", PKCS1v15(), SHA256()), b"probe", PKCS1v15(), SHA256())
    return True


def signed_assertion(account: ServiceAccount, signer: Any) -> Secret:
    """The signed request for an access token; its audience is always Google's own (google-facts §3)."""
    from google.auth import jwt

    now = int(time.time())
    claims = {
        "iss": account.email,
        "scope": urls.SCOPE,
        "aud": urls.TOKEN,
        "iat": now,
        "exp": now + 3600,
    }
    return Secret(jwt.encode(signer, claims).decode())  # type: ignore[no-untyped-call]


def account_grant(assertion: Secret) -> dict[str, str]:
    """What a service account asks for a token with: its signed assertion."""
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion.reveal()}


def person_grant(sign_in: SignIn) -> dict[str, str]:
    """What gcloud's sign-in asks for a token with."""
    return {
        "grant_type": "refresh_token",
        "client_id": sign_in.client_id,
        "client_secret": sign_in.client_secret.reveal(),
        "refresh_token": sign_in.refresh_token.reveal(),
    }


async def access_token(network: Network, url: str, grant: Mapping[str, str]) -> Reply:
    """Post a grant; the reply's JSON holds `access_token` and `expires_in` (seconds) when it is a 200."""
    return await network.ask("POST", url, form=grant)


async def account_token(network: Network, sign_in: SignIn, person: Secret, project: str) -> Reply:
    """Exchange a person's token for one of the service account that they stand in for, good for an hour.

    The reply's JSON holds `accessToken` and `expireTime` when it is a 200. `project` is the one that the question is
    counted to; what is asked with the account's own token names none.
    """
    payload: dict[str, object] = {"scope": [urls.SCOPE], "lifetime": "3600s"}
    if sign_in.delegates:
        payload["delegates"] = list(sign_in.delegates)
    headers = {"authorization": f"Bearer {person.reveal()}"}
    if quota := sign_in.project or project:
        headers["x-goog-user-project"] = quota
    return await network.ask(
        "POST", urls.generate_access_token(sign_in.account), headers=headers, payload=payload
    )
