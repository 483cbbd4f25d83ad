"""Start gcloud's own sign-in for programs: gcloud opens the browser, asks, and writes what comes of it to its own file.

Nothing of it passes through here: gcloud's output is not read, and no word of ours is added to its arguments.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from gemini_setup.actions import errands
from gemini_setup.system import programs

_LAST: Final = 2.0  # seconds that gcloud has to end when it is asked to


async def sign_in(environ: Mapping[str, str]) -> bool:
    """Wait for gcloud's end. False where it is not there, ended without a sign-in, or was not allowed to start.

    Cancelled, gcloud and all that it has started are ended with it.
    """
    command, *arguments = errands.SIGN_IN
    path = programs.found(command, environ)
    if path is None:
        return False
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            path,
            *arguments,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            **_apart(),
        )
    )
    try:
        process = await asyncio.shield(starting)
    except OSError:
        return False
    except asyncio.CancelledError:
        # asyncio would end the first process only, and gcloud may have started others by now.
        await asyncio.shield(_end_started(starting))
        raise
    try:
        return await process.wait() == 0
    finally:
        if process.returncode is None:
            await asyncio.shield(_end(process))


def _apart() -> dict[str, Any]:
    """gcloud is a script that starts Python: they end together, so they are a group of their own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


async def _end_started(starting: asyncio.Future[asyncio.subprocess.Process]) -> None:
    with suppress(OSError):
        await _end(await starting)


async def _end(process: asyncio.subprocess.Process) -> None:
    if sys.platform == "win32":
        tree = ("taskkill", "/PID", str(process.pid), "/T", "/F")
        with suppress(OSError):
            killer = await asyncio.create_subprocess_exec(*tree, creationflags=subprocess.CREATE_NO_WINDOW)
            await killer.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.wait()), _LAST)
            return
