"""Run a call that may block for ever (the keyring, an RSA key's load) without holding the event loop or the exit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


async def blocking(call: Callable[[], T]) -> T:
    """`call` on a daemon thread of its own, awaited. When the awaiting task is cancelled, the call runs to its end
    unheard: an executor would join it at exit, so that an open unlock dialog would keep the process alive.
    """
    import asyncio  # 60 ms that the first frame must not wait for

    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def done(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only where T allows it

    def work() -> None:
        result, error = None, None
        try:
            result = call()
        except BaseException as caught:  # noqa: BLE001 - handed over to the awaiting task, whatever it is
            error = caught
        with suppress(RuntimeError):  # the loop has been closed: nobody listens anymore
            loop.call_soon_threadsafe(done, result, error)

    threading.Thread(target=work, daemon=True, name="blocking").start()
    return await future
