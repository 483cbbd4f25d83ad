"""`python -m gemini_setup` is `gemini-setup`."""

from __future__ import annotations

import sys

from gemini_setup.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
