"""The one way onto the network: trust, proxies, limits, retries, and no credential to anybody else."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import math
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gemini_setup.diagnosis import answers, causes
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.google import http, oauth, urls
from gemini_setup.google.http import Network, NotSent, ProxyUnreachable, Reply
from gemini_setup.google.oauth import PrivateKeyUnreadable
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Endpoints, ServiceAccount
from tests.loopback import Fault, Google
from tests.waiting import LATE, PATIENCE

from . import samples

GEMINI_HOST = "generativelanguage.googleapis.com"
MODELS = f"https://{GEMINI_HOST}/v1beta/models"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between tries are not what is tested here (but where they are)."""
    monkeypatch.setattr(http, "_BACKOFF", 0.01)


@pytest.fixture
def real_hosts(google: Google, monkeypatch: pytest.MonkeyPatch) -> Google:
    """Google's own host names, behind the loopback proxy and its throw-away CA."""
    for name, value in google.environ(real_hosts=True).items():
        monkeypatch.setenv(name, value)
    return google


def ask(url: str, endpoints: Endpoints | None = None, method: str = "GET", **options: Any) -> Reply:
    async def once() -> Reply:
        async with Network(endpoints or Endpoints()) as ready:
            return await ready.ask(method, url, **options)

    return asyncio.run(once())


def cause_of(url: str, endpoints: Endpoints | None = None, **options: Any) -> str:
    """As a check sees it."""
    try:
        reply = ask(url, endpoints, **options)
    except Exception as error:  # noqa: BLE001
        return causes.diagnose(answers.from_exception(Surface.TRANSPORT, error)).id
    return causes.diagnose(answers.from_response(Surface.GEMINI_NATIVE, reply.status, reply.body)).id


def own(google: Google) -> Endpoints:
    return Endpoints(gemini=google.url, vertex=google.url, token=f"{google.url}/token")


def models(google: Google) -> str:
    return f"{google.url}/v1beta/models"


def native(google: Google) -> dict[str, str]:
    return {"x-goog-api-key": google.studio_key().text}


# --- trust and proxies ----------------------------------------------------------------------------------


def test_google_s_own_hosts_are_asked_by_tls_through_the_proxy_that_is_set(real_hosts: Google) -> None:
    reply = ask(MODELS, headers=native(real_hosts))
    assert reply.status == 200
    assert reply.json()["models"]
    assert [(seen.scheme, seen.host, seen.port) for seen in real_hosts.requests] == [
        ("https", GEMINI_HOST, 443)
    ]
    assert real_hosts.proxy_requests == [("CONNECT", f"{GEMINI_HOST}:443")]


def test_an_unknown_ca_is_an_interception_and_nothing_is_sent(
    bare_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Google(untrusted=True) as google:
        for name, value in google.environ(real_hosts=True).items():
            monkeypatch.setenv(name, value)
        assert cause_of(MODELS, headers=native(google)) == "tls-intercepted"
        assert google.requests == []
        assert len(google.proxy_requests) == 1, "a refusal by TLS is not tried again"


def test_the_system_s_store_alone_does_not_trust_the_throw_away_ca(
    real_hosts: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert cause_of(MODELS, headers=native(real_hosts)) == "tls-intercepted"
    assert real_hosts.requests == []


def test_a_proxy_that_wants_a_password_is_told_from_one_that_is_down(
    real_hosts: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_hosts.proxy_auth = ("someone", "pass-word")
    assert cause_of(MODELS, headers=native(real_hosts)) == "proxy-needs-sign-in"
    signed = real_hosts.proxy_url.replace("//", "//someone:pass-word@")
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, signed)
    assert cause_of(MODELS, headers=native(real_hosts)) == "works"
    real_hosts.proxy_down = True
    with pytest.raises(ProxyUnreachable) as caught:
        ask(MODELS)
    assert "pass-word" not in repr(caught.value) + str(caught.value)
    evidence = answers.from_exception(Surface.TRANSPORT, caught.value)
    assert causes.diagnose(evidence).id == "proxy-unreachable"
    assert "pass-word" not in evidence.text
    assert real_hosts.requests[1:] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_a_loopback_endpoint_is_never_asked_through_a_proxy(
    google: Google, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, google.proxy_url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    base = google.url.replace("127.0.0.1", host)
    cause = cause_of(f"{base}/v1beta/models", Endpoints(gemini=base), headers=native(google))
    assert cause == ("works" if host != "127.0.0.2" else "connection-broken")  # nobody listens on the other
    assert google.proxy_requests == []


def test_no_proxy_is_honoured(real_hosts: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "googleapis.com")
    monkeypatch.setattr(http, "CONNECT", 0.3)
    assert cause_of(MODELS) in ("dns-failed", "connection-timeout", "connection-broken")
    assert real_hosts.proxy_requests == []


# --- where a credential may go --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1beta/models",
        f"http://{GEMINI_HOST}/v1beta/models",
        f"https://{GEMINI_HOST}.evil.example/",
        f"https://{GEMINI_HOST}@evil.example/",
        f"https://evil.example\\@{GEMINI_HOST}/",
        "http://127.0.0.1:1/",
        "https://[broken/",
    ],
)
def test_nothing_is_sent_to_a_foreign_host(google: Google, url: str) -> None:
    with pytest.raises(NotSent):
        ask(url, own(google), headers=native(google))
    assert google.requests == []


def test_a_key_that_no_header_carries_is_not_sent(google: Google) -> None:
    for text in ("k" * 20 + "ü", "k" * 20 + "\nX-Other: 1", "k" * 20 + "\r\n\r\nGET / HTTP/1.1", "k\0" * 20):
        assert (
            cause_of(models(google), own(google), headers={"x-goog-api-key": text}) == "key-not-sendable"
        ), text
    assert google.requests == []


def test_redirects_are_not_followed(google: Google) -> None:
    google.fault("models", Fault(status=302, body=b"", headers={"Location": f"{google.url}/token"}))
    assert ask(models(google), own(google), headers=native(google)).status == 302
    assert len(google.requests) == 1


def test_our_requests_say_who_asks_and_carry_nothing_else_of_ours(google: Google) -> None:
    ask(models(google), own(google), headers=native(google))
    sent = google.requests[0].headers
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding", "connection", "x-goog-api-key"}
    assert sent["user-agent"].startswith("gemini-setup/")


# --- sizes and times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault(huge=1 << 40), Fault(bomb=50_000_000)], ids=["huge", "bomb"])
def test_an_answer_is_cut_off_at_a_megabyte(google: Google, fault: Fault) -> None:
    google.fault("models", fault)
    reply = ask(models(google), own(google), headers=native(google))
    assert len(reply.body) == http.SIZE


def test_the_limits_are_the_design_s() -> None:
    assert (http.CONNECT, http.READ, http.GENERATION_READ) == (5, 20, 30)
    assert (http.SIZE, http.RETRIES, http.RETRY_AFTER) == (1_000_000, 2, 5)


# --- retries --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_s_failure_is_asked_three_times_at_most(google: Google, status: int) -> None:
    google.fault("models", Fault.google(status))
    reply = ask(models(google), own(google), headers=native(google))
    assert (reply.status, reply.tries, len(google.seen("models"))) == (status, 3, 3)


def test_one_failure_that_passes_is_not_seen(google: Google) -> None:
    google.fault("models", Fault.google(503), times=1)
    reply = ask(models(google), own(google), headers=native(google))
    assert (reply.status, reply.tries) == (200, 2)
    google.forget()
    google.clear_faults()
    google.fault("models", Fault(drop=True), times=2)
    reply = ask(models(google), own(google), headers=native(google))
    assert (reply.status, reply.tries, len(google.seen("models"))) == (200, 3, 3)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429])
def test_a_refusal_is_asked_once(google: Google, status: int) -> None:
    google.fault("models", Fault(status=status, body=b"{}", retry_after=0))
    assert ask(models(google), own(google), headers=native(google)).tries == 1
    assert len(google.seen("models")) == 1


def test_a_short_retry_after_is_waited_for_and_a_long_one_ends_the_tries(google: Google) -> None:
    google.fault("models", Fault.google(503, retry_after=1), times=1)
    began = time.perf_counter()
    reply = ask(models(google), own(google), headers=native(google))
    assert reply.tries == 2
    assert 0.95 < time.perf_counter() - began < LATE
    google.fault("models", Fault.google(503, retry_after=6))
    assert ask(models(google), own(google), headers=native(google)).tries == 1


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "-5",
        "nan",
        "inf",
        "1e999",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 01 Jan 2200 00:00:00 GMT",
        "",
    ],
)
def test_a_strange_retry_after_neither_hangs_nor_breaks_it(google: Google, value: str) -> None:
    google.fault("models", Fault.google(503, retry_after=value))
    reply = ask(models(google), own(google), headers=native(google))
    assert reply.status == 503
    assert reply.tries <= 3


def test_the_pauses_between_the_tries_grow(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_BACKOFF", 0.1)
    google.fault("models", Fault.google(503))
    ask(models(google), own(google), headers=native(google))
    first, second, third = (seen.at for seen in google.seen("models"))
    assert second - first > 0.07
    assert third - second > 0.15


# --- cancelling -----------------------------------------------------------------------------------------


def test_cancelling_closes_the_connection_at_once(google: Google) -> None:
    google.fault("models", Fault(silence=True))
    headers = native(google)

    async def run() -> None:
        async with Network(own(google)) as ready:
            task = asyncio.create_task(ready.ask("GET", models(google), headers=headers))
            await asyncio.to_thread(google.wait_for, "models")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(google.wait_aborted, "models", LATE)  # the limit of an answer is longer

    asyncio.run(run())


@pytest.mark.parametrize("connections", [1, 3])
def test_cancelled_while_it_closes_every_connection_is_closed(google: Google, connections: int) -> None:
    """Found by the monkey: the person left as the client closed the first of two, and the other was left open."""
    headers = native(google)

    async def run() -> None:
        async with Network(own(google)) as ready:
            await asyncio.gather(
                *(ready.ask("GET", models(google), headers=headers) for _ in range(connections))
            )
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().call_soon(task.cancel)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(run())
        gc.collect()
    assert [str(one.message) for one in said] == []


def test_opening_the_client_leaves_the_loop_free(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificates take a tenth of a second to read: not in the thread of the loop, where the window would stand still."""
    read: list[int] = []
    trust = http.trust

    def noted(*environ: Any) -> ssl.SSLContext:
        read.append(threading.get_ident())
        return trust(*environ)

    monkeypatch.setattr(http, "trust", noted)

    async def run() -> None:
        async with Network(own(google)):
            pass

    asyncio.run(run())
    assert read
    assert threading.get_ident() not in read


# --- replies --------------------------------------------------------------------------------------------


def test_the_clock_s_difference_is_read_from_the_date(google: Google) -> None:
    google.clock_offset = -7200
    reply = ask(models(google), own(google), headers=native(google))
    assert reply.clock_offset is not None
    assert abs(reply.clock_offset - 7200) < 5
    assert Reply(200, {}, b"").clock_offset is None
    for strange in ("yesterday", "", "Mon, 99 Foo 2026 00:00:00 GMT", "Mon, 01 Jan 9999999 00:00:00 GMT"):
        assert Reply(200, {"date": strange}, b"").clock_offset is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000])
def test_a_body_that_is_no_json_is_none(body: bytes) -> None:
    assert Reply(200, {}, body).json() is None


# --- service accounts -----------------------------------------------------------------------------------


def account(**changes: Any) -> ServiceAccount:
    found = recognise(json.dumps(samples.service_account(**changes))).credential
    assert isinstance(found, ServiceAccount)
    return found


def test_the_assertion_is_signed_by_the_file_s_key_for_google_alone() -> None:
    from google.auth import jwt

    decode_header: Any = jwt.decode_header
    decode: Any = jwt.decode
    for uri in (urls.TOKEN, "https://accounts.google.com/o/oauth2/token"):
        one = account(token_uri=uri)
        signed = oauth.signed_assertion(one, oauth.load_signer(one)).reveal()
        assert decode_header(signed)["kid"] == one.key_id
        claims = decode(signed, verify=False)
        assert claims["aud"] == "https://oauth2.googleapis.com/token"
        assert claims["iss"] == one.email
        assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
        assert claims["exp"] - claims["iat"] == 3600
        assert abs(claims["iat"] - time.time()) < 5
        assert "sub" not in claims


def test_a_key_that_does_not_load_is_one_plain_error_without_the_key_in_it() -> None:
    pem = samples.rsa_pem().splitlines()
    broken = {
        "numbers": "\n".join([pem[0], *reversed(pem[1:-1]), pem[-1]]),
        "not base64": "\n".join([pem[0], "!" * 64, pem[-1]]),
        "elliptic": samples.ec_pem(),
        "ed25519": samples.ed_pem(),
    }
    for name, text in broken.items():
        with pytest.raises(PrivateKeyUnreadable) as caught:
            oauth.load_signer(account(private_key=text))
        assert pem[3] not in repr(caught.value), name
        evidence = answers.from_exception(Surface.GOOGLE_AUTH, caught.value)
        assert causes.diagnose(evidence).id == "private-key-unreadable"
        assert pem[3] not in evidence.text


def _numbers(**wrong: int) -> str:
    """The sample key with some of its numbers exchanged, well-formed all the same."""
    key = serialization.load_pem_private_key(samples.rsa_pem().encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    own = key.private_numbers()
    values = {name: getattr(own, name) for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp")}
    public = {"n": own.public_numbers.n, "e": own.public_numbers.e}
    values |= {name: value for name, value in wrong.items() if name in values}
    public |= {name: value for name, value in wrong.items() if name in public}
    # By hand, as cryptography makes no such key: SEQUENCE { 0, n, e, d, p, q, dP, dQ, qInv }.
    ordered = (public["n"], public["e"], *(values[name] for name in ("d", "p", "q", "dmp1", "dmq1", "iqmp")))

    def wrapped(tag: int, body: bytes) -> bytes:
        size = len(body)
        length = size.to_bytes(2, "big").lstrip(b"\0")
        return bytes([tag]) + (length if size < 128 else bytes([128 + len(length)]) + length) + body

    integers = b"".join(
        wrapped(2, value.to_bytes(value.bit_length() // 8 + 1, "big")) for value in (0, *ordered)
    )
    text = base64.encodebytes(wrapped(0x30, integers)).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{text}-----END RSA PRIVATE KEY-----\n"


def _own(name: str) -> int:
    key = serialization.load_pem_private_key(samples.rsa_pem().encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    return int(getattr(numbers.public_numbers if name in "ne" else numbers, name))


def test_each_number_of_a_key_that_is_not_its_own_is_found() -> None:
    """Some still sign: then Google accepts them here, and another program refuses the same file."""
    oauth.load_signer(account(private_key=_numbers()))
    wrong = {name: _own(name) + 2 for name in ("n", "e", "d", "p", "q", "dmp1", "dmq1", "iqmp")}
    for name, value in (*wrong.items(), ("p", 0), ("p", 1), ("q", 1), ("d", 0), ("iqmp", 0)):
        with pytest.raises(PrivateKeyUnreadable):
            oauth.load_signer(account(private_key=_numbers(**{name: value})))


def test_factors_that_are_no_primes_are_found() -> None:
    """All numbers fit together but for that: only a signature shows it."""
    p, q, e = _own("p"), _own("q"), 65537
    while True:
        p += 2
        if math.gcd(e, (p - 1) * (q - 1)) == 1 and math.gcd(p, q) == 1 and pow(2, p - 1, p) != 1:
            break
    d = pow(e, -1, (p - 1) * (q - 1))
    fitting = {"n": p * q, "d": d, "p": p, "dmp1": d % (p - 1), "dmq1": d % (q - 1), "iqmp": pow(q, -1, p)}
    with pytest.raises(PrivateKeyUnreadable):
        oauth.load_signer(account(private_key=_numbers(**fitting)))


# --- blocking -------------------------------------------------------------------------------------------


def test_a_blocking_call_gives_its_value_or_its_error() -> None:
    from gemini_setup.system.threads import blocking

    def fail() -> None:
        raise KeyError("x")

    async def run() -> None:
        assert await blocking(lambda: 42) == 42
        assert await blocking(threading.current_thread) is not threading.current_thread()
        with pytest.raises(KeyError):
            await blocking(fail)

    asyncio.run(run())


def test_a_blocking_call_that_never_returns_holds_neither_the_loop_nor_the_exit() -> None:
    from gemini_setup.system.threads import blocking

    gate = threading.Event()

    async def run() -> None:
        task = asyncio.create_task(blocking(gate.wait))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.perf_counter()
    asyncio.run(run())
    assert time.perf_counter() - began < LATE
    hanging = [thread for thread in threading.enumerate() if thread.name == "blocking"]
    assert all(thread.daemon for thread in hanging)
    gate.set()
    for thread in hanging:
        thread.join(PATIENCE)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "blocking":
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_certificates_are_loaded_once_and_anew_when_the_file_changes(
    tmp_path: Path, bare_environment: None
) -> None:
    file = tmp_path / "bundle.pem"
    file.write_text("")
    environ = {"SSL_CERT_FILE": str(file)}
    first = http.trust(environ)
    assert http.trust(environ) is first
    assert http.trust({}) is not first
    known = http.trust(environ)
    certificate = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    file.write_text(certificate[0] + certificate[1] + "\n")
    assert http.trust(environ) is not known


def test_tls_below_1_2_is_not_spoken(bare_environment: None) -> None:
    context = http.trust({})
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert isinstance(httpx.AsyncClient(verify=context), httpx.AsyncClient)
