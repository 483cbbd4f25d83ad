"""gcloud's sign-in, cancelled: gcloud and all that it has started end, however early the person cancels."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.actions import gcloud_login
from tests.processes import lives
from tests.waiting import PATIENCE


def _wait_for(file: Path) -> None:
    while not file.exists() or not file.read_text().strip():
        time.sleep(0.01)


@pytest.mark.parametrize("early", [True, False], ids=["before it is known to run", "while it is waited for"])
def test_cancelled_it_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, early: bool
) -> None:
    """On a busy computer gcloud may have started others before the loop hears that it runs."""
    program, child = tmp_path / "gcloud", tmp_path / "child"
    program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! >'{child}'\nwait\n")
    program.chmod(0o755)
    start = asyncio.create_subprocess_exec

    async def slow(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await start(*arguments, **options)
        await asyncio.sleep(0.5)
        return process

    if early:
        monkeypatch.setattr(asyncio, "create_subprocess_exec", slow)

    async def cancelled() -> None:
        environ = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"}
        task = asyncio.create_task(gcloud_login.sign_in(environ))
        await asyncio.to_thread(_wait_for, child)
        if not early:
            await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(cancelled(), PATIENCE))
    end = time.monotonic() + PATIENCE
    while lives(int(child.read_text())):  # it has been told to end, and does so in its own time
        assert time.monotonic() < end
        time.sleep(0.01)
