"""Where our own files are. Light: the fast reader looks here first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gemini_setup.settings import folder

__all__ = ["folder", "private_file_in_use"]

PRIVATE: Final = "private"  # its being there is the person's recorded choice of a plain-text file
MOVED: Final = "private.moved"  # what is left of it once all is in the keyring: to be deleted, never read
INDEX: Final = "profiles.json"
PRIVATE_INDEX: Final = "private.json"  # of its own and beside the folder: the two stores never mix

DELIVER_LOCK: Final = (
    "deliver.lock"  # of deliveries and what moves them; whoever holds `vault.lock` too took it first
)


def private_file_in_use() -> Path | None:
    """The folder of the private file if the person chose it, else None.

    Anything of that name counts, also what cannot be used: then the private store says what is wrong with it, and
    nobody falls back to the keyring unasked.
    """
    place = folder() / PRIVATE
    try:
        os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        pass
    return place
