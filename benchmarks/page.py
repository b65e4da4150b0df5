"""Measure how soon the player page is usable: `python benchmarks/page.py [RUNS]`.

Starts `lucid serve` with examples/hello and opens its page RUNS times (default 10) in a new
Chromium on the same machine. Prints [minimum, median, maximum] as JSON, in ms from the start of the
navigation:

- load: the browser's load event
- drawn: the player is on the page
- answers: the help is open, after pressing `?` when the player is drawn
- plays: the controls are enabled and inputs are accepted
- pictured: the first frame is shown
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from playwright.async_api import async_playwright

BROWSER = shutil.which("chromium") or shutil.which("chrome")
WORLD = str(Path(__file__).resolve().parent.parent / "examples" / "hello")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
WATCH = """(() => {
    const marks = (globalThis.marks = {});
    const root = () => document.querySelector("lucid-player")?.shadowRoot;
    const steps = {
        load: () => document.readyState === "complete",
        drawn: () => root()?.querySelector("#stage"),
        answers: () => root()?.querySelector("dialog[open]"),
        plays: () => root()?.querySelector("#keys button:enabled"),
        pictured: () => root()?.querySelector("video")?.readyState >= 2,
    };
    const look = () => {
        for (const [name, reached] of Object.entries(steps)) {
            if (name in marks || !reached()) continue;
            marks[name] = performance.now();
            if (name === "drawn") dispatchEvent(new KeyboardEvent("keydown", {key: "?"}));
        }
        if (Object.keys(steps).length > Object.keys(marks).length) setTimeout(look, 2);
        else globalThis.done = true;
    };
    look();
})()"""


async def opened(url: str) -> dict[str, float]:
    """Load the page in a browser with an empty cache; return the times."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        await page.add_init_script(WATCH)
        await page.goto(url)
        await page.wait_for_function("() => globalThis.done")
        marks: dict[str, float] = await page.evaluate("marks")
        await browser.close()
    return marks


def main() -> None:
    """Start the server, load the page, and print the figures."""
    command = [sys.executable, "-m", "lucid", "serve", WORLD, "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        url = server.stdout.readline().strip()
        while "ready to play" not in server.stderr.readline():
            pass
        count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
        runs = [asyncio.run(opened(url)) for _ in range(count)]
    finally:
        server.terminate()
        server.wait(10)
    results: dict[str, object] = {
        name: [round(of([run[name] for run in runs])) for of in (min, median, max)]
        for name in ("load", "drawn", "answers", "plays", "pictured")
    }
    print(json.dumps({**results, "runs": count, "loadavg": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
