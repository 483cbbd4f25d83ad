"""What both faces do to their own process first: no core dump, and no traceback that shows a secret."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def harden(*, core: bool = True) -> None:
    """A crash must not write our memory to a file, nor an exception's words to a terminal or a log unredacted.

    Without `core` nothing is changed that a program which we start would inherit.
    """
    if core:
        _limit_core(0)
        _leave_out_of_dumps()
    else:
        _forbid_dumps()
    sys.excepthook = _tell
    threading.excepthook = _tell_of_thread
    sys.unraisablehook = _tell_of_unraisable
    if logging.lastResort is not None:  # where libraries' warnings and asyncio's lost exceptions end
        logging.lastResort.setFormatter(_Masked())


def _leave_out_of_dumps() -> None:
    """Linux hands a dump to a program (core_pattern with a pipe) whatever the limit is: then it holds no memory."""
    if sys.platform == "linux":
        try:
            with open("/proc/self/coredump_filter", "wb", buffering=0) as file:
                file.write(b"0")
        except OSError:
            pass


#: The soft limit that was there before `_forbid_dumps`, where a program that we start must get it back.
_before: list[int] = []


def _forbid_dumps() -> None:
    """No dump of us and no debugger, but only until another program takes our place or is started (`execve` ends it)."""
    if sys.platform == "linux":
        try:
            import ctypes

            if ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) == 0:  # PR_SET_DUMPABLE
                return
        except (ImportError, OSError, AttributeError):
            pass
    soft = _limit_core(0)
    if soft is not None:
        _before[:] = [soft]


def _limit_core(soft: int) -> int | None:
    """Set the soft limit, and give the one before it. Windows has none: its crash reports hold no memory by default."""
    try:
        import resource

        before, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    except (ImportError, ValueError, OSError):
        return None
    return before


def give_back() -> None:
    """Just before another program takes our place: what Python and `harden` changed of what it inherits."""
    import signal

    for name in ("SIGPIPE", "SIGXFSZ", "SIGXFZ"):  # Python ignores them, and a program inherits that
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_DFL)
    if _before:
        _limit_core(_before[0])


def limits_of_a_child() -> Callable[[], None] | None:
    """What a child has to do before its program starts; None for nothing, which is the quicker way to start one."""
    return give_back if _before else None


class _Masked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        from gemini_setup.security.redaction import redact

        return redact(super().format(record))


def _tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    import traceback

    from gemini_setup.security.redaction import redact

    if sys.stderr is not None:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def _tell_of_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:
        _tell(told.exc_type, told.exc_value, told.exc_traceback)


def _tell_of_unraisable(told: UnraisableHookArgs) -> None:
    """Without the object whose end raised: its repr may say anything."""
    _tell(told.exc_type, told.exc_value, told.exc_traceback)


_window = False


def attend() -> None:
    """A window of ours is open: the person who uses it sees what the system asks."""
    global _window
    _window = True


def is_attended() -> bool:
    """Whether somebody may be there to answer what the system asks: at our window, or at a terminal."""
    return _window or any(
        stream is not None and not stream.closed and stream.isatty()
        for stream in (sys.stdin, sys.stdout, sys.stderr)
    )
