"""Poll how busy the GPUs are."""

import asyncio
import os
from typing import Any

from lucid import machine
from lucid.server.metrics import Metrics
from lucid.server.wire import Gpu

POLL_S = 5.0


class GpuWatch:
    """Polls the driver. ``latest`` is the message for pages, or None without a GPU."""

    def __init__(self, metrics: Metrics) -> None:
        self.latest: dict[str, Any] | None = None
        self._metrics = metrics

    async def run(self) -> None:
        """Poll until cancelled; return if there is no driver."""
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
        while True:
            gpus, problem = await asyncio.to_thread(machine.find_gpus)
            if not gpus and problem is None:
                return
            self.latest = None
            if gpus:
                numbered = list(enumerate(gpus))
                ours = [(index, gpu) for index, gpu in numbered if str(index) in visible]
                self._metrics.gpus(ours or numbered)
                _, first = (ours or numbered)[0]
                self.latest = Gpu(used_bytes=first.used_bytes, total_bytes=first.total_bytes).dump()
            await asyncio.sleep(POLL_S)
