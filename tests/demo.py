"""`make demo`: the wizard against the loopback Google, the keyring replaced by memory, with a story for each answer."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.loopback import Google, tell


@dataclass
class Demonstration:
    """The stories as the window offers them: titles with a key to paste or a file to choose."""

    stories: list[tuple[str, str | Path]] = field(default_factory=list)


def demonstration(google: Google, folder: Path) -> Demonstration:
    """Register every story with the loopback Google; files are written into `folder`."""
    shown = Demonstration()
    for story in tell(google):
        if story.kind == "file":
            path = folder / f"{story.name}.json"
            path.write_text(story.text)
            shown.stories.append((story.title, path))
        else:
            shown.stories.append((story.title, story.text))
    return shown


def main() -> int:
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        print("There is no screen here: the demonstration is a window.", file=sys.stderr)
        return 2
    from gemini_setup.gui.main import run
    from gemini_setup.vault.factory import memory_vault

    vault = memory_vault()
    with Google() as google, tempfile.TemporaryDirectory() as folder:
        google.latency = 0.3  # as far away as Google usually is, so that the steps can be seen
        for name in [
            n for n in os.environ if n.lower().endswith("_proxy") or n.startswith(("GOOGLE_", "GEMINI_"))
        ]:
            del os.environ[name]
        os.environ.update(google.environ())
        return run(store=lambda: vault, demonstration=demonstration(google, Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
