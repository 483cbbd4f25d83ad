"""The window: shows what the core's events say and asks questions; decides nothing itself."""

import builtins

import PySide6.QtCore  # noqa: F401 - before anything else of ours is imported

# For `from __feature__ import ...`, which nothing here uses, PySide puts an `__import__` of its own in place that reads
# the source of every module imported from then on and keeps it in memory.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
