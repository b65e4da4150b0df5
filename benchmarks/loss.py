"""Measure inputs and frames that survive loss: `python benchmarks/loss.py [PRESSES [UPLOADS]]`.

Chromium plays 640x360 at 30 fps with Lucid's client. First it presses a key and a button and moves
the pointer, through a relay that delays each packet by 50 ms, with and without a loss of 5 %, both
ways. Then, on loopback, windows of 4 s with an upload of 10 MB alternate with windows without.
Prints JSON, with the load of the machine before and after.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from latency import BROWSER, FLAGS, Peer, Server
from network import relayed
from playwright.async_api import Page, async_playwright

PAGE = Path(__file__).with_suffix(".js").read_text("utf-8")
SERVE = ("-m", "lucid", "serve", "peers.held_port:HeldModel", "--port", "{port}")
LOSSES_PERCENT, DELAY_MS = (5, 0), 50
"""In each direction."""
FPS = 30
UPLOAD_BYTES, WINDOW_S = 10_000_000, 4


@asynccontextmanager
async def playing(network: tuple[int, int, int] | None) -> AsyncIterator[Page]:
    """Play in a page, through the relay if there is a network."""
    server = Server(
        Peer("lucid", "lucid", (sys.executable, *SERVE), "static/page.css"), f"640x360@{FPS}"
    )
    relays: list[Any] = []

    async def relay(sdp: str) -> str:
        answer, made = await relayed(sdp, network)
        relays.extend(made)
        return answer

    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
            page = await browser.new_page()
            await page.goto(f"{server.url}static/page.css")
            await page.evaluate(PAGE)
            if network:
                await page.expose_function("relay", relay)
                await page.evaluate("() => relayPackets()")
            await page.evaluate("() => play.start()")
            yield page
            await browser.close()
    finally:
        server.close()
        for transport in relays:
            transport.close()


def p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * len(values))]


async def lossy(presses: int) -> None:
    """Press in four runs, with and without loss in turns; print what arrived."""
    runs: dict[int, list[dict[str, Any]]] = {loss: [] for loss in LOSSES_PERCENT}
    for loss in 2 * LOSSES_PERCENT:
        async with playing((loss, DELAY_MS, 0)) as page:
            runs[loss].append(await page.evaluate(f"() => play.press({presses // 2})"))
    for loss, results in runs.items():
        found = {
            "loss_percent": loss,
            "pressed": 2 * (presses // 2),
            **{name: sum(run[name] for run in results) for name in ("holds", "presses", "moved")},
            "stuck": sum(run["held"] for run in results),
            "wires": [run["wire"] for run in results],
            "frames": sum(run["fps"] for run in results) / len(results) / FPS,
            "gap_p99_ms": p99([gap for run in results for gap in run["gaps_ms"]]),
        }
        print(json.dumps(found), flush=True)


async def uploading(uploads: int) -> None:
    """Play with and without an upload in turns; print the gaps between the frames."""
    gaps: dict[int, list[float]] = {UPLOAD_BYTES: [], 0: []}
    async with playing(None) as page:
        for _ in range(uploads):
            for size, found in gaps.items():
                window = await page.evaluate(f"() => play.upload({size}, {WINDOW_S})")
                found += window["gaps_ms"]
    busy_ms, idle_ms = map(p99, gaps.values())
    print(json.dumps({"files": window["files"], "p99_ms": busy_ms, "ratio": busy_ms / idle_ms}))


async def main() -> None:
    given = [int(word) for word in sys.argv[1:]]
    presses, uploads = given + [1000, 8][len(given) :]
    print(json.dumps({"load": os.getloadavg()[0]}), flush=True)
    await lossy(presses)
    await uploading(uploads)
    print(json.dumps({"load": os.getloadavg()[0]}))


if __name__ == "__main__":
    asyncio.run(main())
