"""`gemini-setup --smoke`: does this installation have all that it needs? For those who build or install the program.

It asks no Google, touches nothing that is kept, and says in one JSON document which part works and which does not:
files, keyring backend, TLS, RSA, texts, and the first frame of the window. Loaded only when it is asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gemini_setup.version import __version__

if TYPE_CHECKING:
    import ssl

#: By system: our backend, and keyring's own that it is a subclass of.
_BACKENDS: Final = {
    "win32": (
        "gemini_setup.vault.backends.credential_manager:CredentialManager",
        "keyring.backends.Windows:WinVaultKeyring",
    ),
    "darwin": ("gemini_setup.vault.backends.keychain:SecurityKeychain", "keyring.backends.macOS:Keyring"),
    "linux": (
        "gemini_setup.vault.backends.secret_service:SecretService",
        "keyring.backends.SecretService:Keyring",
    ),
}
#: In a frozen program: "<sha256 or ->  <path>" of every file that was put into it.
MANIFEST: Final = "manifest.txt"
_PATIENCE: Final = 60  # seconds for the first frame, in a process of its own: where Qt lacks a part it aborts
_COLOURS: Final = 16  # fewer are no window with text in it


class Broken(Exception):
    """What is wrong, in one sentence for those who build the program."""


def run(arguments: Sequence[str]) -> int:
    """`--smoke`'s further arguments; 0 when everything works, 1 when something does not, 2 for other arguments.

    `--out FILE` writes the document there too: a program without a console has no other way to say it.
    """
    match list(arguments):
        case ["--frame", file]:
            Path(file).write_text(json.dumps(_told(_frame)), encoding="utf-8")
            return 0
        case ["--out", file]:
            place: Path | None = Path(file)
        case []:
            place = None
        case _:
            sys.stderr.write("usage: gemini-setup --smoke [--out FILE]\n")
            return 2
    from gemini_setup.security.process import harden

    harden()
    parts = {
        "files": _told(_files),
        "backend": _told(_backend),
        "tls": _told(_tls),
        "rsa": _told(_rsa),
        "resources": _told(_resources),
        "frame": _apart(),
    }
    failed = [name for name, part in parts.items() if not part["ok"]]
    document = {
        "version": 1,
        "program": __version__,
        "frozen": bool(getattr(sys, "frozen", False)),
        "ok": not failed,
        "failed": failed,
        "parts": parts,
    }
    text = json.dumps(document)
    if place is not None:
        place.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 1 if failed else 0


def _told(part: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"ok": True, "what": part()}
    except Exception as error:  # noqa: BLE001 - a missing file or module may raise anything, and it is all one here
        return {"ok": False, "what": f"{type(error).__name__}: {error}"[:500]}


def _named(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


# ---------------------------------------------------------------- files


def _files() -> str:
    """Every file that was put into a frozen program is there, and the texts are what they were.

    A library that is missing might be found elsewhere on the computer that asks, and not on the next.
    """
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is None:
        return "not frozen"
    lines = (Path(bundle) / MANIFEST).read_text(encoding="utf-8").splitlines()
    for line in lines:
        digest, _, name = line.partition("  ")
        file = Path(bundle) / name
        if not file.exists():  # in a framework of macOS there are links to folders, too
            raise Broken(f"{name} is missing")
        if digest != "-" and hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise Broken(f"{name} is not what was built")
    return f"{len(lines)}, none missing"


# ---------------------------------------------------------------- the keyring's backend


def _backend() -> str:
    """Our backend is keyring's own for this system, keyring can find that, and the system's store answers."""
    from importlib.metadata import entry_points

    system = "linux" if sys.platform.startswith("linux") else sys.platform
    ours, theirs = (_named(name) for name in _BACKENDS[system])
    if not issubclass(ours, theirs):
        raise Broken(f"{ours.__name__} is no {theirs.__name__}")
    found = {point.value for point in entry_points(group="keyring.backends")}
    module = theirs.__module__
    if module not in found:
        raise Broken(f"keyring's metadata is missing, so that it does not know {module}")
    return f"{module}.{theirs.__name__}, {_store()}"


def _store() -> str:
    """Does the system's store answer? On Linux and macOS none may run where the program is built."""
    from gemini_setup.vault.factory import keyring_available
    from gemini_setup.vault.faults import VaultFault

    try:
        if keyring_available():
            return "the store answers"
    except VaultFault:
        pass
    if sys.platform == "win32":
        raise Broken("the Credential Manager does not answer")
    return "no store runs here"


# ---------------------------------------------------------------- TLS


def _tls() -> str:
    """A request to a server of this process: answered where its certificate is trusted, refused by the system's store."""
    import ssl  # here, as everything that may be missing

    import certifi

    authorities = ssl.create_default_context(cafile=certifi.where())
    with tempfile.TemporaryDirectory() as folder:
        file = _certificate(Path(folder))
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(file)
        with _Server(own) as server:
            asyncio.run(_ask(server.port, ssl.create_default_context(cafile=str(file))))
    return f"{ssl.OPENSSL_VERSION}, {len(authorities.get_ca_certs())} of certifi's authorities"


async def _ask(port: int, trusting: ssl.SSLContext) -> None:
    """Raises Broken, or whatever a library raises that lacks a part."""
    import httpx

    from gemini_setup.google.http import Network
    from gemini_setup.model.credentials import Endpoints

    base = f"https://localhost:{port}"
    async with httpx.AsyncClient(verify=trusting, trust_env=False, timeout=10) as client:
        status = (await client.get(base)).status_code
    if status != 204:
        raise Broken(f"the server of this process answered {status}")
    # Our own client, with the system's trust store: it must work as far as to find that nobody trusts this.
    try:
        async with Network(Endpoints(gemini=base), {}) as network:
            await network.ask("GET", base)
    except httpx.ConnectError as error:
        if any(word in str(error).lower() for word in ("verif", "trust", "certificate")):
            return
        raise
    raise Broken("a certificate that nobody trusts was accepted")


def _certificate(folder: Path) -> Path:
    """A certificate for localhost that is good for a day, with its key, which nothing else trusts."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.txt"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


class _Server:
    """Answers every request with 204, on the loopback address alone."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._ended = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> _Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """The thread ends first: a closed socket does not wake it everywhere, and its number may be used again."""
        self._ended = True
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
            except OSError:
                return
            if self._ended:
                taken.close()
                return
            with suppress(OSError), taken:
                taken.settimeout(10)
                with self._context.wrap_socket(taken, server_side=True) as talk:
                    while b"\r\n\r\n" not in talk.recv(65536):
                        pass
                    talk.sendall(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")


# ---------------------------------------------------------------- RSA


def _rsa() -> str:
    """Sign with a new key as a service account's is signed with, and verify it."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from google.auth import jwt
    from google.auth.crypt import RSASigner

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token: bytes = jwt.encode(RSASigner(key, "smoke"), {"aud": "smoke"})  # type: ignore[no-untyped-call]
    body, _, signature = token.rpartition(b".")
    import base64

    key.public_key().verify(
        base64.urlsafe_b64decode(signature + b"=="), body, padding.PKCS1v15(), hashes.SHA256()
    )
    return "RS256"


# ---------------------------------------------------------------- texts


def _resources() -> str:
    """Every table of words can be read, every cause has its words, and there are snippets."""
    import tomllib

    from gemini_setup.i18n import cause_texts

    place = Path(cause_texts.resources())
    tables = sorted(place.glob("*/*.toml"))
    for table in tables:
        tomllib.loads(table.read_text(encoding="utf-8"))
    for cause in cause_texts.table("causes"):
        if cause not in ("names", "asked", "console"):
            cause_texts.cause(cause)
    snippets = [path for path in (place / "snippets").iterdir() if path.read_bytes()]
    if not (snippets and tables):
        raise Broken("there are no snippets, or no words")
    return f"{len(tables)} tables, {len(snippets)} snippets"


# ---------------------------------------------------------------- the first frame


def _apart() -> dict[str, Any]:
    """The first frame in a process of its own, whose end by an abort can still be told."""
    from gemini_setup.system.display import has_screen

    environ = dict(os.environ)
    if not has_screen(environ):
        environ["QT_QPA_PLATFORM"] = "offscreen"
    me = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "gemini_setup"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frame.json"
        try:
            done = subprocess.run(
                [*me, "--smoke", "--frame", str(file)],
                env=environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return {"ok": False, "what": f"{type(error).__name__}: no frame"}
        try:
            told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            words = done.stderr.decode("utf-8", "replace").strip()[-400:]
            return {"ok": False, "what": f"the window's process ended with {done.returncode}: {words}"}
        return told


def _frame() -> str:
    """Build the window on a vault that keeps nothing, and look at what is painted first."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    main, core, theme = (
        import_module(f"gemini_setup.gui.{name}") for name in ("main", "backend", "style.theme")
    )
    from gemini_setup.vault.factory import memory_vault

    app: QApplication = main.application()
    theme.THEME.install(app, "light")
    app.setWindowIcon(import_module("gemini_setup.gui.style.icons").app_icon())
    window: Any = main.assemble(core.SystemCore(store=memory_vault))
    painted: list[bool] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not painted:
                painted.append(True)
                QTimer.singleShot(0, app.quit)
            return False

    watch = Watch()
    window.installEventFilter(watch)
    QTimer.singleShot(20_000, app.quit)
    window.show()
    app.exec()
    if not painted:
        raise Broken("nothing was painted")
    picture = window.grab().toImage()
    colours = {
        picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)
    }
    if len(colours) < _COLOURS:
        raise Broken(f"the window has only {len(colours)} colours: no text in it")
    told = f"{app.platformName()}, {picture.width()} x {picture.height()}"
    window.close()
    window.worker.shutdown()
    return told
