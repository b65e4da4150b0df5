"""Ask the driver now and then how much GPU memory is in use."""

from __future__ import annotations

import asyncio
from typing import Any

from lucid import machine
from lucid.server.wire import Gpu

ASK_S = 5.0


class GpuWatch:
    """Asks while it runs; ``latest`` is the message for players, None without a GPU."""

    def __init__(self) -> None:
        self.latest: dict[str, Any] | None = None

    async def run(self) -> None:
        """Ask until cancelled, or until it turns out that there is no driver."""
        while True:
            gpus, problem = await asyncio.to_thread(machine.find_gpus)
            if not gpus and problem is None:
                return
            self.latest = _message(gpus[0]) if gpus else None
            await asyncio.sleep(ASK_S)


def _message(gpu: machine.Gpu) -> dict[str, Any]:
    return Gpu(used_bytes=gpu.used_bytes, total_bytes=gpu.total_bytes).dump()
