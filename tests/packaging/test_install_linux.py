"""`./install` of the Linux archive, with a small program in the frozen one's place: upgrades, other people's links, removal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the installer of the Linux archive"),
    pytest.mark.skipif(
        not shutil.which("gcc"), reason="the program in the frozen one's place is made by gcc"
    ),
]
#: As a frozen program it has a version, and reads a part of itself when it needs it.
PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <libgen.h>
int main(int count, char **given) {
    if (count > 1 && strcmp(given[1], "--version") == 0) { puts("gemini-setup " VERSION); return 0; }
    char here[4096] = {0}, part[4200];
    if (readlink("/proc/self/exe", here, sizeof here - 1) < 0) return 3;
    puts("up"); fflush(stdout);
    getchar();
    snprintf(part, sizeof part, "%s/_internal/part", dirname(here));
    FILE *file = fopen(part, "r");
    if (!file) { puts("gone"); return 1; }
    char text[64] = {0};
    fgets(text, sizeof text, file);
    puts(text);
    return 0;
}
"""


class Account:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home dir"
        self.home.mkdir()
        self.command = self.home / ".local/bin/gemini-setup"
        self.library = self.home / ".local/lib/gemini-setup"

    def unpacked(self, version: str, part: str) -> Path:
        """A release's folder."""
        place = self.folder / f"release {version} {part}"
        (place / "_internal").mkdir(parents=True)
        (place / "_internal" / "part").write_text(part)
        source = place / "program.c"
        source.write_text(PROGRAM)
        subprocess.run(["gcc", f'-DVERSION="{version}"', "-o", place / "gemini-setup", source], check=True)
        for name in ("install", "gemini-setup.desktop"):
            shutil.copy(ROOT / "packaging/linux" / name, place / name)
        for file in (ROOT / "LICENSE", ROOT / "packaging/icons/icon.png", ROOT / "packaging/icons/icon.svg"):
            shutil.copy(file, place / file.name)
        return place

    def install(self, place: Path, *options: str) -> subprocess.CompletedProcess[str]:
        env = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        return subprocess.run(
            [place / "install", *options], env=env, capture_output=True, text=True, check=False
        )

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen([self.command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def test_a_running_one_keeps_its_own_parts_while_a_newer_one_is_installed(account: Account) -> None:
    old, new = account.unpacked("0.1.0", "old"), account.unpacked("0.2.0", "new")
    assert account.install(old).returncode == 0
    running = account.start()
    assert account.install(new).returncode == 0
    assert running.communicate("\n")[0] == "old\n"
    assert account.start().communicate("\n")[0] == "new\n"
    assert sorted(path.name for path in account.library.iterdir()) == ["0.1.0", "0.2.0"]

    assert account.install(new).returncode == 0  # and with nothing running what is not in use goes
    (folder,) = account.library.iterdir()
    assert account.command.resolve() == folder / "gemini-setup"
    assert account.start().communicate("\n")[0] == "new\n"


def test_the_same_version_again_does_not_touch_the_one_that_runs(account: Account) -> None:
    first, again = account.unpacked("0.1.0", "first"), account.unpacked("0.1.0", "again")
    account.install(first)
    running = account.start()
    assert account.install(again).returncode == 0
    assert running.communicate("\n")[0] == "first\n"
    assert account.start().communicate("\n")[0] == "again\n"


def test_it_is_not_removed_while_it_runs(account: Account) -> None:
    place = account.unpacked("0.1.0", "x")
    account.install(place)
    running = account.start()
    done = account.install(place, "--remove")
    assert done.returncode == 1
    assert "Close it" in done.stderr
    assert running.communicate("\n")[0] == "x\n"
    assert account.install(place, "--remove").returncode == 0
    assert not account.library.exists()
    assert not account.command.is_symlink()
    assert not list(account.home.rglob("*gemini-setup*"))


def test_a_link_of_somebody_else_s_is_neither_replaced_nor_removed(account: Account) -> None:
    place = account.unpacked("0.1.0", "x")
    theirs = account.home / ".local/share/pipx/venvs/gemini-setup/bin/gemini-setup"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("#!/bin/sh\n")
    account.command.parent.mkdir(parents=True)
    account.command.symlink_to(theirs)
    done = account.install(place)
    assert done.returncode == 1
    assert "not from this installer" in done.stderr
    account.install(place, "--remove")
    assert account.command.resolve() == theirs


def install_and_kill(account: Account, release: Path, once: str, path: str) -> None:
    """Killed as soon as something called `once` is in the library; what it has started is not."""
    env = {"HOME": str(account.home), "PATH": path}
    process = subprocess.Popen([release / "install"], env=env, stdout=subprocess.DEVNULL)
    while not list(account.library.glob(once)):
        assert process.poll() is None
        time.sleep(0.0005)
    process.kill()
    process.wait()


#: Copies, and is at it for two seconds more; it is not killed with what started it.
SLOW_CP = """#!/bin/sh
/bin/cp "$@" || exit
for last; do :; done
end=$(($(date +%s) + 2))
number=0
while [ "$(date +%s)" -lt "$end" ]; do
  for _ in 1 2 3 4 5 6 7 8 9; do
    number=$((number + 1))
    : >"$last/_internal/late$number" || exit
  done
done 2>/dev/null
"""


def test_killed_in_the_middle_it_leaves_the_old_one_and_the_next_run_clears_up(
    account: Account, tmp_path: Path
) -> None:
    old, new = account.unpacked("0.1.0", "old"), account.unpacked("0.2.0", "new")
    account.install(old)
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "cp").write_text(SLOW_CP)
    (slow / "cp").chmod(0o755)
    install_and_kill(account, new, ".new.*/_internal/late1", f"{slow}:{os.environ['PATH']}")
    assert account.install(new).returncode == 0
    assert account.start().communicate("\n")[0] == "new\n"
    assert [path.name for path in account.library.iterdir()] == ["0.2.0"]


def test_killed_in_the_middle_the_old_one_is_there(account: Account) -> None:
    old, new = account.unpacked("0.1.0", "old"), account.unpacked("0.2.0", "new")
    account.install(old)
    for number in range(200):  # something to copy while it is killed
        (new / "_internal" / f"part{number}").write_bytes(bytes(20_000))
    install_and_kill(account, new, ".new.*", os.environ["PATH"])
    assert account.start().communicate("\n")[0] == "old\n"
