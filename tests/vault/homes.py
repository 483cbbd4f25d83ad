"""Homes in which our own files are refused, broken or somebody else's (`sweep.py` has the commands that meet them)."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

OURS = ".local/share/gemini-setup"
NOBODY = 65534
LOCKS = ("vault.lock", "token.lock", "deliver.lock")


@dataclass
class Ground:
    """What a home is made hostile in. `variables` are those of the command; `wrap` is put before it."""

    base: Path
    variables: dict[str, str] = field(default_factory=dict)
    wrap: list[str] = field(default_factory=list)
    mounted: bool = False

    @property
    def home(self) -> Path:
        return self.base / "home"

    @property
    def ours(self) -> Path:
        return self.home / OURS

    @property
    def runtime(self) -> Path:
        return self.base / "run"

    @property
    def here(self) -> Path:
        """The current folder of the command."""
        return self.base / "here"

    def mount(self, *options: str) -> None:
        """A small disk in the home's place, with what the home held."""
        aside = self.base / "aside"
        self.home.rename(aside)
        self.home.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", self.home], check=True)
        self.mounted = True
        shutil.copytree(aside, self.home, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(aside)
        if options:
            subprocess.run(["mount", "-o", ",".join(("remount", *options)), self.home], check=True)

    def clear(self) -> None:
        if self.mounted:
            subprocess.run(["umount", self.home], check=True)
            self.mounted = False
        for place in (self.home, self.ours, self.ours / "delivered", self.ours / "private"):
            with contextlib.suppress(OSError):
                place.chmod(0o700)
        if self.home.is_symlink():
            self.home.unlink()
        for place in (self.home, self.runtime, self.here):
            shutil.rmtree(place, ignore_errors=True)
        self.variables.clear()
        self.wrap.clear()


Break = Callable[[Ground], None]


@dataclass(frozen=True)
class Home:
    """`needs` is "root" for foreign owners, "mount" for a disk of its own; `sound`: every command must succeed there."""

    name: str
    make: Break
    needs: str = ""
    sound: bool = False

    def is_possible(self) -> bool:
        return self.needs == "" or (os.geteuid() == 0 and (self.needs == "root" or _can_mount()))


def _can_mount() -> bool:
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True)
        if done.returncode == 0:
            subprocess.run(["umount", place], check=True)
    return done.returncode == 0


def _full(ground: Ground) -> None:
    ground.mount()
    with contextlib.suppress(OSError), (ground.home / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def _limited(ground: Ground) -> None:
    ground.wrap = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]


def _gone(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def instead(name: str, what: Callable[[Path], object]) -> Break:
    """Something else in the place of this path below the home."""

    def make(ground: Ground) -> None:
        path = ground.home / name
        _gone(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        what(path)

    return make


def each_lock(what: Callable[[Path], object]) -> Break:
    def make(ground: Ground) -> None:
        for name in LOCKS:
            instead(f"{OURS}/{name}", what)(ground)

    return make


def holding(data: bytes | str) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data.encode() if isinstance(data, str) else data)


def folder_with_a_file(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "something").touch()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("/nowhere/at/all")


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2_000_000_000)


def foreign(mode: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        path.mkdir(mode=0o700, parents=True)
        path.chmod(mode)
        os.chown(path, NOBODY, NOBODY)

    return make


def owned_by_nobody(name: str, mode: int) -> Break:
    def make(ground: Ground) -> None:
        path = ground.home / name if name else ground.home
        for one in (path, *path.rglob("*")):
            os.chown(one, NOBODY, NOBODY, follow_symlinks=False)
        path.chmod(mode)

    return make


def rights(name: str, mode: int) -> Break:
    return lambda ground: (ground.home / name).chmod(mode)


def variables(**set_to: str) -> Break:
    def make(ground: Ground) -> None:
        ground.variables |= {
            name: value.format(home=ground.home, base=ground.base) for name, value in set_to.items()
        }

    return make


def cut_index(ground: Ground) -> None:
    path = ground.ours / "profiles.json"
    path.write_bytes(path.read_bytes()[:100])


def odd_rows(ground: Ground) -> None:
    """Rows of the right names in which every other value has a wrong type."""
    path = ground.ours / "profiles.json"
    document = json.loads(path.read_text())
    rows = [
        {name: value if name == "profile" else [{"a": value}] for name, value in row.items()}
        for row in document["profiles"]
    ]
    path.write_text(json.dumps({"version": "1", "open": {"a": 1}, "profiles": [*rows, 1, None, []]}))


def odd_records(change: Callable[[Path], object]) -> Break:
    def make(ground: Ground) -> None:
        found = list((ground.ours / "delivered").iterdir())
        assert found
        for path in found:
            change(path)

    return make


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def odd_record(path: Path) -> None:
    """Everything is there, nothing of it is of its type."""
    found = json.loads(path.read_text())
    found["places"] = [
        {name: 7 if name not in ("states", "folders") else value for name, value in one.items()}
        for one in found["places"]
    ]
    path.write_text(json.dumps({**found, "tool": ["dotenv"], "profile": 5, "at": None}))


def run_folder(what: Callable[[Path], object]) -> Break:
    def make(ground: Ground) -> None:
        for path in (ground.runtime / "gemini-setup", ground.ours / "run"):
            _gone(path)
            what(path)

    return make


def open_runtime(ground: Ground) -> None:
    ground.runtime.chmod(0o777)
    instead(f"{OURS}/run", lambda path: path.symlink_to("/tmp"))(ground)


def others(ground: Ground) -> None:
    """What we look at that is gcloud's, python-keyring's and GNOME Keyring's."""
    for name in (
        ".config/gcloud/application_default_credentials.json",
        ".config/python_keyring/keyringrc.cfg",
        ".local/share/keyrings/login.keyring",
    ):
        instead(name, os.mkfifo)(ground)


INDEX = f"{OURS}/profiles.json"
SETTINGS = f"{OURS}/settings.json"

HOMES: tuple[Home, ...] = (
    Home("sound", lambda ground: None, sound=True),
    Home("full", _full, "mount"),
    Home("no file may grow", _limited),
    Home("read-only", lambda ground: ground.mount("ro"), "mount"),
    Home("folder may not be written", rights(OURS, 0o500)),
    Home("folder may not be entered", rights(OURS, 0)),
    Home("home may not be entered", rights("", 0)),
    Home("home is missing", variables(HOME="{home}/gone", XDG_DATA_HOME="")),
    Home("home cannot be made", variables(HOME="/proc/gone", XDG_DATA_HOME="")),
    Home("folder of another account, readable", owned_by_nobody(OURS, 0o755), "root"),
    Home("folder of another account, closed", owned_by_nobody(OURS, 0o700), "root"),
    Home("home of another account", owned_by_nobody("", 0o755), "root"),
    Home("file in the folder's place", instead(OURS, holding("x"))),
    Home("file in a parent's place", instead(".local", holding("x"))),
    Home("pipe in the folder's place", instead(OURS, os.mkfifo)),
    Home("folder is a loop of links", instead(OURS, loop)),
    Home("folder is a dangling link", instead(OURS, dangling)),
    Home("relative XDG_DATA_HOME", variables(XDG_DATA_HOME="data")),
    Home("empty HOME", variables(HOME="", XDG_RUNTIME_DIR="")),
    Home("relative HOME", variables(HOME="there", XDG_RUNTIME_DIR="relative")),
    Home("index empty", instead(INDEX, holding(""))),
    Home("index cut", cut_index),
    Home("index no JSON", instead(INDEX, holding("profiles: []"))),
    Home("index a list", instead(INDEX, holding("[1, 2]"))),
    Home(
        "index of another version",
        instead(INDEX, holding('{"version": 99, "profiles": {"default": {}}}')),
    ),
    Home("index of wrong types", odd_rows),
    Home("index nested", instead(INDEX, holding('{"profiles":' + "[" * 200_000))),
    Home("index of huge numbers", instead(INDEX, holding('{"version":1,"profiles":[' + "9" * 9000 + "]}"))),
    Home("index huge", instead(INDEX, sparse)),
    Home("index NUL bytes", instead(INDEX, holding(bytes(4096)))),
    Home("index no UTF-8", instead(INDEX, holding(b'{"profiles": ["\xff\xfe"]}'))),
    Home("index a pipe", instead(INDEX, os.mkfifo)),
    Home("index a folder", instead(INDEX, folder_with_a_file)),
    Home("index may not be read", rights(INDEX, 0)),
    Home("index a loop of links", instead(INDEX, loop)),
    Home("index an endless device", instead(INDEX, lambda path: path.symlink_to("/dev/zero"))),
    Home("new index is a folder", instead(f"{OURS}/profiles.json.new", folder_with_a_file)),
    Home("lock a folder", each_lock(folder_with_a_file)),
    Home("lock a pipe", each_lock(os.mkfifo)),
    Home("lock may not be opened", each_lock(lambda path: path.touch(0o400))),
    Home("lock a loop of links", each_lock(loop)),
    Home("lock a dangling link", each_lock(dangling)),
    Home("settings a pipe", instead(SETTINGS, os.mkfifo)),
    Home("settings a folder", instead(SETTINGS, folder_with_a_file)),
    Home("settings of wrong types", instead(SETTINGS, holding('{"language": ["de"], "appearance": 1}'))),
    Home("settings lead away", instead(SETTINGS, holding('{"language": "../../../../etc\\u0000"}'))),
    Home("settings huge", instead(SETTINGS, sparse)),
    Home("run folder of another account", run_folder(foreign(0o777)), "root"),
    Home("run folder a file", run_folder(holding("x"))),
    Home("run folder a link", run_folder(dangling)),
    Home("run folder open to others", open_runtime),
    Home("records of another account", instead(f"{OURS}/delivered", foreign(0o777)), "root"),
    Home("records' folder a file", instead(f"{OURS}/delivered", holding("x"))),
    Home("records cut", odd_records(cut)),
    Home("records pipes", odd_records(piped)),
    Home("records huge", odd_records(sparse)),
    Home("records of wrong types", odd_records(odd_record)),
    Home("private file of another account", instead(f"{OURS}/private", foreign(0o700)), "root"),
    Home("private file no folder", instead(f"{OURS}/private", os.mkfifo)),
    Home("moved private file no folder", instead(f"{OURS}/private.moved", holding("x"))),
    Home("other programs' files are pipes", others),
)
