"""Poll how much GPU memory is in use."""

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
            self.latest = None
            if gpus:
                used_bytes, total_bytes = gpus[0].used_bytes, gpus[0].total_bytes
                self.latest = Gpu(used_bytes=used_bytes, total_bytes=total_bytes).dump()
            await asyncio.sleep(POLL_S)
