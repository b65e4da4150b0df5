"""A port in its own process, shown in a browser before and after an edit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, expect

from lucid._target import PortLocation
from lucid.runtime.process_worker import ProcessWorker
from tests.servers import serving_worker
from tests.web.conftest import opened
from tests.web.test_waypoint import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

COLOURS = [(200, 40, 60), (30, 150, 70), (40, 60, 210), (128, 128, 128)]
SOURCE = f"""
import numpy as np
from lucid import LucidModel, LucidSession, hold, input, publish

QUARTERS = np.array({COLOURS}, np.uint8).reshape(2, 2, 3).repeat(80, axis=0).repeat(80, axis=1)

class Session(LucidSession["Model"]):
    held = False

    @input(binding=hold(keys=("KeyW",)))
    def walk(self, pressed: bool) -> None:
        self.held = pressed

    async def run(self):
        while self.ctx.running:
            frame = QUARTERS[::-1] if self.held else QUARTERS
            frame = (frame / 127.5 - 1).astype(np.float32).transpose(2, 0, 1)
            await self.ctx.publish("main_video", frame)

class Model(LucidModel):
    name = "quarters"
    session_cls = Session
    outputs = (
        publish.video(
            name="main_video", width=160, height=160, fps=30, layout="CHW", pixel_range="[-1,1]"
        ),
    )
"""


def shows(colours: list[tuple[int, int, int]]) -> Callable[[np.ndarray], bool]:
    def check(rgb: np.ndarray) -> bool:
        if rgb.shape != (160, 160, 3):
            return False
        centres = rgb[40::80, 40::80].reshape(4, 3).astype(int)
        return bool(np.abs(centres - colours).max() <= 6)

    return check


async def test_colours_are_the_ports_and_an_edit_shows_in_the_same_page(
    browser: Browser, tmp_path: Path
) -> None:
    port = tmp_path / "quarters_port.py"
    port.write_text(SOURCE)
    location = PortLocation(tmp_path, "quarters_port", "Model")
    worker = await asyncio.to_thread(ProcessWorker, location, reload=True)
    async with serving_worker(worker) as server, opened(browser, server.url) as page:
        await expect(page.locator("lucid-player")).to_have_attribute("data-state", "running")
        await picture(page, shows(COLOURS))
        await page.evaluate("window.stays = true")
        await page.focus("#stage")
        await page.keyboard.down("KeyW")
        await picture(page, shows([*COLOURS[2:], *COLOURS[:2]]))

        port.write_text(SOURCE.replace("(200, 40, 60)", "(230, 220, 20)"))
        edited = [(230, 220, 20), *COLOURS[1:]]
        await expect(page.locator("lucid-player")).to_have_attribute("data-state", "loading")
        await expect(page.locator("lucid-player")).to_have_attribute("data-state", "running")
        await picture(page, shows([*edited[2:], *edited[:2]]))  # the key is still held
        await page.keyboard.up("KeyW")
        await picture(page, shows(edited))
        assert await page.evaluate("window.stays")
