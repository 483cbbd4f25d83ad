"""Runs first in the frozen program: programs that it starts get the environment that the person had.

PyInstaller's bootloader points the loader of libraries at the bundle, and every program that we start (`exec`, git,
a browser) would inherit that, and load our libraries in place of its own. The loader of this process has read it.
"""

import os
import sys

if sys.platform == "win32":
    import ctypes

    ctypes.windll.kernel32.SetDllDirectoryW(None)
else:
    for _name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        _before = os.environ.pop(f"{_name}_ORIG", None)
        if _before is not None:
            os.environ[_name] = _before
        elif os.environ.get(_name) == sys._MEIPASS:
            del os.environ[_name]
for _name in [name for name in os.environ if name.startswith("_PYI_")]:
    del os.environ[
        _name
    ]  # or a `gemini-setup` under `gemini-setup exec` would take itself for a part of this one
