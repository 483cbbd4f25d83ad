"""KWallet and KeePassXC as Secret Services of a private session, where they are installed."""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator

from tests.secretservice import PASSWORD, SecretService
from tests.waiting import PATIENCE

NEEDED = {"kwallet": ("kwalletd5", "dbus-send"), "keepassxc": ("keepassxc", "keepassxc-cli", "dbus-send")}
_STARTUP = 20.0  # seconds


def is_possible(name: str) -> bool:
    return all(shutil.which(program) for program in NEEDED[name])


@contextlib.contextmanager
def running(name: str) -> Iterator[SecretService]:
    with SecretService("none") as session:
        session.env["QT_QPA_PLATFORM"] = "offscreen"
        processes: list[subprocess.Popen[bytes]] = []
        try:
            (_kwallet if name == "kwallet" else _keepassxc)(session, processes)
            yield session
        finally:
            for process in processes:
                _end(process)


def _kwallet(session: SecretService, processes: list[subprocess.Popen[bytes]]) -> None:
    config = session.home / ".config"
    config.mkdir(exist_ok=True)
    (config / "kwalletrc").write_text(
        "[Wallet]\nEnabled=true\nFirst Use=false\nDefault Wallet=kdewallet\nPrompt on Open=false\n"
        "Close When Idle=false\nLaunch Manager=false\n[org.freedesktop.secrets]\napiEnabled=true\n"
    )
    session.env["XDG_CURRENT_DESKTOP"] = "KDE"
    # The call that pam_kwallet makes, with a key of 56 bytes: the wallet is made without a dialog. Its Secret Service
    # lists the wallets when it starts, so it is started a second time.
    key = ",".join(f"0x{byte:02x}" for byte in (PASSWORD * 4)[:56])
    for _ in range(2):
        while processes:
            _end(processes.pop())
        processes.append(_spawn(session, ["kwalletd5"]))
        for owner in ("org.kde.kwalletd5", "org.freedesktop.secrets"):
            _wait(lambda owner=owner: b"true" in _bus(session, "NameHasOwner", f"string:{owner}"))  # type: ignore[misc]
        _send(
            session,
            "--dest=org.kde.kwalletd5",
            "/modules/kwalletd5",
            "org.kde.KWallet.pamOpen",
            "string:kdewallet",
            f"array:byte:{key}",
            "int32:0",
        )
    _wait(lambda: _default(session) != "")


def _keepassxc(session: SecretService, processes: list[subprocess.Popen[bytes]]) -> None:
    config = session.home / ".config/keepassxc"
    config.mkdir(parents=True)
    (config / "keepassxc.ini").write_text(
        "[General]\nConfigVersion=2\nUpdateCheckMessageShown=true\nSingleInstance=false\n"
        "AutoSaveAfterEveryChange=true\n[GUI]\nCheckForUpdates=false\n[FdoSecrets]\nEnabled=true\n"
        "ShowNotification=false\nConfirmAccessItem=false\nConfirmDeleteItem=false\nUnlockBeforeSearch=false\n"
        "[Security]\nLockDatabaseIdle=false\nLockDatabaseScreenLock=false\n"
    )
    file, password = session.home / "test.kdbx", PASSWORD.decode()

    def cli(*arguments: str, text: str) -> str:
        return subprocess.run(
            ["keepassxc-cli", *arguments],
            input=text,
            text=True,
            env=session.env,
            check=True,
            capture_output=True,
        ).stdout

    cli("db-create", "-q", "-p", str(file), text=f"{password}\n{password}\n")
    # Which group other programs see is said in the database alone, and no command can say it.
    xml = cli("export", "-q", "-f", "xml", str(file), text=f"{password}\n")
    root = re.search(r"<Root>\s*<Group>\s*<UUID>([^<]+)</UUID>", xml)
    assert root is not None
    group = uuid.UUID(bytes=base64.b64decode(root.group(1)))
    item = f"<Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{{{group}}}</Value></Item>"
    xml, made = re.subn(r"<CustomData\s*/>", f"<CustomData>{item}</CustomData>", xml, count=1)
    if not made:
        xml, made = re.subn(r"<CustomData>", f"<CustomData>{item}", xml, count=1)
    if not made:
        xml = xml.replace("</Meta>", f"<CustomData>{item}</CustomData></Meta>", 1)
    (session.home / "made.xml").write_text(xml)
    file.unlink()
    cli("import", "-q", "-p", str(session.home / "made.xml"), str(file), text=f"{password}\n{password}\n")
    session.env["TMPDIR"] = session.env["XDG_RUNTIME_DIR"]  # its lock file and socket
    process = _spawn(session, ["keepassxc", "--pw-stdin", str(file)])
    processes.append(process)
    assert process.stdin is not None
    process.stdin.write(PASSWORD + b"\n")
    process.stdin.close()
    _wait(lambda: _is_open(session))


def _spawn(session: SecretService, command: list[str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        command, env=session.env, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
    )


def _send(session: SecretService, *arguments: str) -> bytes:
    command = ["dbus-send", "--session", "--print-reply", *arguments]
    return subprocess.run(command, env=session.env, capture_output=True, timeout=PATIENCE).stdout


def _bus(session: SecretService, member: str, *arguments: str) -> bytes:
    return _send(
        session,
        "--dest=org.freedesktop.DBus",
        "/org/freedesktop/DBus",
        f"org.freedesktop.DBus.{member}",
        *arguments,
    )


def _default(session: SecretService) -> str:
    """The default collection, "" while there is none."""
    said = _send(
        session,
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.ReadAlias",
        "string:default",
    )
    found = re.search(rb'"(/org/freedesktop/secrets/\S+)"', said)
    return found.group(1).decode() if found else ""


def _is_open(session: SecretService) -> bool:
    """KeePassXC takes the name before its database is open, and would ask for it in a dialog."""
    said = _send(
        session,
        "--dest=org.freedesktop.secrets",
        _default(session) or "/",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    )
    return b"boolean false" in said


def _wait(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _STARTUP
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"not there after {_STARTUP} s")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
