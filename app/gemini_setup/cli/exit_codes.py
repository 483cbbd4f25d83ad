"""What a command ends with (DESIGN §5)."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
NOT_THERE: Final = 1
USAGE: Final = 2
NOT_KEPT: Final = 3
KEYRING: Final = 4
UNANSWERED: Final = 5
INTERNAL: Final = 70
INTERRUPTED: Final = 130
