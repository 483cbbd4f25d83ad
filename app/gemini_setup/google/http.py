"""The one way onto the network: an httpx client with the system's trust store, proxies, time limits, no redirects,
a size limit and sparing retries.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import ssl
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx

from gemini_setup.google import urls
from gemini_setup.model.credentials import Endpoints
from gemini_setup.security.redaction import plain
from gemini_setup.version import __version__

CONNECT: Final = 5.0  # seconds, as all times here
READ: Final = 20.0
GENERATION_READ: Final = 30.0
SIZE: Final = 1_000_000  # bytes of an answer; the rest is cut off
RETRIES: Final = 2
RETRY_AFTER: Final = 5.0  # a longer wish of the server ends the retries
_BACKOFF: Final = 0.3
# What Python raises for a date that is none; the last for a time zone of many digits.
_NO_DATE: Final = (ValueError, TypeError, IndexError, OverflowError)


class NotSent(Exception):
    """A request that was not sent, because its host is not Google's nor the profile's own endpoint."""


class ProxyUnreachable(Exception):
    """The connection to the proxy itself failed; says which proxy, without its user and password."""


class NameNotFound(Exception):
    """A host whose name nobody can have, so that there is nothing to look up."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `body` is decoded and at most SIZE bytes; `tries` counts the requests that it took.

    `connected` is the `perf_counter` time at which the connection stood and the request began to be sent. `cut`: the
    answer was longer, and its rest was not read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    tries: int = 1
    connected: float = 0.0
    cut: bool = False

    def json(self) -> Any:
        """The body as JSON, or None where it is none; of a body that was cut off, what is whole in it."""
        try:
            return _whole_part(self.body.decode("utf-8", "replace")) if self.cut else json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def clock_offset(self) -> float | None:
        """How far this computer's clock is ahead of the server's, in seconds; None without a Date."""
        try:
            return time.time() - parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except _NO_DATE:
            return None


def _whole_part(text: str) -> dict[str, Any] | None:
    """The members of a JSON object that was cut off, and the items of the list that the cut went through.

    None where not even one of them is whole. Raises RecursionError as json does.
    """
    decode, end = json.JSONDecoder().raw_decode, len(text)
    found: dict[str, Any] = {}

    def sign(at: int) -> tuple[str, int]:
        """The next character that is no space, and its place."""
        while at < end and text[at] in " \t\r\n":
            at += 1
        return text[at : at + 1], at

    char, at = sign(0)
    with suppress(ValueError):  # from where it was cut off, or where it is none
        while char == ("," if found else "{"):
            name, at = decode(text, sign(at + 1)[1])
            char, at = sign(at)
            if not isinstance(name, str) or char != ":":
                break
            char, at = sign(at + 1)
            try:
                value, after = decode(text, at)
            except ValueError:
                if char == "[":
                    found[name] = items = []
                    while char in ("[", ","):
                        value, after = decode(text, sign(at + 1)[1])
                        char, at = sign(after)
                        if char:  # or the cut may have gone through a number
                            items.append(value)
                raise
            char, at = sign(after)
            if char:
                found[name] = value
    return {name: value for name, value in found.items() if value != []} or None


_trusted: tuple[object, ssl.SSLContext] | None = None


def trust(environ: Mapping[str, str]) -> ssl.SSLContext:
    """The operating system's trust store, and what SSL_CERT_FILE and SSL_CERT_DIR add to it.

    Loading takes 18 ms, so that it is done once, and again when one of the files has changed: a person may install a
    certificate and press "Check again".
    """
    global _trusted
    paths = ssl.get_default_verify_paths()
    named = (environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR"), paths.cafile, paths.capath)
    state: list[object] = [named]
    for path in filter(None, named):
        with suppress(OSError):
            found = os.stat(path)
            state.append((found.st_ino, found.st_size, found.st_mtime_ns))
    if _trusted is None or _trusted[0] != state:
        _trusted = (state, _trust(environ))
    return _trusted[1]


def _trust(environ: Mapping[str, str]) -> ssl.SSLContext:
    import truststore

    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file or folder:
        # One that is not there or holds no certificate adds nothing; the handshake then says what is missing.
        for name, is_there, value in (("cafile", os.path.isfile, file), ("capath", os.path.isdir, folder)):
            if value and is_there(value):
                with suppress(ssl.SSLError, OSError):
                    context.load_verify_locations(**{name: value})
    elif sys.platform.startswith("linux"):
        paths = ssl.get_default_verify_paths()
        if not paths.cafile and not (paths.capath and os.listdir(paths.capath)):
            import certifi  # a Linux without ca-certificates: without any store every answer would look intercepted

            context.load_verify_locations(certifi.where())
    return context


class Network:
    """The clients of one check. Use as an async context manager; every method may be cancelled at any time.

    Proxies and certificates are those of `environ`, by default this process's own.
    """

    def __init__(self, endpoints: Endpoints, environ: Mapping[str, str] | None = None) -> None:
        self._endpoints = endpoints
        self._environ = os.environ if environ is None else environ
        self._proxies = _proxies(self._environ)
        self._direct: httpx.AsyncClient | None = None
        self._through: httpx.AsyncClient | None = None  # the proxy, where there is one that can be used

    async def __aenter__(self) -> Network:
        from gemini_setup.system.threads import blocking

        context = await blocking(lambda: trust(self._environ))

        def client(proxy: str | None) -> httpx.AsyncClient:
            return httpx.AsyncClient(
                verify=context,
                proxy=proxy,
                timeout=httpx.Timeout(READ, connect=CONNECT),
                follow_redirects=False,
                trust_env=False,  # the environment is asked here, once, and not behind our back
                headers={
                    "user-agent": f"gemini-setup/{__version__}",
                    "accept": "application/json",
                    "accept-encoding": "identity",
                },
            )

        self._direct = client(None)
        if proxy := self._proxies.get("https", ""):
            with suppress(ValueError, ImportError):  # of another kind (socks5, ftp), or no address at all
                self._through = client(proxy)
        return self

    async def __aexit__(self, *_: object) -> None:
        clients = (client for client in (self._direct, self._through) if client is not None)
        closing = asyncio.gather(*(client.aclose() for client in clients))
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            # A client closes its connections one after another: cut short, it would leave the others open.
            await closing
            raise

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        payload: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        read: float | None = None,
        retries: int = RETRIES,
    ) -> Reply:
        """One question, tried again at most twice and only after a 5xx or a broken connection.

        `read` are the seconds that the answer may take, by default READ. `retries` is 0 for what must not be done twice.

        Raises NotSent, NameNotFound, ProxyUnreachable, httpx.TransportError, TimeoutError, and UnicodeEncodeError or
        ValueError for a header that cannot be sent.
        """
        if not urls.is_allowed(url, self._endpoints):
            raise NotSent("This address is not one of Google's.")
        content: bytes | None = None
        sent = {key.encode("ascii"): value.encode("ascii") for key, value in (headers or {}).items()}
        if payload is not None:
            content = json.dumps(payload).encode()
            sent[b"content-type"] = b"application/json"
        elif form is not None:
            content = urlencode(form).encode()
            sent[b"content-type"] = b"application/x-www-form-urlencoded"
        tries = 0
        while True:
            tries += 1
            try:
                reply = await self._once(method, url, sent, content, READ if read is None else read, tries)
            except httpx.TransportError as error:
                if tries > retries or not _passing(error):
                    raise
                pause = 0.0
            else:
                if reply.status < 500 or tries > retries:
                    return reply
                pause = _retry_after(reply.headers)
                if pause > RETRY_AFTER:
                    return reply
            await asyncio.sleep(max(pause, _BACKOFF * 2 ** (tries - 1) * random.uniform(0.8, 1.2)))

    async def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[bytes, bytes],
        content: bytes | None,
        read: float,
        tries: int,
    ) -> Reply:
        proxy = self._proxy_for(url)
        client = self._through if proxy else self._direct
        if proxy and client is None:
            raise ProxyUnreachable(f"cannot connect to proxy {proxy}: only http and https proxies are used")
        assert client is not None, "used outside `async with`"
        try:
            request = client.build_request(
                method,
                url,
                headers=headers,
                content=content,
                timeout=httpx.Timeout(read, connect=CONNECT),
            )
        except (httpx.InvalidURL, UnicodeError) as error:  # idna's own error is a UnicodeError
            raise NameNotFound("the host's name could not be resolved: no name is written so") from error
        body, cut = bytearray(), False
        connected = 0.0
        at_proxy = False  # a new connection, and the tunnel does not stand yet

        async def trace(event: str, _: Mapping[str, Any]) -> None:
            nonlocal connected, at_proxy
            if event.endswith("send_request_headers.started"):
                connected = time.perf_counter()
            elif event == "connection.connect_tcp.started":
                at_proxy = bool(proxy)
            elif event == "proxy.start_tls.started":
                connected, at_proxy = 0.0, False

        request.extensions["trace"] = trace
        try:
            # The limits of httpx hold for each read: a body that drips a byte at a time needs a limit for the whole.
            async with asyncio.timeout(CONNECT + read):
                answer = await client.send(request, stream=True)
                try:
                    unpack = _unpacker(answer)
                    async for chunk in answer.aiter_raw():
                        body += unpack(chunk, SIZE + 1 - len(body))
                        if cut := len(body) > SIZE:
                            del body[SIZE:]
                            break
                finally:
                    await answer.aclose()
        except (httpx.TransportError, ExceptionGroup) as error:  # a group: a port above 65535
            if at_proxy and not isinstance(error, httpx.ProxyError) and not _is_tls(error):
                raise ProxyUnreachable(f"cannot connect to proxy {proxy}") from error
            if connected or isinstance(error, httpx.TimeoutException):
                # Under TLS every read that waits begins with an SSLWantReadError: that is not what went wrong.
                error.__cause__ = error.__context__ = None
            raise
        except TimeoutError as error:
            timed_out = httpx.ReadTimeout("timed out: the answer took too long", request=request)
            error.__cause__ = error.__context__ = None  # as above
            raise timed_out from error
        return Reply(answer.status_code, dict(answer.headers), bytes(body), tries, connected, cut)

    async def issuer(self, url: str) -> str:
        """Who has signed the certificate that is shown for this address; "" where that is not to be had.

        For one that is not trusted: the handshake is done once more, without trust and alone. Nothing is sent after it.
        """
        proxy = self._proxy_for(url)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        shown = b""

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            nonlocal shown
            if event == f"{'proxy' if proxy else 'connection'}.start_tls.complete":
                stream = info["return_value"]
                shown = stream.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
                await stream.aclose()
                raise _Seen

        with suppress(Exception):  # it is one fact more, and the answer stands without it
            way = self._proxies["https"] if proxy else None
            async with (
                asyncio.timeout(CONNECT),
                httpx.AsyncClient(verify=context, proxy=way, trust_env=False) as client,
            ):
                await client.head(url, extensions={"trace": trace})
        return _issuer_of(shown) if shown else ""

    def _proxy_for(self, url: str) -> str:
        """The proxy on the way to a URL, without user and password; "" for none.

        A loopback endpoint is never asked through one: it would see a plain credential.
        """
        host = urlsplit(url).hostname or ""
        proxy = self._proxies.get("https", "")
        if not proxy or urls.is_loopback(host) or _bypasses(host, self._proxies):
            return ""
        return proxy.rpartition("@")[2]


class _Seen(Exception):
    """The certificate has been shown."""


def _issuer_of(certificate: bytes) -> str:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    with suppress(ValueError):
        name = x509.load_der_x509_certificate(certificate).issuer
        found = [one.value for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
                 for one in name.get_attributes_for_oid(oid)[:1]]  # fmt: skip
        texts = [value for value in found if isinstance(value, str)]
        return plain(", ".join(dict.fromkeys(texts)), 80)
    return ""


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The proxy of https requests as "https" and the hosts without one as "no"; where the environment has none, the
    system's own setting (Windows, macOS). A name in small letters goes before one in capitals.
    """
    import urllib.request

    named = {name.lower(): value for name, value in environ.items() if name != name.lower()}
    named |= {name: value for name, value in environ.items() if name == name.lower()}
    found = {name: named.get(f"{name}_proxy", "").strip() for name in ("https", "all", "no")}
    if not found["https"] and not found["all"] and sys.platform in ("win32", "darwin"):
        found = {"system": "yes", **urllib.request.getproxies()}
    proxy = found.get("https") or found.get("all") or ""
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return {**found, "https": proxy}


def _bypasses(host: str, proxies: Mapping[str, str]) -> bool:
    """Whether a host is asked without the proxy: named in NO_PROXY, or one of a domain's that is."""
    if "system" in proxies:
        import urllib.request

        return bool(urllib.request.proxy_bypass(host))
    for entry in proxies.get("no", "").lower().split(","):
        name = entry.strip().removeprefix("*.").lstrip(".").partition(":")[0]
        if entry.strip() == "*" or (name and f".{host.lower()}".endswith(f".{name}")):
            return True
    return False


def _unpacker(answer: httpx.Response) -> Callable[[bytes, int], bytes]:
    """What makes the body of an answer's pieces, at most so many bytes at a time.

    We ask for no compression; a server that compresses all the same may send a megabyte that unpacks to a gigabyte.
    """
    if answer.headers.get("content-encoding", "").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return lambda chunk, _: chunk
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its first bytes

    def unpack(chunk: bytes, most: int) -> bytes:
        try:
            return stream.decompress(chunk, most)
        except zlib.error as error:
            raise httpx.DecodingError(str(error), request=answer.request) from error

    return unpack


def _passing(error: httpx.TransportError) -> bool:
    """Whether trying again may help: a broken connection, but no refusal by TLS or proxy, and no answer waited for."""
    if isinstance(
        error, (httpx.ReadTimeout, httpx.WriteTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
    ):
        return False
    return not _is_tls(error)


def _is_tls(error: BaseException) -> bool:
    text = f"{error!r} {error.__context__!r}".lower()
    return "ssl" in text or "certificate" in text


def _retry_after(headers: Mapping[str, str]) -> float:
    text = headers.get("retry-after", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except _NO_DATE:
        return 0.0
