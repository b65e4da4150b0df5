"""Measure how far sound and picture are apart in Chromium, and how many gaps the sound has.

    python benchmarks/sync.py [--seconds 20] [--repeats 2]

A port flashes white and beeps at once, each second, over a steady tone. The page notes when a flash
is shown and when the beep leaves the decoder. It does so over both wires, with and without inputs,
which may start steps early. Positive offsets mean that the sound is late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from statistics import median
from typing import Any

from latency import BROWSER, FLAGS, Peer, Server
from playwright.async_api import async_playwright

HERE = Path(__file__).resolve().parent
CLIENT = (HERE / "sync.js").read_text("utf-8")
SERVE = ("-m", "lucid", "serve", "peers.flash_port:FlashModel", "--port", "{port}")
INPUTS_PER_S = 6


async def play(wire: str, seconds: float, inputs_per_s: float) -> dict[str, Any]:
    """Play once; return the figures."""
    server = Server(
        Peer("lucid", "lucid", (sys.executable, *SERVE), "static/page.css"), "640x360@30"
    )
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
            page = await browser.new_page()
            await page.goto(server.url + "static/page.css")
            await page.evaluate(CLIENT + "globalThis.measure = measure;")
            found = await page.evaluate(f"measure('{wire}', {seconds}, {inputs_per_s})")
            await browser.close()
    finally:
        server.close()
    offsets = [
        min((beep - flash for beep in found["beeps_ms"]), key=abs) for flash in found["flashes_ms"]
    ] if found["beeps_ms"] else []  # fmt: skip
    return {
        "wire": found["wire"],
        "inputs_per_s": inputs_per_s,
        "offset_ms": round(median(offsets), 1) if offsets else None,
        "offsets_ms": [round(offset) for offset in offsets],
        "gaps_ms": [round(gap) for gap in found["gaps_ms"]],
        "fps": round(found["frames"] / seconds, 1),
        "heard": round(found["heard_s"] / seconds, 2),
        "load": round(os.getloadavg()[0], 1),
    }


async def main() -> None:
    """Run all cases, interleaved, and print one JSON line per run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    for _ in range(options.repeats):
        for inputs_per_s in (0, INPUTS_PER_S):
            for wire in ("auto", "socket"):
                print(json.dumps(await play(wire, options.seconds, inputs_per_s)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
