"""A pytest plug-in (`-p tests.without_qt`): every import of PySide6 fails, as where it is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _NoQt(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in ("PySide6", "shiboken6"):
            raise ModuleNotFoundError(f"{fullname}: the core does without Qt", name=fullname)
        return None


assert "PySide6" not in sys.modules, "load this plug-in before anything imports Qt (and without pytest-qt)"
sys.meta_path.insert(0, _NoQt())
