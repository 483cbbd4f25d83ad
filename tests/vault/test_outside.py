"""What is seen from outside: sizes, what a rotation leaves, what a reader sees meanwhile, and killed processes."""

from __future__ import annotations

import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gemini_setup.actions.private_file import choose_private_file, finish_move
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Access, Service, ServiceAccount
from gemini_setup.model.outcomes import Outcome
from gemini_setup.system import paths
from gemini_setup.vault import heads
from gemini_setup.vault.backends.keychain import LINE, adding
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService

from . import kills
from .grounds import GnomeGround, Ground, MacGround, PrivateGround, WindowsGround, forms, whole_store
from .samples import account, account_object, key, key_text

WORKS = {"outcome": Outcome.ACCEPTED, "cause": "works"}
LIMITS = {"private": 16_000, "windows": 1200, "macos": 3500, "gnome": 16_000, "gnome-parts": 1200}


@pytest.fixture(params=list(LIMITS))
def ground(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Ground]:
    folder, beside = tmp_path / "ours", tmp_path / "beside"
    made: dict[str, Callable[[], Ground]] = {
        "private": lambda: PrivateGround(folder),
        "windows": lambda: WindowsGround(folder, beside),
        "macos": lambda: MacGround(folder, beside),
        "gnome": lambda: GnomeGround(folder, request.getfixturevalue("keyring")),
        "gnome-parts": lambda: GnomeGround(folder, request.getfixturevalue("keyring"), 1200),
    }
    import keyring.backends.Windows

    windows = vars(keyring.backends.Windows)
    before = {name: windows.get(name) for name in ("win32cred", "pywintypes")}
    ground = made[request.param]()
    yield ground
    ground.close()
    for name, value in before.items():
        if value is None:
            windows.pop(name, None)


@cache
def account_4096() -> Access:
    """A service account's file as Google writes one, with an RSA key of 4,096 bits made now; recognised as ours are."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = {**account_object("kwzqv"), "private_key": pem.decode("ascii")}
    credential = recognise(json.dumps(file, indent=2)).credential
    assert isinstance(credential, ServiceAccount)
    return Access(credential, Service.VERTEX, file["project_id"], "global")


def document(access: Access) -> dict[str, str]:
    assert isinstance(access.credential, ServiceAccount)
    found: dict[str, str] = json.loads(access.credential.document.reveal())
    return found


def private_numbers(access: Access) -> rsa.RSAPrivateNumbers:
    """What the key is, bit by bit, parsed anew from its text."""
    parsed = serialization.load_pem_private_key(document(access)["private_key"].encode(), None)
    assert isinstance(parsed, rsa.RSAPrivateKey)
    assert parsed.key_size == 4096
    return parsed.private_numbers()


def test_the_longest_credentials_fit_every_system(ground: Ground, request: pytest.FixtureRequest) -> None:
    """A service account with a real 4,096-bit key and an API key of 2,000 characters, entry by entry."""
    vault = ground.vault()
    limit = LIMITS[request.node.callspec.params["ground"]]
    for access in (account_4096(), key("xjfhy", 2000), key('"\\', 2000)):
        vault.keep("default", access, **WORKS)  # type: ignore[arg-type]
        read = ground.vault().read("default").access
        assert same_access(read, access)
        if isinstance(read.credential, ServiceAccount):
            assert private_numbers(read) == private_numbers(access)
        entries = ground.entries()
        assert max(map(len, entries.values())) <= limit
        if isinstance(ground, MacGround):
            assert max(len(adding(name, "default", text)) for name, text in entries.items()) <= LINE
            assert max(len(line.encode()) for line in ground.security.lines) <= LINE
    # The stand-in of 52 lines, with which the other tests do, is no shorter than the real one.
    assert len(document(account("kwzqv", 52))["private_key"]) >= len(document(account_4096())["private_key"])


def test_after_a_rotation_nothing_holds_the_old_secret_and_before_it_can_be_brought_back(
    ground: Ground,
) -> None:
    steps = [key("kwzqv"), account("xjfhy"), account("bgmpd", 52), key("rltnc")]
    if isinstance(ground, GnomeGround):
        steps = steps[1:3]  # each of its writes takes what a disk takes
    for old, new in pairwise(steps):
        ground.restore(({}, {}))
        vault = ground.vault()
        vault.keep("default", old, **WORKS)  # type: ignore[arg-type]
        token = {
            "schema": "gemini-token/1",
            "generation": 1,
            "scope": "s",
            "expires": 9,
            "token": kills.TOKEN,
        }
        vault._store.put(heads.TOKEN, "default", heads.one_line(token))
        vault.keep("default", new, **WORKS)  # type: ignore[arg-type]
        assert kills.TOKEN.encode() not in whole_store(ground)
        vault.rollback("default")
        assert same_access(ground.vault().read("default").access, old)
        vault.rollback("default")
        assert same_access(ground.vault().read("default").access, new)
        before = whole_store(ground)
        assert [form for form in forms(old) if form in before]  # it is looked for rightly
        vault.forget_previous("default")
        after = whole_store(ground)
        assert not [form for form in forms(old) if form in after]
        if isinstance(ground, GnomeGround):
            files = [
                path for path in ground.session.home.rglob("*") if path.is_file() and not path.is_symlink()
            ]
            assert not [path for path in files for form in forms(old) if form in path.read_bytes()]
        vault.remove("default")
        after = whole_store(ground)
        assert not [form for form in (*forms(old), *forms(new)) if form in after]


# -- a reader in a loop --------------------------------------------------------------------------------------

FAST = """
import sys
from gemini_setup.usage import reader
print("begun", flush=True)
seen = dict()
while True:
    try:
        found = reader.get()
    except Exception as error:
        found = "wrong: " + repr(error)
    if found not in seen:
        seen[found] = None
        print(found, flush=True)
"""

#: Another program, by the contract and nothing of ours: keyring's own backend, `current`, its parts, else `previous`.
OTHER = """
import hashlib, json, time
from keyring.backends.SecretService import Keyring
kept = Keyring()

class Again(Exception):
    pass

def get(entry):
    try:
        return kept.get_password("gemini-credentials:v1/default." + entry, "default")
    except Exception:  # it went between the library's search and its read: docs/contract.md
        raise Again from None

def credential():
    for entry in ("current", "previous"):
        for _ in range(4):
            try:
                text = get(entry)
                if text is None:
                    break
                head = json.loads(text)
                if "credential" in head:
                    return json.dumps(head["credential"])
                pieces = [get("g%d.%d" % (head["generation"], number)) for number in range(head["parts"])]
                body = "".join(pieces)
                if hashlib.sha256(body.encode()).hexdigest() == head["sha256"]:
                    return body
            except (ValueError, TypeError, Again):
                continue
    return "wrong: neither"

print("begun", flush=True)
seen = dict()
while True:
    time.sleep(0.003)
    try:
        found = credential()
    except Exception as error:
        found = "wrong: " + repr(error)
    if found not in seen:
        seen[found] = None
        print(found, flush=True)
"""


@pytest.mark.parametrize(
    ("program", "split", "private"),
    [(FAST, True, False), (OTHER, True, False), (FAST, False, True)],
    ids=["fast", "keyring-library", "private-file"],
)
def test_a_reader_in_a_loop_sees_one_of_the_credentials_always(
    keyring: SecretService, program: str, split: bool, private: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if private:
        choose_private_file()
    vault = open_vault()
    if split:
        vault._store._limit = 1200  # type: ignore[attr-defined]
    allowed = [account(mark, lines) for mark, lines in (("a", 26), ("b", 60), ("c", 26))] + [key("d")]
    keep_one(vault, allowed[0])
    looking = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": "app:."},
        stdout=subprocess.PIPE,
        text=True,
    )
    printed = looking.stdout
    assert printed is not None
    seen: list[str] = []

    def listen() -> None:
        for line in printed:
            seen.append(line.rstrip("\n"))

    listening = threading.Thread(target=listen, daemon=True)
    died = False
    try:
        assert printed.readline() == "begun\n"
        listening.start()
        begun, rotations = time.monotonic(), 0
        # A busy computer may give the reader no turn for a while.
        while (passed := time.monotonic() - begun) < 1.2 or (len(seen) < 2 and passed < 30):
            try:
                keep_one(vault, allowed[(rotations + 1) % len(allowed)])
                rotations += 1
            except VaultFault:
                # GNOME's own abort under connections that come and go; what is kept is whole after it, too.
                died = keyring.died
                assert died
                keyring.start_daemon(unlock=True)
    finally:
        looking.kill()
        looking.wait()
        listening.join()
        printed.close()
        if private:
            (paths.folder() / "private").rename(paths.folder() / "private.moved")
            finish_move()
        else:
            vault.remove("default")
    if died:
        seen = [line for line in seen if not line.startswith("wrong: ")]
    assert rotations > 1
    assert len(seen) >= 2  # it saw a rotation
    right = {key_text("d")}
    for line in seen:
        text = json.loads(line).get("api_key", line) if line.startswith("{") else line
        assert text in right or json.loads(text) in documents(), line[:60]


def documents() -> list[object]:
    return [account_object(mark, lines) for mark, lines in (("a", 26), ("b", 60), ("c", 26))]


def keep_one(vault: Vault, access: object) -> None:
    vault.keep("default", access, **WORKS)  # type: ignore[arg-type]


# -- killed processes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ground", "only"),
    [
        ("private", ""),
        ("windows", "to account"),
        ("macos", "key to"),
        ("gnome-parts", "rotate account to account"),
    ],
    indirect=["ground"],
)
def test_killed_processes_leave_one_whole(ground: Ground, only: str) -> None:
    """A sample; `make kills` does them all."""
    runs = 3 if isinstance(ground, GnomeGround) else 15
    tally = kills.campaign(ground, runs, random.Random(os.urandom(4)), only)
    ground.restore(({}, {}))
    assert tally.wrong == []
    assert tally.killed == tally.runs == runs


@pytest.mark.parametrize("how", ["dies", "locks"])
def test_a_keyring_that_dies_or_locks_in_the_middle(
    how: str, tmp_path: pathlib.Path, keyring: SecretService
) -> None:
    ground = GnomeGround(tmp_path / "ours", keyring, 1200)
    tally = kills.daemon_campaign(
        ground, 1, random.Random(os.urandom(4)), how, only="rotate account to account"
    )
    ground.restore(({}, {}))
    ground.close()
    assert tally.wrong == []
    assert tally.runs == 1


def test_two_programs_at_once(tmp_path: pathlib.Path) -> None:
    ground = PrivateGround(tmp_path / "ours")
    tally = kills.two_at_once(ground, 3, random.Random(os.urandom(4)))
    assert tally.wrong == []
    assert tally.killed == 6
