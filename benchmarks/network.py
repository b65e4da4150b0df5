"""Measure streaming over a bad network: `python benchmarks/network.py [INPUTS]`.

Chromium plays through a relay in this process that drops, delays and jitters UDP packets both ways.
Each network is measured without playout delay, with the browser's smoothing, and with Lucid's own
choice (``BENCH_PLAYOUT``, read by peers/playout.py). Prints one line of JSON per measurement.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from statistics import median, pstdev
from typing import Any

from latency import BROWSER, CLIENT, FLAGS, Peer, Server
from playwright.async_api import async_playwright

NETWORKS = [(0, 20, 0), (0, 20, 30), (2, 20, 0), (5, 50, 30)]
"""(loss in percent, delay in ms, jitter in ms) in each direction."""
MODES = ("at-once", "smooth", "chosen")
SERVE = ("-m", "peers.playout", "serve", "peers.lucid_port:BenchModel", "--port", "{port}")


class Relay(asyncio.DatagramProtocol):
    """Forwards packets between the browser and one address of the server."""

    def __init__(self, server: tuple[str, int], lost: float, delay_ms: float, jitter_ms: float):
        self.server, self.browser = server, None
        self.lost, self.delay_ms, self.jitter_ms = lost / 100, delay_ms, jitter_ms
        self.random = random.Random(1)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        to = self.browser if address == self.server else self.server
        if address != self.server:
            self.browser = address
        if to is None or self.random.random() < self.lost:
            return
        wait_s = (self.delay_ms + self.random.uniform(0, self.jitter_ms)) / 1000
        asyncio.get_running_loop().call_later(wait_s, self.transport.sendto, data, to)


async def relayed(sdp: str, network: tuple[float, float, float]) -> tuple[str, list[Any]]:
    """Replace the candidates of an answer with a relay to the first; return it and the relays."""
    lines, relays, kept = sdp.splitlines(), [], None
    for index, line in enumerate(lines):
        match = re.match(r"(a=candidate:\S+ \d udp \d+) (\d+\.\d+\.\d+\.\d+) (\d+)(.*)", line)
        if match and kept is None:
            server = (match[2], int(match[3]))
            loop = asyncio.get_running_loop()
            made = Relay(server, *network)
            transport, _ = await loop.create_datagram_endpoint(
                lambda made=made: made, local_addr=(match[2], 0)
            )
            relays.append(transport)
            kept = f"{match[1]} {match[2]} {transport.get_extra_info('sockname')[1]}{match[4]}"
        if line.startswith("a=candidate"):
            lines[index] = kept if match and kept else ""
    return "\r\n".join(line for line in lines if line) + "\r\n", relays


async def play(mode: str, network: tuple[float, float, float], inputs: int) -> dict[str, Any]:
    peer = Peer(
        "lucid", "lucid", (sys.executable, *SERVE), "static/page.css", {"BENCH_PLAYOUT": mode}
    )
    server = Server(peer, "640x360@30")
    relays: list[Any] = []
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
            page = await browser.new_page()

            async def relay(sdp: str) -> str:
                answer, made = await relayed(sdp, network)
                relays.extend(made)
                return answer

            await page.expose_function("relay", relay)
            await page.goto(server.url + peer.page)
            await page.evaluate(CLIENT)
            await page.evaluate("async () => globalThis.client = await join('lucid', {relayed: 1})")
            await asyncio.sleep(6)
            results = await page.evaluate(f"() => client.measure({inputs})")
            await browser.close()
    finally:
        server.close()
        for transport in relays:
            transport.close()
    return {
        "lost_percent": network[0],
        "delay_ms": network[1],
        "jitter_ms": network[2],
        "mode": mode,
        "p50_ms": round(median(results["inputs_ms"]), 1),
        "interval_sd_ms": round(pstdev(results["intervals_ms"]), 1),
        "longest_ms": round(max(results["intervals_ms"])),
        "shown_fps": round(results["shown_fps"], 1),
        "mbit_s": round(results["bitrate_bps"] / 1e6, 2),
    }


async def main() -> None:
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    for network in NETWORKS:
        for mode in MODES:
            print(json.dumps(await play(mode, network, inputs)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
