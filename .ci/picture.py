"""Record README's animation: run `python .ci/picture.py` with the `dev` extra and Chromium.

It serves the bundled world, plays a short script in the player page, and writes docs/play.webp:
12 seconds at 8 frames a second.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "play.webp"
VIEWPORT = {"width": 1200, "height": 675}
SIZE = (800, 450)
FPS = 8
SCRIPT = [
    # seconds, what happens, the key or the name of a button
    (0.5, "down", "KeyW"),
    (2.5, "down", "ArrowRight"),
    (3.0, "up", "ArrowRight"),
    (4.5, "click", "cherry blossom"),
    (6.5, "down", "ArrowLeft"),
    (7.2, "up", "ArrowLeft"),
    (8.0, "click", "snow at dusk"),
    (8.2, "down", "Space"),
    (9.4, "up", "Space"),
    (11.5, "up", "KeyW"),
]
SECONDS = 12.0


def main() -> None:
    """Serve, play, write the picture."""
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "lucid", "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            frames, durations_ms = record(server.stdout.readline().strip())
        finally:
            server.terminate()
            server.wait(timeout=20)
    frames[0].save(
        PICTURE,
        save_all=True,
        append_images=frames[1:],
        duration=durations_ms,
        loop=0,
        quality=60,
        method=6,
    )
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1e6:.1f} MB, {len(frames)} frames")


def record(url: str) -> tuple[list[Image.Image], list[int]]:
    """Play the script at `url`; return the pictures and how long each is shown, in ms."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"],
        )
        page = browser.new_page(viewport=VIEWPORT, color_scheme="dark")
        page.goto(url)
        expect(page.locator("lucid-player")).to_have_attribute(
            "data-state", "running", timeout=20_000
        )
        page.wait_for_timeout(1000)
        page.get_by_role("button", name="Just play").click()
        page.focus("#stage")
        frames, starts_s = play(page)
        browser.close()
    ends_s = [*starts_s[1:], SECONDS]
    return frames, [round(1000 * (b - a)) for a, b in zip(starts_s, ends_s, strict=True)]


def play(page: Page) -> tuple[list[Image.Image], list[float]]:
    """Run the script and take pictures meanwhile; return them and their times in seconds."""
    frames: list[Image.Image] = []
    starts_s: list[float] = []
    script, start_s = list(SCRIPT), monotonic()
    while (now_s := monotonic() - start_s) < SECONDS:
        while script and script[0][0] <= now_s:
            _, what, value = script.pop(0)
            if what == "click":
                page.get_by_role("button", name=value).click()
                page.focus("#stage")
            else:
                (page.keyboard.down if what == "down" else page.keyboard.up)(value)
        starts_s.append(now_s)
        shot = page.screenshot(type="jpeg", quality=95)
        image = Image.open(io.BytesIO(shot)).convert("RGB")
        frames.append(image.resize(SIZE, Image.Resampling.LANCZOS))
        page.wait_for_timeout(max(0, 1000 * (len(frames) / FPS - (monotonic() - start_s))))
    starts_s[0] = 0.0
    return frames, starts_s


if __name__ == "__main__":
    main()
