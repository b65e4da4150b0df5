"""The page works without optional browser features, and every control is reachable by keyboard."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from lucid import LucidModel, LucidSession, publish
from tests.servers import serving
from tests.web.conftest import opened
from tests.web.test_page import hears, in_state
from tests.web.test_player import button, is_red
from tests.web.world import ListeningWorld, heard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LACKS = """
for (const [place, name] of [
    [HTMLVideoElement.prototype, "requestVideoFrameCallback"],
    [Element.prototype, "requestPointerLock"],
    [Element.prototype, "requestFullscreen"],
    [Document.prototype, "fullscreenEnabled"],
    [Navigator.prototype, "getGamepads"],
    [Navigator.prototype, "mediaDevices"],
    [Navigator.prototype, "clipboard"],
    [RTCRtpReceiver.prototype, "jitterBufferTarget"],
    [CanvasRenderingContext2D.prototype, "filter"],
    [globalThis, "MediaRecorder"],
    [globalThis, "indexedDB"],
]) {
    if (!(name in place)) throw new Error(`${name} is not there to be taken away`);
    delete place[name];
}
"""
"""Features that some current browsers lack, or provide only with HTTPS."""


KEEP_AUDIO = """
globalThis.audios = [];
globalThis.Audio = class extends Audio {
    constructor(...given) {
        super(...given);
        audios.push(this);
    }
};
"""
"""Keep references to the page's audio elements, which are not in the document."""


class SoundingSession(LucidSession["SoundingWorld"]):
    async def run(self) -> None:
        tone = np.sin(np.arange(1600) * 2 * np.pi * 440 / 48_000).astype(np.float32)
        while self.ctx.running:
            await self.ctx.publish("sound", tone)
            await self.ctx.publish("main_video", np.zeros((96, 128, 3), np.uint8))


class SoundingWorld(LucidModel):
    name = "sounding-world"
    session_cls = SoundingSession
    outputs = (
        publish.video(name="main_video", width=128, height=96, fps=12),
        publish.audio(name="sound", sample_rate_hz=48_000),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(ListeningWorld) as server:
        yield server.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, url) as page:
        await in_state(page, "running")
        yield page


async def test_a_browser_that_lacks_what_is_new_plays_all_the_same(
    browser: Browser, url: str
) -> None:
    async with opened(browser, "about:blank") as page:
        await page.add_init_script(LACKS)
        await page.goto(url)
        await in_state(page, "running")
        heard.clear()
        await page.focus("#stage")
        await page.keyboard.down("KeyW")
        await hears(("move", True))
        await is_red(page)
        await page.keyboard.up("KeyW")
        for offered in ("Fullscreen", "Use the webcam"):
            await expect(button(page, offered)).to_have_count(0)
        await expect(page.locator("#hint")).to_be_hidden()
        await button(page, "Figures").click()
        await expect(page.locator("[data-figure='Bit rate']")).to_contain_text("Mbit/s")
        await expect(page.locator("[data-figure='Frames shown']")).to_have_text("\N{EN DASH}")
        await page.get_by_role("button", name="Crash").click()
        await page.get_by_role("button", name="Copy report").click()
        report = page.get_by_role("textbox", name="Text to copy")  # shown if there is no clipboard
        await expect(report).to_have_value(re.compile("error: .*out of memory"))


async def test_a_browser_without_webrtc_plays_over_the_socket(browser: Browser, url: str) -> None:
    async with opened(browser, "about:blank") as page:
        await page.add_init_script("delete globalThis.RTCPeerConnection")
        await page.goto(url)
        await in_state(page, "running")
        await expect(page.locator("#main-video")).not_to_have_js_property("videoWidth", 0)


async def test_the_keyboard_alone_reaches_every_control_and_shows_where_it_is(page: Page) -> None:
    await page.focus("#stage")
    focused = """() => {
        const element = document.querySelector("lucid-player").shadowRoot.activeElement;
        if (!element) return null;
        const shown = element.matches("input[type=file]") ? element.closest(".drop")
            .querySelector(".invitation") : element;
        const { outlineStyle, outlineWidth } = getComputedStyle(shown);
        element.toggleAttribute("data-reached", true);
        return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    }"""
    for _ in range(80):
        await page.keyboard.press("Tab")
        visible = await page.evaluate(focused)
        if visible is None:
            break
        assert visible
    left = await page.evaluate(
        """() => [...document.querySelector("lucid-player").shadowRoot.querySelectorAll(
            "button, input, select, textarea, summary, [tabindex='0']",
        )].filter((one) => !one.matches(":disabled, [data-reached], #stage")
            && one.checkVisibility()).map((one) => one.outerHTML.slice(0, 100))"""
    )
    assert left == []


async def test_nothing_moves_by_itself_for_who_asks_for_that(page: Page) -> None:
    await button(page, "Record").click()
    moving = """() => document.querySelector("lucid-player").shadowRoot.getAnimations().length"""
    await expect(page.get_by_text("REC 0:0")).to_be_visible()
    assert await page.evaluate(moving) > 0
    await page.emulate_media(reduced_motion="reduce")
    assert await page.evaluate(moving) == 0
    await page.emulate_media(reduced_motion="no-preference")
    async with page.expect_download():
        await button(page, "Stop and save the recording").click()


async def test_the_player_fills_the_screen_and_comes_back(page: Page) -> None:
    await button(page, "Fullscreen").click()
    await expect(button(page, "Leave fullscreen")).to_be_visible()
    assert await page.evaluate("document.fullscreenElement.localName") == "lucid-player"
    await button(page, "Leave fullscreen").click()
    await expect(button(page, "Fullscreen")).to_be_visible()


async def test_a_world_with_sound_is_heard_until_it_is_muted(browser: Browser) -> None:
    energy = """async () => {
        const report = await document.querySelector("lucid-player").session.statistics();
        return [...report.values()].find(({type, kind}) =>
            type === "inbound-rtp" && kind === "audio")?.totalAudioEnergy ?? 0;
    }"""
    async with serving(SoundingWorld) as server, opened(browser, "about:blank") as page:
        await page.add_init_script(KEEP_AUDIO)
        await page.goto(server.url)
        await in_state(page, "running")
        sound = page.locator("#sound")
        if await sound.get_attribute("aria-label") == "Unmute":  # the browser requires a click
            await sound.click()
        await expect(sound).to_have_attribute("aria-label", "Mute")
        await page.wait_for_function(f"async () => await ({energy})() > 0")
        audible = "() => audios.length === 1 && !audios[0].paused && !audios[0].muted"
        await page.wait_for_function(audible)
        await sound.click()
        await page.wait_for_function("() => audios.every((audio) => audio.muted)")
        await expect(sound).to_have_attribute("aria-label", "Unmute")
        await sound.click()
        await page.wait_for_function(audible)
