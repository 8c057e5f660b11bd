"""Ending tasks that go on until they are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

_ONCE_MORE_S: Final = 1.0


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until all are over, whatever they come to.

    The libraries that they wait in may lose a cancellation that comes together with what is waited for, so it is asked
    for until it is heard.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_ONCE_MORE_S)
