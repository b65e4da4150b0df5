"""Measure how a flood of malformed messages in some sessions affects another session.

Run `python -m benchmarks.flood [SECONDS [REPEATS]]` in the root of the repository.

A server plays `examples/hello` for four sessions. Three of them, in another process, send malformed
messages of every type over the data channel and the WebSocket, 200 per second in total. The fourth,
in this process, records when each frame arrives. Phases with and without the flood alternate on the
same connections. Prints as JSON for both: the number of frames, and the interval between frames in
ms (p50 and p99, median over the repeats); and the ratio of the p99 values.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from av import AudioFrame, VideoFrame

from lucid.authoring.manifest import Manifest
from lucid.client.async_world import OVER, AsyncWorld
from lucid.server import wire
from tests.malformed import malformed

HELLO = Path(__file__).resolve().parents[1] / "examples" / "hello"
FLOODERS, FLOOD_HZ = 3, 200
SETTLE_S = 1.0
PORT = """import sys
sys.path.insert(0, {hello!r})
from hello.port import HelloModel


class Four(HelloModel):
    max_sessions = 4
"""


class Client(AsyncWorld):
    """A player that records when frames arrive."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.arrived_s: list[float] = []

    def on_frame(self, output: str, frame: VideoFrame | AudioFrame) -> None:
        """Record the time; do not keep the frame."""
        self.arrived_s.append(time.monotonic())

    def on_signal(self, message: dict[str, Any]) -> None:
        """Exit if the session ends."""
        super().on_signal(message)
        if self.state in OVER:
            sys.exit("a session ended")

    async def send_text(self, text: str, *, on_channel: bool) -> None:
        """Send a text over the data channel or the signaling socket."""
        assert self.channel is not None and self._socket is not None
        if on_channel:
            self.channel.send(text)
        else:
            await self._socket.send(text)


async def flood(url: str) -> None:
    """Send while the last line on stdin is ``on``."""
    clients = [Client(url) for _ in range(FLOODERS)]
    for client in clients:
        await client.join()
    print("playing", flush=True)
    on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(on.set if line.strip() == "on" else on.clear)

    loop.run_in_executor(None, listen)
    manifest = Manifest.model_validate(clients[0].hello["manifest"])
    texts = [(True, text) for text in malformed(wire.CONTROL, manifest)]
    texts += [(False, text) for text in malformed(wire.FROM_PAGE, manifest)]
    due_s = time.monotonic()
    for (on_channel, text), client in zip(
        itertools.cycle(texts), itertools.cycle(clients), strict=False
    ):
        await on.wait()
        due_s = max(due_s + 1 / FLOOD_HZ, time.monotonic() - 0.1)
        await asyncio.sleep(max(0, due_s - time.monotonic()))
        await client.send_text(text, on_channel=on_channel)


def start_flooders(url: str) -> subprocess.Popen[str]:
    """Start the process that sends; it prints a line when its sessions run."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flood", "--flood", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def measure(url: str, seconds: float, repeats: int) -> dict[str, Any]:
    """Play as the fourth session while the flood alternates."""
    bystander = Client(url)
    await bystander.join()
    flooders = start_flooders(url)
    assert flooders.stdin is not None and flooders.stdout is not None
    await asyncio.to_thread(flooders.stdout.readline)
    gaps_ms: dict[str, list[list[float]]] = {"off": [], "on": []}
    try:
        for _ in range(repeats):
            for phase, gaps in gaps_ms.items():
                print(phase, file=flooders.stdin, flush=True)
                await asyncio.sleep(SETTLE_S)
                bystander.arrived_s.clear()
                await asyncio.sleep(seconds)
                arrived_s = list(bystander.arrived_s)
                gaps.append([(b - a) * 1000 for a, b in pairwise(arrived_s)])
        assert flooders.poll() is None, "a flooder's session ended"
    finally:
        flooders.kill()
        flooders.wait()
    result = {phase: summary(gaps) for phase, gaps in gaps_ms.items()}
    return {**result, "p99_ratio": round(result["on"]["p99_ms"] / result["off"]["p99_ms"], 3)}


def summary(gaps_ms: list[list[float]]) -> dict[str, float]:
    """Return the total number of frames, and medians over the repeats."""
    percentiles = [statistics.quantiles(gaps, n=100) for gaps in gaps_ms]
    return {
        "frames": sum(len(gaps) for gaps in gaps_ms),
        "p50_ms": round(statistics.median(run[49] for run in percentiles), 2),
        "p99_ms": round(statistics.median(run[98] for run in percentiles), 2),
    }


def main() -> None:
    """Start the server, measure, and print the figures."""
    if sys.argv[1:2] == ["--flood"]:
        asyncio.run(flood(sys.argv[2]))
        return
    arguments = [float(argument) for argument in sys.argv[1:]]
    seconds, repeats = [*arguments, *(20.0, 5.0)[len(arguments) :]]
    with tempfile.TemporaryDirectory(prefix="lucid-flood-") as folder:
        Path(folder, "four.py").write_text(PORT.format(hello=str(HELLO)))
        Path(folder, "pyproject.toml").write_text('[tool.lucid]\nport = "four:Four"\n')
        server = subprocess.Popen(
            [sys.executable, "-m", "lucid", "serve", folder, "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            print(json.dumps(asyncio.run(measure(url, seconds, int(repeats))), indent=2))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
