"""How much GPU memory is used, asked of the driver now and then."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

from lucid.server.wire import Gpu

ASK_S = 5.0
_QUERY = ("--query-gpu=memory.used,memory.total", "--format=csv,noheader,nounits")
_MIB = 1024**2


def parse_memory(text: str) -> dict[str, Any] | None:
    """The message about the first GPU, of the driver's table of used and total MiB."""
    cells = text.partition("\n")[0].split(",")
    try:
        used_mib, total_mib = (int(cell) for cell in cells)
    except ValueError:
        return None
    return Gpu(used_bytes=used_mib * _MIB, total_bytes=total_mib * _MIB).dump()


class GpuWatch:
    """Asks while it runs; ``latest`` is None where there is no GPU to ask."""

    def __init__(self) -> None:
        self.latest: dict[str, Any] | None = None

    async def run(self) -> None:
        """Ask until cancelled."""
        tool = shutil.which("nvidia-smi")
        while tool is not None:
            process = await asyncio.create_subprocess_exec(
                tool, *_QUERY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
            output, _ = await process.communicate()
            self.latest = parse_memory(output.decode(errors="replace"))
            await asyncio.sleep(ASK_S)
