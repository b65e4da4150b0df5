"""The camera and the microphone of a real browser, whose devices are fake, over both wires."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.ports import CapturesModel
from tests.servers import serving
from tests.waits import until
from tests.web.conftest import opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

COUNT_REQUESTS = """
  window.tracks = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await ask(wish);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
"""


def switch(page: Page, name: str) -> Locator:
    return page.locator(f"[data-input={name}] [role=switch]")


async def states(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("tracks.map((track) => track.readyState)")
    return found


@pytest.mark.parametrize("query", ["", "?wire=ws"])
async def test_the_model_sees_the_camera_while_it_is_on(browser: Browser, query: str) -> None:
    async with serving(CapturesModel) as server, opened(browser, "about:blank") as page:
        await page.add_init_script(COUNT_REQUESTS)
        await page.goto(server.url + query)
        await expect(page.locator("lucid-player")).to_have_attribute("data-state", "running")
        port = CapturesModel.last
        assert await states(page) == []
        await expect(page.locator("#capturing")).to_have_count(0)
        await switch(page, "see").check()
        await expect(page.locator("#capturing")).to_have_text("Camera on")
        await until(lambda: len(port.seen) > 5)
        frame = port.seen[-1]
        assert frame is not None and frame.pixels.std() > 20
        await switch(page, "hear").check()
        await expect(page.locator("#capturing")).to_have_text("Camera and microphone on")
        await until(lambda: loudest(port) > 0.05)
        await switch(page, "see").uncheck()
        await until(lambda: port.seen[-1] is None)
        assert await states(page) == ["ended", "live"]
        await expect(page.locator("#capturing")).to_have_text("Microphone on")
        await page.evaluate("tracks[1].dispatchEvent(new Event('ended'))")
        await until(lambda: port.heard[-1] is None)
        await expect(page.locator("[data-error-code=microphone]")).to_contain_text("has stopped")
        await expect(page.locator("#capturing")).to_have_count(0)
        assert await states(page) == ["ended", "ended"]


def loudest(port: CapturesModel) -> float:
    sounds = [sound.samples for sound in port.heard if sound is not None]
    return max((float(np.abs(samples).max(initial=0)) for samples in sounds), default=0.0)
