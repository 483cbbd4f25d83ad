"""The commands that touch our own files, in homes that are hostile to them.

`python -m tests.vault.sweep` is the long form (part of `make kills`): every command in every home, as a real program
against a real GNOME Keyring and the loopback Google. No command ends with an internal error or a traceback, or hangs; one
that fails says so in a sentence; the saved credential is whole afterwards; and no secret is in a message or a new file.

Started by root, the commands run without root's capabilities, so that rights count for them, too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import secretstorage
from jeepney.io.blocking import open_dbus_connection

from tests.cli.program import COMMAND, Done, Program
from tests.loopback import Google
from tests.secretservice import SecretService

from .homes import HOMES, Ground, Home

LIMIT = 15.0  # seconds in which every command must end
APPLICATION = "Python keyring library"

Item = tuple[tuple[tuple[str, str], ...], str, str]  # attributes, label, secret


class Keyring:
    """All that we keep in a session's keyring, by nothing of ours."""

    def __init__(self, service: SecretService) -> None:
        self._connection: Any = open_dbus_connection(bus=service.env["DBUS_SESSION_BUS_ADDRESS"])

    def close(self) -> None:
        self._connection.close()

    def _found(self) -> list[Any]:
        return list(secretstorage.search_items(self._connection, {"application": APPLICATION}))

    def items(self) -> set[Item]:
        return {
            (tuple(sorted(item.get_attributes().items())), item.get_label(), item.get_secret().decode())
            for item in self._found()
        }

    def put_back(self, items: Iterable[Item]) -> None:
        for item in self._found():
            item.delete()
        collection = secretstorage.get_default_collection(self._connection)
        for attributes, label, secret in items:
            collection.create_item(label, dict(attributes), secret.encode())


def entry(items: Iterable[Item], name: str, profile: str = "default") -> str | None:
    wanted = f"gemini-credentials:v1/{profile}.{name}"
    return next((secret for held, _, secret in items if dict(held).get("service") == wanted), None)


def key_of(head: str | None) -> str | None:
    return json.loads(head)["credential"]["api_key"] if head is not None else None


# -- the commands --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """A command, what its standard input has, and which credentials (current, previous) it may leave behind."""

    arguments: tuple[str, ...]
    leaves: str = ""
    text: str = ""
    prints: bool = False  # the secret is its answer

    @property
    def name(self) -> str:
        return " ".join(word for word in self.arguments if not word.startswith("/") and "$" not in word)


def acts(project: Path) -> tuple[Act, ...]:
    place = str(project / "new" / ".env")
    read = 'cat "$GOOGLE_APPLICATION_CREDENTIALS"'
    return (
        Act(("add", "studio", "--no-generate"), "added", "new"),
        Act(("add", "studio", "--no-generate", "--profile", "work"), text="new"),
        Act(("check", "--no-generate")),
        Act(("list",)),
        Act(("list", "--json")),
        Act(("get",), prints=True),
        Act(("token", "vertex"), prints=True),
        Act(("env",), prints=True),
        Act(("exec", "--", "printenv", "GEMINI_API_KEY"), prints=True),
        Act(("exec", "vertex", "--", "sh", "-c", read), prints=True),
        Act(("rollback", "default", "--force"), "swapped"),
        Act(("remove", "default", "--previous", "--yes", "--force"), "forgotten"),
        Act(("remove", "default", "--yes"), "removed"),
        Act(("remove", "default", "--keep")),
        Act(("connect", "dotenv", "--file", place, "--yes")),
        Act(("connect", "--list")),
        Act(("disconnect", "dotenv", "--yes")),
        Act(("doctor",)),
    )


# -- a run ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def stage(google: Google, service: SecretService) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="gs-homes-") as made:
        one = Stage(google, service, Path(made))
        try:
            yield one
        finally:
            one.close()


class Stage:
    """A keyring and a home that are the same before every command: two generations of a key, an account, a delivery."""

    def __init__(self, google: Google, service: SecretService, base: Path) -> None:
        self.google = google
        self.service = service
        self.ground = Ground(base)
        self.keyring = Keyring(service)
        self.program = Program(google, service, {})
        self.project = base / "project"
        self.acts = acts(self.project)
        self.old, self.key, self.new = (str(google.studio_key().text) for _ in range(3))
        account = google.service_account().text
        self.secrets = [self.old, self.key, self.new, json.loads(account)["private_key"].splitlines()[1]]
        self._fresh()
        (base / "account.json").write_text(account)
        for command, text in (
            (("add", "studio", "--no-generate"), self.old),
            (("add", "studio", "--no-generate"), self.key),
            (("add", "vertex", str(base / "account.json"), "--no-generate"), ""),
            (("connect", "dotenv", "--file", str(self.project / ".env"), "--yes"), ""),
        ):
            if command[1] == "vertex":
                command = (*command, "--profile", "vertex")
            done = self.run(command, text)
            assert done is not None
            assert done.code == 0, done
        (base / "account.json").unlink()
        self.sound = self.keyring.items()
        shutil.copytree(self.ground.home, base / "sound", symlinks=True)
        shutil.copytree(self.project, base / "sound-project")

    def close(self) -> None:
        self.ground.clear()
        self.keyring.close()

    def _fresh(self) -> None:
        for place in (self.ground.home, self.ground.runtime, self.ground.here, self.project):
            place.mkdir(mode=0o700)

    def run(self, arguments: tuple[str, ...], text: str) -> Done | None:
        """None where it did not end."""
        ground = self.ground
        environ = {
            **self.program.environ,
            "HOME": str(ground.home),
            "XDG_DATA_HOME": str(ground.home / ".local/share"),
            "XDG_CONFIG_HOME": str(ground.home / ".config"),
            "XDG_CACHE_HOME": str(ground.base / "cache"),
            "XDG_RUNTIME_DIR": str(ground.runtime),
            **ground.variables,
        }
        drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.geteuid() == 0 else []
        try:
            done = subprocess.run(
                [*drop, *ground.wrap, *COMMAND, *arguments],
                input=text.encode(),
                env=environ,
                cwd=ground.here,
                capture_output=True,
                timeout=LIMIT,
            )
        except subprocess.TimeoutExpired:
            return None
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def put_back(self) -> None:
        if self.service.died:
            self.service.start_daemon(unlock=True)
        self.ground.clear()
        shutil.rmtree(self.project)
        self._fresh()
        base = self.ground.base
        shutil.copytree(base / "sound", self.ground.home, symlinks=True, dirs_exist_ok=True)
        shutil.copytree(base / "sound-project", self.project, dirs_exist_ok=True)
        (self.project / "new").mkdir()
        if self.keyring.items() != self.sound:
            self.keyring.put_back(self.sound)

    def tried(self, home: Home, act: Act) -> str:
        """What is wrong, or ""."""
        self.put_back()
        home.make(self.ground)
        done = self.run(act.arguments, self.new if act.text == "new" else "")
        if done is None:
            return "it did not end"
        said = self.wrong(home, act, done)
        return f"{said} (exit code {done.code}): {done.err.strip()[-300:]}" if said else ""

    def wrong(self, home: Home, act: Act, done: Done) -> str:
        if done.code == 70 or done.code < 0:
            return "an internal error"
        for sign in ("Traceback", "Exception ignored", "never retrieved", "was never awaited"):
            if sign in done.out + done.err:
                return sign
        if home.sound and done.code != 0:
            return "it fails in a sound home"
        if done.code != 0 and not any(line.strip() for line in done.err.splitlines()):
            return "it fails without a word"
        if any(secret in done.err for secret in self.secrets):
            return "a secret in a message"
        if not act.prints and any(secret in done.out for secret in self.secrets):
            return "a secret in an answer that is none"
        return self._credential(act, done.code) or self._files(act)

    def _credential(self, act: Act, code: int) -> str:
        items = self.keyring.items()
        if items == self.sound:
            return "" if code != 0 or act.leaves == "" else "done, it says, and nothing has changed"
        ends: dict[str, tuple[str | None, str | None]] = {
            "added": (self.new, self.key),
            "swapped": (self.old, self.key),
            "forgotten": (self.key, None),
            "removed": (None, None),
        }
        before = (self.key, self.old)
        after = ends.get(act.leaves, before)
        found = (key_of(entry(items, "current")), key_of(entry(items, "previous")))
        if found != after and (code == 0 or found != before):
            return "another credential is saved than was asked for"
        if entry(items, "key") != found[0]:
            return "the bare key is another one than the credential"
        if found == after and code != 0 and act.leaves:
            return "it fails, and did it all the same"
        if entry(items, "current", "vertex") != entry(self.sound, "current", "vertex"):
            return "another profile has changed"
        return ""

    def _files(self, act: Act) -> str:
        delivered = {self.project / ".env", self.project / "new" / ".env"}
        base = self.ground.base
        for root in (self.ground.home, self.ground.runtime, self.ground.here, self.project):
            for folder, _, names in os.walk(root):
                for path in (Path(folder, name) for name in names):
                    if path in delivered or not stat.S_ISREG(path.lstat().st_mode):
                        continue
                    if path.stat().st_size > 10_000_000:
                        continue  # the huge file that a home was given
                    with contextlib.suppress(PermissionError):
                        data = path.read_bytes()
                        if any(secret.encode() in data for secret in self.secrets):
                            return f"a secret in {path.relative_to(base)}"
        if any(self.ground.here.rglob("*")):
            return "something was made in the current folder"
        new = self.project / "new" / ".env"
        if new.exists() and (self.key not in new.read_text() or "--file" not in act.arguments):
            return "the delivered place is not whole"
        return ""


def sweep(stage: Stage, homes: Iterable[Home], only: str = "") -> tuple[int, list[str]]:
    """How many commands ran, and what was wrong."""
    ran, found = 0, list[str]()
    for home in homes:
        print(time.strftime("%H:%M:%S"), home.name, flush=True)
        for act in stage.acts:
            if only not in act.name:
                continue
            ran += 1
            if said := stage.tried(home, act):
                found.append(f"{home.name}: {act.name}: {said}")
                print(found[-1], flush=True)
    return ran, found


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.vault.homes")
    arguments.add_argument("--home", default="", help="only homes with this in their name")
    arguments.add_argument("--act", default="", help="only commands with this in them")
    options = arguments.parse_args()
    chosen = [home for home in HOMES if options.home in home.name]
    possible = [home for home in chosen if home.is_possible()]
    for home in chosen:
        if home not in possible:
            print(f"left out, as it needs {home.needs}: {home.name}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # disks and the private session end with us
    began = time.monotonic()
    with Google() as google, SecretService() as service, stage(google, service) as made:
        ran, found = sweep(made, possible, options.act)
    took = time.monotonic() - began
    print(f"{ran} commands in {len(possible)} hostile homes, {len(found)} wrong, {took:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
