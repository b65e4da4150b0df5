"""Text and icons over the video can be read on a black, a white and a snow-like picture.

The colours of the text come from computed styles. What is behind it comes from screenshots in which
all text and icons are transparent, so that scrims, blur and the video itself count.
"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, FloatRect, Page, expect

from lucid import (
    InputFile,
    LucidModel,
    LucidSession,
    axis,
    hold,
    image_input,
    input,
    pointer,
    press,
    publish,
)
from tests.servers import serving
from tests.web.conftest import opened
from tests.web.test_page import in_state
from tests.web.test_player import button
from tests.web.test_troubles import boxes

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LYING = {"low": (844, 390)}
SIZES = {"wide": (960, 640), "tall": (390, 844), **LYING}
"""Sizes of the window, by the layout that the page has then."""
SNOW = np.random.default_rng(0).integers(200, 256, (180, 320, 1))
PICTURES = {
    "black": (np.zeros((180, 320, 3), np.uint8), (0, 20)),
    "white": (np.full((180, 320, 3), 255, np.uint8), (248, 256)),
    "snow": (np.repeat(SNOW, 3, 2).astype(np.uint8), (200, 247)),
}
"""Each picture, and the range in which its mean is when the page shows it."""

STICK = "[data-room=low] .frame:not(:has(#starts)) .stick .back"
HIDE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* {
        -webkit-text-fill-color: #0000 !important; stroke: #0000 !important;
        fill: #0000 !important; text-decoration: none !important; text-overflow: clip !important;
    }`);
    document.querySelector("lucid-player").shadowRoot.adoptedStyleSheets.push(sheet);
}"""
SHOWS = """([low, high]) => {
    const root = document.querySelector("lucid-player").shadowRoot;
    return [...root.querySelectorAll("#main-video, .glow")].every((picture) => {
        const context = document.createElement("canvas").getContext("2d");
        context.drawImage(picture, 0, 0, 8, 8);
        const { data } = context.getImageData(2, 2, 4, 4);
        const mean = data.reduce((sum, value) => sum + value, -16 * 255) / 48;
        return low <= mean && mean < high;
    });
}"""
MARKS = """async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const root = document.querySelector("lucid-player").shadowRoot;
    const stage = root.querySelector("#stage").getBoundingClientRect();
    const range = document.createRange();
    const found = [];
    for (const one of root.querySelectorAll("*")) {
        const icon = one.matches("svg.icon");
        const texts = [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
        if (one.closest(":disabled, .unseen")
            || !one.checkVisibility({ visibilityProperty: true })) continue;
        const style = getComputedStyle(one);
        const size = parseFloat(style.fontSize);
        const large = icon || size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        let opacity = 1;
        for (let up = one; up; up = up.parentElement) opacity *= getComputedStyle(up).opacity;
        const own = one.getBoundingClientRect();
        for (const part of icon ? [one] : texts) {
            range.selectNode(part);
            const box = icon ? own : range.getBoundingClientRect();
            const [left, top] = [Math.max(box.left, own.left), Math.max(box.top, own.top)];
            const right = Math.min(box.right, own.right);
            const bottom = Math.min(box.bottom, own.bottom);
            const [x, y] = [(left + right) / 2, (top + bottom) / 2];
            if (x < stage.left || x > stage.right || y < stage.top || y > stage.bottom) continue;
            const hit = root.elementFromPoint(x, y);
            const covered = !hit || !(one.contains(hit) || hit.contains(one));
            if (covered && style.pointerEvents !== "none") continue;
            found.push({
                what: icon ? one.closest("button, label")?.ariaLabel ?? "icon" : part.data.trim(),
                colour: style.color.match(/[\\d.]+/g).map(Number), opacity, large,
                box: [Math.floor(left), Math.floor(top), Math.ceil(right), Math.ceil(bottom)],
            });
        }
    }
    return found;
}"""
"""The text and icons over the picture that can be seen and are not disabled."""

shown = "black"


class PaintedSession(LucidSession["PaintedWorld"]):
    @input(binding=hold(keys=("KeyW",)))
    def walk(self, pressed: bool) -> None: ...

    @input(binding=axis(positive_keys=("KeyD",), negative_keys=("KeyA",)))
    def strafe(self, value: float) -> None: ...

    @input(binding=press(keys=("Space",)))
    def jump(self) -> None: ...

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None: ...

    @input()
    def set_prompt(self, prompt: str) -> None: ...

    @input()
    def set_seed_frame(self, image: InputFile = image_input(size=(320, 180))) -> None: ...

    async def run(self) -> None:
        while self.ctx.running:
            await self.ctx.publish("main", PICTURES[shown][0])


class PaintedWorld(LucidModel):
    name = "painted-world"
    repo = "org/painted"
    licence = "mit"
    session_cls = PaintedSession
    outputs = (publish.video(name="main", width=320, height=180, fps=6),)
    presets = {"A start": {"set_prompt": {"prompt": "dusk"}}}  # noqa: RUF012 - as a port writes it


def luminance(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the relative luminance of WCAG 2 of (..., 3) sRGB values from 0 to 255."""
    part = rgb / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    weighted: npt.NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return weighted


def contrast(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Return the lowest contrast between the colours of two arrays, pixel by pixel."""
    lights = luminance(one), luminance(other)
    return float(((np.maximum(*lights) + 0.05) / (np.minimum(*lights) + 0.05)).min())


async def stage_of(page: Page) -> tuple[int, int, npt.NDArray[np.float64]]:
    """Return where the picture starts, and the (height, width, 3) pixels that are shown there."""
    [[left, top, right, bottom]] = await boxes(page, "#stage")
    area: FloatRect = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    shot = Image.open(io.BytesIO(await page.screenshot(clip=area)))
    return int(left), int(top), np.asarray(shot.convert("RGB"), np.float64)


async def unreadable(
    page: Page, state: str, *expected: str, sizes: dict[str, tuple[int, int]] = SIZES
) -> list[str]:
    """Return what is hard to read or missing, at each size and on each picture.

    Text needs a contrast of 4.5. Icons, large text and the stick need 3.
    """
    global shown
    found = []
    for shown, (_, mean) in PICTURES.items():
        await page.wait_for_function(SHOWS, arg=list(mean), polling=100)
        for room, (width, height) in sizes.items():
            await page.set_viewport_size({"width": width, "height": height})
            await expect(page.locator(".player")).to_have_attribute("data-room", room)
            where = f"{state}, {width}x{height} on {shown}"
            marks: list[dict[str, Any]] = await page.evaluate(MARKS)
            x, y, behind = await stage_of(page)
            found += [f"{where}: {one} is not there" for one in expected if not any(
                re.search(one, mark["what"]) for mark in marks)]  # fmt: skip
            for mark in marks:
                left, top, right, bottom = mark["box"]
                under = behind[max(top - y, 0) : bottom - y, max(left - x, 0) : right - x]
                *colour, alpha = [*mark["colour"], 1.0][:4]
                opaque = alpha * mark["opacity"]
                over = opaque * np.array(colour) + (1 - opaque) * under
                ratio = contrast(over, under)
                if ratio < (3 if mark["large"] else 4.5):
                    found.append(f"{where}: {mark['what']} has {ratio:.2f}")
            for left, top, right, bottom in await boxes(page, STICK):
                stick = behind[int(top) : int(bottom), int(left) : int(right)].reshape(-1, 3)
                light = np.sort(luminance(stick))
                if light[-len(light) // 10] + 0.05 < 3 * (light[len(light) // 10] + 0.05):
                    found.append(f"{where}: the stick cannot be seen")
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(PaintedWorld) as server:
        yield server.url


async def test_text_and_icons_stand_out_from_a_black_a_white_and_a_snowy_picture(
    browser: Browser, url: str
) -> None:
    async with opened(browser, url, has_touch=True, reduced_motion="reduce") as page:
        await in_state(page, "running")
        await page.evaluate(HIDE)
        await expect(page.locator("#fps")).to_contain_text("fps")
        assert await unreadable(page, "first", "Live", "fps", "panel", "start", sizes=LYING) == []
        await button(page, "Just play").click()
        await page.locator("#stage").tap()
        await page.wait_for_selector(".stick .front")
        await button(page, "Record").click()
        await button(page, "Figures").click()
        assert await unreadable(page, "playing", "painted-world", "Live", "REC") == []
        link = await page.evaluate("document.querySelector('lucid-player').view.hello.watch_url")
        async with opened(browser, link, reduced_motion="reduce") as other:
            await in_state(other, "running")
            await other.evaluate(HIDE)
            assert await unreadable(other, "watching", "org/painted", sizes=LYING) == []
