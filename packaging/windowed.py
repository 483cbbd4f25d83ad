"""`Gemini Setup`, the program without a console: where it cannot show its window it says so in a box.

A double click gives it nowhere else to write: without this it would end and nobody would know why.
"""

import io
import sys

from gemini_setup.cli.main import main

said = None
if sys.platform == "win32" and sys.stderr is None and sys.argv[1:2] in ([], ["--profile"]):
    said = sys.stderr = io.StringIO()
try:
    code = main()
except SystemExit as end:  # arguments that were not understood
    code = end.code
if code and said is not None and (text := said.getvalue().strip()):
    import ctypes

    as_an_error = 0x10
    ctypes.windll.user32.MessageBoxW(None, text.removeprefix("gemini-setup: "), "Gemini Setup", as_an_error)
sys.exit(code)
