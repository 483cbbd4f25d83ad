"""What a release is built of: for each system the right packages, as wheels of that system alone, by their hashes."""

from __future__ import annotations

import functools
import re
import shutil
import threading
import tomllib
import types
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.tags import compatible_tags, cpython_tags, mac_platforms
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

from tests.packaging.locks import LOCKS, SYSTEMS, Locked, read
from tests.packaging.test_bootstrap import wheel

ROOT = LOCKS.parents[1]
PYTHONS = ((3, 11), (3, 14))  # the tests' and the releases'

#: What may be asked of the system that it runs on. Linux: Ubuntu 22.04 has glibc 2.35, Debian 12 has 2.36.
PLATFORMS = {
    "linux": [f"manylinux_2_{minor}_x86_64" for minor in range(35, 4, -1)]
    + ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"],
    "windows": ["win_amd64"],
    "macos": list(mac_platforms((13, 0), "arm64")),
}
SYS_PLATFORM = {"linux": "linux", "windows": "win32", "macos": "darwin"}
#: What only one of them needs: its keyring's way in, and what its freezing reads and writes.
ONLY = {
    "linux": {"jeepney", "secretstorage"},
    "windows": {"pefile", "pywin32-ctypes"},
    "macos": {"dmgbuild", "ds-store", "mac-alias", "macholib"},
}


@pytest.mark.parametrize("name", [path.stem for path in sorted(LOCKS.glob("*.txt"))])
def test_every_requirement_has_a_hash_and_none_an_address(name: str) -> None:
    text = (LOCKS / f"{name}.txt").read_text()
    assert not re.search(r"://|@|\bindex|find-links|\.(org|com|io|net)\b|/", text)
    locked = read(name)
    assert len(locked) > 30
    for one in locked.values():
        assert one.hashes, one.name
        assert all(re.fullmatch("[0-9a-f]{64}", sha) for sha in one.hashes), one.name
        assert one.version


@pytest.mark.parametrize("system", SYSTEMS)
def test_only_wheels_of_the_system_and_each_beside_its_hash(system: str) -> None:
    assert (LOCKS / f"{system}.txt").read_text().startswith("--only-binary :all:\n")
    fitting = set(PLATFORMS[system]) | {"any"}
    for one in read(system).values():
        assert len(one.files) == len(one.hashes) == len(set(one.hashes))
        for file, tags in zip(one.files, one.tags, strict=True):
            name, version, _, _ = parse_wheel_filename(file)
            assert (name, version) == (one.name, one.version)
            assert {tag.platform for tag in tags} & fitting, file


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_python_finds_a_wheel(system: str, python: tuple[int, int]) -> None:
    version = f"{python[0]}.{python[1]}"
    fitting = {
        *cpython_tags(python, platforms=PLATFORMS[system]),
        *compatible_tags(python, platforms=PLATFORMS[system]),
    }
    where = {
        "sys_platform": SYS_PLATFORM[system], "python_version": version, "python_full_version": f"{version}.0",
        "platform_python_implementation": "CPython", "implementation_name": "cpython",
    }  # fmt: skip
    locked = read(system)
    for one in locked.values():
        marker = one.requirement.marker
        if marker is None or marker.evaluate(where):
            assert any(tags & fitting for tags in one.tags), one.name
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for requirement in map(Requirement, [*wanted, "pyinstaller"]):
        name = canonicalize_name(requirement.name)
        if requirement.marker is None or requirement.marker.evaluate(where):
            assert requirement.specifier.contains(locked[name].version), name
        else:
            assert name not in locked


def test_each_system_has_its_own_packages_and_no_other() -> None:
    names = {system: set(read(system)) for system in SYSTEMS}
    common = set.intersection(*names.values())
    assert {system: found - common for system, found in names.items()} == ONLY


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_release_is_built_of_the_versions_that_are_tested(system: str) -> None:
    tested = read("test")
    building = (
        {"altgraph", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools"} | ONLY["macos"] | {"pefile"}
    )
    for name, one in read(system).items():
        if name not in building:
            assert one.version == tested[name].version, name


# ---- A lock is installed without resolution, so it has to be complete: every requirement of every distribution in it,
# ---- those of the extras that are asked for included, is met by the lock itself.

#: Every system and Python that a lock is for. `run` and `test` are for all of them, a system's own for its releases.
WHERE = [
    {
        "sys_platform": SYS_PLATFORM[system], "platform_system": {"linux": "Linux", "windows": "Windows", "macos": "Darwin"}[system],
        "os_name": "nt" if system == "windows" else "posix", "platform_machine": {"linux": "x86_64", "windows": "AMD64", "macos": "arm64"}[system],
        "python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0",
        "platform_python_implementation": "CPython", "implementation_name": "cpython",
    }
    for system in SYSTEMS
    for minor in (11, 12, 13, 14)
]  # fmt: skip
DEV = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
ROOTS = {"run": [*PROJECT, "hatchling", "editables"], "test": [*PROJECT, *DEV, "hatchling", "editables"]}
#: Locked for other systems and Pythons, so their requirements (those of extras left out) cannot be read everywhere.
ELSEWHERE = {
    "backports-tarfile": [],
    "colorama": [],
    "httpx2-jsfetch": [],
    "importlib-metadata": ["zipp>=3.20", "lazy-importer>=0.1"],
    "jeepney": [],
    "lazy-importer": [],
    "pywin32-ctypes": [],
    "secretstorage": ["cryptography>=2.0", "jeepney>=0.6"],
    "zipp": [],
}


def unmet(locked: dict[NormalizedName, Locked], roots: list[str], where: dict[str, str]) -> list[str]:
    """What the roots and all that follows from them want, and the lock does not have."""
    missing = []
    waiting = [(Requirement(text), "the project", "") for text in roots]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted, by, extra = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({**where, "extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        one = locked.get(name)
        marker = one.requirement.marker if one else None
        if one is None or (marker is not None and not marker.evaluate(where)):
            missing.append(f"{by} wants {wanted}, which is not locked")
            continue
        if not wanted.specifier.contains(one.version, prereleases=True):
            missing.append(f"{by} wants {wanted}, locked is {one.version}")
        for asked in ("", *wanted.extras):
            if (name, asked) not in seen:
                seen.add((name, asked))
                waiting += [(inner, f"{name}[{asked}]", asked) for inner in _requirements(name)]
    return missing


def _requirements(name: str) -> list[Requirement]:
    try:
        return [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        assert name in ELSEWHERE, f"{name} is locked and not installed"
        return [Requirement(text) for text in ELSEWHERE[name]]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_cannot_be_read_everywhere_is_known(name: str) -> None:
    try:
        found = [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        assert read("test")[canonicalize_name(name)].requirement.marker is not None, "it is for all of them"
        return
    known = {text.name: str(text.specifier) for text in map(Requirement, ELSEWHERE[name])}
    for one in found:
        if one.marker is None or one.marker.evaluate({**WHERE[0], "extra": ""}):
            assert known.pop(one.name, None) == str(one.specifier), one
    assert not known


@pytest.mark.parametrize(
    "where", WHERE, ids=lambda where: f"{where['sys_platform']}-{where['python_version']}"
)
@pytest.mark.parametrize("name", ROOTS)
def test_a_lock_is_complete(name: str, where: dict[str, str]) -> None:
    assert unmet(read(name), ROOTS[name], where) == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_of_a_release_is_complete(system: str, python: tuple[int, int]) -> None:
    version = f"{python[0]}.{python[1]}"
    (where,) = [
        one
        for one in WHERE
        if (one["sys_platform"], one["python_version"]) == (SYS_PLATFORM[system], version)
    ]
    assert unmet(read(system), PROJECT, where) == []


def test_what_a_lock_lacks_is_found() -> None:
    """The fault of 2026-11-28 and its brothers: an extra's requirement, a version that is too old, a name that is missing."""
    locked = read("test")
    for name in ("requests", "google-auth", "urllib3"):
        less = {key: one for key, one in locked.items() if key != name}
        assert any(name in line for line in unmet(less, ROOTS["test"], WHERE[0])), name
    assert unmet(locked, ["httpx>=99"], WHERE[0]) == [
        "the project wants httpx>=99, locked is " + str(locked[canonicalize_name("httpx")].version)
    ]
    assert unmet(locked, ["google-auth[nothing-such]"], WHERE[0]) == []


def test_nothing_that_installs_a_lock_resolves() -> None:
    """A resolver asks for the newest release of what an extra wants, and a lock has no hash for it."""
    for path in (ROOT / "packaging" / "bootstrap", ROOT / "packaging" / "package", ROOT / "packaging" / "windows" / "try-under-wine",
                 ROOT / ".github" / "workflows" / "release.yml"):  # fmt: skip
        for line in path.read_text().splitlines():
            if "--require-hashes" in line:
                assert "--no-deps" in line, f"{path.name}: {line.strip()}"


@pytest.mark.skipif(
    not shutil.which("uv"), reason="packaging/lock needs uv, which only those who write locks have"
)
def test_a_pin_that_was_withdrawn_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "simple" / "upper"
    index.mkdir(parents=True)
    lock = tmp_path / "lock.txt"
    lock.write_text(wheel(index, "upper", "1.0"))
    name = "upper-1.0-py3-none-any.whl"
    (index / "index.html").write_text(f'<a href="{name}" data-yanked="it broke">{name}</a>')
    script = types.ModuleType("lock")
    script.__file__ = str(ROOT / "packaging" / "lock")
    exec(compile(Path(script.__file__).read_text(), script.__file__, "exec"), script.__dict__)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}/simple/")
        said = script.yanked(lock)
        server.shutdown()
    assert said == ['`upper==1.0` is yanked (reason: "it broke")']
