"""What a release is built of: for each system the right packages, as wheels of that system alone, by their hashes."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.tags import compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.packaging.locks import LOCKS, SYSTEMS, read

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
