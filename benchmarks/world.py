"""Measure how the bundled world plays: `python benchmarks/world.py [SECONDS [PICTURE]]`.

Starts `lucid serve` with the landscape, opens it in Chromium on the same machine, and walks and
turns for some seconds. Prints frames per second, the time to the first frame and the memory of the
server as JSON. PICTURE is the file for a screenshot at the end.

`python benchmarks/world.py rewind [SECONDS]` plays it without a browser instead. It then goes back
by 10 s a few times, and prints how long each took until the picture of that time was received.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Page, sync_playwright

from lucid.client.async_world import AsyncWorld

FPS = 24
BROWSER = shutil.which("chromium") or shutil.which("chrome")
WORLD = str(Path(__file__).resolve().parent.parent / "examples" / "landscape")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
SHOWN = """() => document.querySelector("lucid-player")?.shadowRoot?.querySelector("video")
    ?.getVideoPlaybackQuality().totalVideoFrames ?? 0"""


def play(page: Page, url: str, seconds: float, picture: str | None) -> dict[str, float]:
    """Play for some seconds; return the figures."""
    opened = time.monotonic()
    page.goto(url)
    while page.evaluate(SHOWN) < 1:  # the page's content policy blocks wait_for_function
        if time.monotonic() - opened > 60:
            raise TimeoutError("the page shows no frame")
        time.sleep(0.02)
    first_s = time.monotonic() - opened
    time.sleep(2)
    page.get_by_role("button", name="Just play").click()
    page.locator("video").click()
    began, before = time.monotonic(), page.evaluate(SHOWN)
    turn = 0
    while time.monotonic() - began < seconds:
        key = ("KeyW", "ArrowRight", "KeyW", "ArrowLeft")[turn % 4]
        page.keyboard.down(key)
        time.sleep(1.0 if key == "KeyW" else 0.4)
        page.keyboard.up(key)
        turn += 1
    shown = page.evaluate(SHOWN) - before
    fps = shown / (time.monotonic() - began)
    if picture:
        page.screenshot(path=picture)
    return {"first_frame_s": round(first_s, 2), "frames_a_second": round(fps, 1)}


class Walker(AsyncWorld):
    """A client that knows the index of the newest frame."""

    index = -1

    def on_output(self, message: str | bytes) -> None:
        """Note the index of a receipt."""
        value = json.loads(message) if isinstance(message, str) else {}
        if value.get("type") == "receipt":
            self.index = value["index"]

    async def until_index(self, most: int) -> None:
        """Wait for a frame with at most this index."""
        await self.until(lambda: self.index <= most, 60)

    async def walk(self, seconds: float) -> None:
        """Walk and turn."""
        end_s, keys = time.monotonic() + seconds, ("forward", "turn_right", "forward", "turn_left")
        for name in cycle(keys):
            self.send(name, pressed=True)
            await asyncio.sleep(min(max(0.0, end_s - time.monotonic()), 1.0))
            self.send(name, pressed=False)
            if time.monotonic() >= end_s:
                return


async def rewind(url: str, seconds: float) -> dict[str, object]:
    """Walk for some seconds, and go back by 10 s several times; return the times."""
    player = Walker(url)
    times_ms: list[int] = []
    await player.connect()
    await player.until(lambda: player.state == "ready", 60)
    await player.use_socket()
    await player.until(lambda: player.state == "running", 60)
    path = f"{player.base}api/sessions/{player.hello['session_id']}/rewind"
    async with httpx.AsyncClient(headers={"origin": player.origin}) as http:
        await player.walk(seconds)
        last = player.index
        for _ in range(5):
            frame, began_s = player.index - 10 * FPS, time.monotonic()
            (await http.post(f"{path}/{frame}")).raise_for_status()
            await player.until_index(frame + 1)
            times_ms.append(round((time.monotonic() - began_s) * 1000))
            await player.walk(11)
    await player.close()
    return {"frames": last, "rewind_ms": times_ms}


def main() -> None:
    """Print the figures."""
    rewinds = sys.argv[1:2] == ["rewind"]
    if rewinds:
        del sys.argv[1]
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    picture = sys.argv[2] if len(sys.argv) > 2 else None
    server = subprocess.Popen(
        [sys.executable, "-m", "lucid", "serve", WORLD, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        if rewinds:
            print(json.dumps(asyncio.run(rewind(url, seconds))), flush=True)
            return
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            results = play(page, url, seconds, picture)
            browser.close()
        whole = psutil.Process(server.pid)  # the model runs in its own process
        memory = sum(p.memory_info().rss for p in [whole, *whole.children(recursive=True)]) / 1e6
        print(json.dumps(results | {"server_mb": round(memory)}), flush=True)
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
