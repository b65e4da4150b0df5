"""The whole way from a repo id on the Hub to a world that is played in a real browser."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.cli.running import lucid, lucid_serve
from tests.hub_server import hub_server
from tests.waits import LIMIT_S
from tests.web.conftest import opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DATA = Path(__file__).resolve().parent.parent / "data" / "hub"
REPO = "Overworld/Waypoint-1.5-1B"
LAMPS, FORWARD = 11, 0  # nine buttons, mouse, scroll
GRAB = """(video) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Scaffold a Waypoint port from recorded metadata, check it and serve it on the stub engine."""
    folder = tmp_path_factory.mktemp("ports")
    with hub_server(DATA) as hub:
        home = str(folder / "hf")
        new = lucid(
            "new", "waypoint", "--from-hf", REPO,
            cwd=folder, HF_ENDPOINT=hub.endpoint, HF_HOME=home,
        )  # fmt: skip
        assert new.returncode == 0, new.stderr
        assert not [path for path in hub.whole if path.endswith(".safetensors")]
        assert not [path for _, path in hub.requests if path.endswith(".py")]
    check = lucid("check", "waypoint", cwd=folder)
    assert check.returncode == 0, check.stdout
    with lucid_serve("waypoint", "--stub", cwd=folder) as (url, _):
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, url) as page:
        await playing(page)
        yield page


async def playing(page: Page) -> None:
    await expect(page.locator("lucid-player")).to_have_attribute("data-state", "running")
    await page.get_by_role("button", name="Just play", exact=True).click()
    await picture(page, lambda rgb: rgb.mean() > 20)


async def grab(page: Page) -> np.ndarray:
    """Return the video's current picture, (H, W, 3) uint8."""
    data = base64.b64decode(await page.locator("#main-video").evaluate(GRAB))
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


async def picture(page: Page, condition: Callable[[np.ndarray], bool]) -> np.ndarray:
    """Wait for a picture that meets the condition, and return it."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            rgb = await grab(page) if await has_video(page) else np.zeros((1, 1, 3), np.uint8)
            if condition(rgb):
                return rgb
            await asyncio.sleep(0.05)


async def still(page: Page) -> np.ndarray:
    """Return the picture once it has stopped changing, after pending frames have arrived."""
    async with asyncio.timeout(LIMIT_S):
        before = await picture(page, lambda rgb: len(rgb) > 1)
        while True:
            await asyncio.sleep(0.5)
            now = await grab(page)
            if np.abs(now.astype(int) - before).mean() < 0.5:
                return now
            before = now


async def has_video(page: Page) -> bool:
    return bool(await page.locator("#main-video").evaluate("(video) => video.videoWidth > 0"))


def lamp(rgb: np.ndarray, index: int) -> bool:
    """Return whether a lamp of the stub engine is lit: lit lamps are coloured, others grey."""
    height, width, _ = rgb.shape
    left = int((index + 0.2) * width / LAMPS)
    cell = rgb[int(height * 0.92) : int(height * 0.94), left : left + width // LAMPS // 2]
    return bool(np.ptp(cell.mean(axis=(0, 1))) > 100)


def sun_x(rgb: np.ndarray) -> float:
    """Return the sun's position, from 0 (left) to 1 (right), or NaN if it is not visible."""
    sky = rgb[: rgb.shape[0] // 2].astype(int)
    orange = (sky[..., 0] > 200) & (sky[..., 1] > 140) & (sky[..., 2] < 130)
    return float(np.nonzero(orange)[1].mean() / rgb.shape[1]) if orange.sum() > 500 else np.nan


async def test_a_held_key_moves_the_world_until_it_is_released(page: Page) -> None:
    assert not lamp(await grab(page), FORWARD)
    await page.keyboard.down("KeyW")
    await picture(page, lambda rgb: lamp(rgb, FORWARD))
    await page.keyboard.up("KeyW")
    await picture(page, lambda rgb: not lamp(rgb, FORWARD))


async def test_the_locked_pointer_turns_the_view(page: Page) -> None:
    before = sun_x(await grab(page))
    await page.locator("#stage").click(position={"x": 300, "y": 200})
    await expect(page.locator("#stage")).to_be_focused()
    await page.wait_for_timeout(300)  # headless browsers fire no event for the pointer lock
    for step in range(1, 11):
        await page.mouse.move(500 + 20 * step, 300)
    await picture(page, lambda rgb: not abs(sun_x(rgb) - before) < 0.03)


async def test_an_uploaded_image_becomes_the_world_and_a_reload_starts_a_fresh_one(
    page: Page, tmp_path: Path
) -> None:
    red = tmp_path / "red.png"
    Image.new("RGB", (200, 200), (220, 20, 20)).save(red)

    def is_red(rgb: np.ndarray) -> bool:
        color = rgb[rgb.shape[0] // 5 : rgb.shape[0] // 3].mean(axis=(0, 1))
        return bool(color[0] > 150 and color[1] < 80 and color[2] < 80)

    assert not is_red(await grab(page))
    await page.locator("[data-input=set_seed_frame] input[type=file]").set_input_files(red)
    await picture(page, is_red)
    await page.reload()
    await playing(page)
    await picture(page, lambda rgb: not is_red(rgb))
    await expect(page.locator("[data-error-code]")).to_have_count(0)


async def test_pause_stops_the_picture_and_resume_goes_on(page: Page) -> None:
    await page.locator("#pause").click()
    await expect(page.locator("lucid-player")).to_have_attribute("data-state", "paused")
    paused = await still(page)
    await page.locator("#pause").click()
    await expect(page.locator("lucid-player")).to_have_attribute("data-state", "running")
    await picture(page, lambda rgb: bool((rgb != paused).any()))
