"""Every entry of ours in the Credential Manager, as JSON lines: what another program sees. Imports nothing of ours.

Run by packaging/windows/try-under-wine, with a plain Windows Python. It prints secrets: made-up ones, there.
"""

import ctypes
import ctypes.wintypes as w
import json
import sys


class Credential(ctypes.Structure):
    _fields_ = (
        ("Flags", w.DWORD), ("Type", w.DWORD), ("TargetName", w.LPWSTR), ("Comment", w.LPWSTR),
        ("LastWritten", w.FILETIME), ("BlobSize", w.DWORD), ("Blob", ctypes.POINTER(ctypes.c_ubyte)),
        ("Persist", w.DWORD), ("AttributeCount", w.DWORD), ("Attributes", ctypes.c_void_p),
        ("TargetAlias", w.LPWSTR), ("UserName", w.LPWSTR),
    )  # fmt: skip


def main() -> None:
    library = ctypes.WinDLL("advapi32", use_last_error=True)  # type: ignore[attr-defined]  # only on Windows
    found = ctypes.POINTER(ctypes.POINTER(Credential))()
    count = w.DWORD()
    if not library.CredEnumerateW(None, 0, ctypes.byref(count), ctypes.byref(found)):
        error = ctypes.get_last_error()  # type: ignore[attr-defined]
        if error != 1168:  # there is none at all
            sys.exit(f"CredEnumerate: error {error}")
        return
    for number in range(count.value):
        one = found[number].contents
        # keyring's own copies are called user@service, so ours may also stand behind an @.
        if "gemini-credentials" in (one.TargetName or ""):
            blob = bytes(one.Blob[: one.BlobSize])
            print(
                json.dumps(
                    {
                        "target": one.TargetName,
                        "user": one.UserName,
                        "persist": one.Persist,
                        "bytes": len(blob),
                        "text": blob.decode("utf-16-le"),
                    }
                )
            )


if __name__ == "__main__":
    main()
