"""The disk image, for dmgbuild: `dmgbuild -s packaging/macos/dmg_settings.py -D app=APP "Gemini Setup" IMAGE`.

The window shows the program and the folder to drag it to. dmgbuild runs this file and reads the names that it leaves.
"""

import os.path

application = defines.get("app", "dist/Gemini Setup.app")  # noqa: F821 - dmgbuild's
_name = os.path.basename(application.rstrip("/"))

files = [application]
symlinks = {"Applications": "/Applications"}
icon_locations = {_name: (160, 170), "Applications": (480, 170)}
icon = defines.get("icon", "packaging/icons/icon.icns")  # noqa: F821
hide_extensions = [_name]

format = "ULMO"  # noqa: A001 - lzma, which every macOS reads that the program runs on
filesystem = "HFS+"
window_rect = ((200, 200), (640, 400))
default_view = "icon-view"
icon_size = 112
text_size = 13
