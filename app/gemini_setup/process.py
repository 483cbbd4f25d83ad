"""What both faces do to their own process first: no core dump, and no traceback that shows a secret."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def harden(*, core: bool = True) -> None:
    """A crash must not write our memory to a file, nor an exception's words to a terminal or a log unredacted.

    Without `core` the limit is left alone: a program that we start would inherit it.
    """
    try:
        import resource

        if core:
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (ImportError, ValueError, OSError):
        pass  # Windows has no such limit; its crash reports are the system's own and hold no memory by default
    sys.excepthook = _tell
    threading.excepthook = _tell_of_thread
    sys.unraisablehook = _tell_of_unraisable
    if logging.lastResort is not None:  # where libraries' warnings and asyncio's lost exceptions end
        logging.lastResort.setFormatter(_Masked())


class _Masked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        from gemini_setup.redaction import redact

        return redact(super().format(record))


def _tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    import traceback

    from gemini_setup.redaction import redact

    if sys.stderr is not None:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def _tell_of_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:
        _tell(told.exc_type, told.exc_value, told.exc_traceback)


def _tell_of_unraisable(told: UnraisableHookArgs) -> None:
    """Without the object whose end raised: its repr may say anything."""
    _tell(told.exc_type, told.exc_value, told.exc_traceback)
