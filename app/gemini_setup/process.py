"""What both faces do to their own process first: no core dump, and no traceback that shows a secret."""

from __future__ import annotations

import sys
from types import TracebackType


def harden() -> None:
    """A crash must not write our memory to a file, nor an exception's words to a terminal or a log unredacted."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (ImportError, ValueError, OSError):
        pass  # Windows has no such limit; its crash reports are the system's own and hold no memory by default
    sys.excepthook = _tell


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    import traceback

    from gemini_setup.redaction import redact

    if sys.stderr is not None:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))
