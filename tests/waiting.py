"""How long a test waits for what must come, and how soon something must have ended that waits for nothing.

A busy computer gives a process nothing for seconds, so no test tells fast from slow: how fast something is, `make bench`
measures. A test tells what ends from what hangs: what it must not wait for would take HANGS, and LATE lies far from both.
"""

from __future__ import annotations

from typing import Final

#: Seconds that a test waits for what must come; it goes on as soon as it is there.
PATIENCE: Final = 60.0
#: Seconds after which something did wait for what it must not wait for.
LATE: Final = 15.0
#: Seconds for which the other side is silent in a test of what doesn't wait for it.
HANGS: Final = 120.0
