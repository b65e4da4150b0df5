"""Poll how much GPU memory is in use."""

from __future__ import annotations

import asyncio
from typing import Any

from lucid import machine
from lucid.server.wire import Gpu

POLL_S = 5.0


class GpuWatch:
    """Polls the driver. ``latest`` is the message for pages, or None without a GPU."""

    def __init__(self) -> None:
        self.latest: dict[str, Any] | None = None

    async def run(self) -> None:
        """Poll until cancelled; return if there is no driver."""
        while True:
            gpus, problem = await asyncio.to_thread(machine.find_gpus)
            if not gpus and problem is None:
                return
            self.latest = _message(gpus[0]) if gpus else None
            await asyncio.sleep(POLL_S)


def _message(gpu: machine.Gpu) -> dict[str, Any]:
    return Gpu(used_bytes=gpu.used_bytes, total_bytes=gpu.total_bytes).dump()
