"""Run the scenes and say which hold; with `--table` as the rows of docs/tools.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.interop import apart, reading
from tests.interop.anymore import ANYMORE
from tests.interop.anytool import ANYTOOL
from tests.interop.doctor import DOCTOR
from tests.interop.helping import HELPING
from tests.interop.installing import PACKAGES, Installed, NotInstalled, cache, install
from tests.interop.places import SENT
from tests.interop.scenes import SCENES, Result, Scene, play
from tests.interop.snippets import SNIPPETS

READERS = (
    Scene("contract, Python", "keyring", "the keyring", "docs/contract.md", reading.reads(reading.python)),
    Scene("contract, Node", "napi-keyring", "the keyring", "docs/contract.md", reading.reads(reading.node)),
    Scene("contract, shell", "keyring", "the keyring", "docs/contract.md", reading.reads(reading.shell)),
    Scene("contract, Go", "go", "the keyring", "docs/contract.md", reading.reads(reading.go)),
)


def _chosen(word: str) -> list[Scene]:
    return [
        scene
        for scene in (*SCENES, *HELPING, *SENT, *ANYTOOL, *ANYMORE, *DOCTOR, *SNIPPETS, *READERS)
        if word in f"{scene.name} {scene.service} {scene.how}"
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interop", description=__doc__)
    parser.add_argument("--only", default="", help="scenes whose name, service or way holds this word")
    parser.add_argument("--table", action="store_true", help="rows of a table at the end")
    parser.add_argument("--newest", action="store_true", help="what the registries have today, not the pins")
    options = parser.parse_args()
    why = apart.possible()
    if why:
        print(f"interop: {why}", file=sys.stderr)
        return 2
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="interop-") as temporary:
        folder = cache(Path(temporary)) / "newest" if options.newest else cache(Path(temporary))
        installed: dict[str, Installed | str] = {}
        for scene in _chosen(options.only):
            if scene.package not in installed:
                try:
                    installed[scene.package] = install(scene.package, folder, newest=options.newest)
                except NotInstalled as error:
                    installed[scene.package] = f"not installed: {error}"
            place = installed[scene.package]
            result = Result(scene, "", place, 0) if isinstance(place, str) else play(scene, place)
            results.append(result)
            worked = PACKAGES[scene.package].version
            last = f"; the last that worked: {worked}" if worked != result.version else ""
            said = "proven" if not result.trouble else f"NOT: {result.trouble}{last}"
            title = f"{scene.name} {result.version}, {scene.service}, {scene.how}"
            print(f"{title}: {said} ({result.seconds:.1f} s)", flush=True)
    if options.table:
        today = datetime.now(UTC).date()
        for one in results:
            proven = f"proven {today}" if not one.trouble else f"not proven: {one.trouble}"
            print(f"| {one.scene.name} | {one.version} | {one.scene.service} | {one.scene.how} | {proven} |")
    return 1 if any(result.trouble for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
