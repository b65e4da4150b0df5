"""The page at the sizes of a laptop, a tablet and a phone: nothing covers what it should not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.servers import serving
from tests.web.conftest import opened
from tests.web.test_page import in_state
from tests.web.test_player import button
from tests.web.test_troubles import boxes, on_top
from tests.web.world import ListeningWorld

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LYING: ViewportSize = {"width": 844, "height": 390}
SMALL_LYING: ViewportSize = {"width": 568, "height": 320}
UPRIGHT: ViewportSize = {"width": 390, "height": 844}
SMALL = """() => {
    const root = document.querySelector("lucid-player").shadowRoot;
    return [...root.querySelectorAll("button, select, textarea, input, summary, .own, .toggle")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true })
            && !one.matches("[type=checkbox], .unseen"))
        .flatMap((one) => {
            const { width, height } = one.getBoundingClientRect();
            const name = one.ariaLabel ?? one.textContent.trim();
            return width < 43.9 || height < 43.9 ? [`${name}: ${width} x ${height}`] : [];
        });
}"""
"""Return what is smaller than a fingertip, 44x44 CSS pixels."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(ListeningWorld) as server:
        yield server.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phone(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, "about:blank", viewport=UPRIGHT, has_touch=True) as page:
        await page.clock.install(time=0)
        await page.goto(url)
        await in_state(page, "running")
        await page.locator("#stage").tap()
        await page.wait_for_selector(".stick .front")
        yield page


async def test_upright_the_sheet_and_the_figures_stand_between_picture_and_controls(
    phone: Page,
) -> None:
    await phone.set_viewport_size(UPRIGHT)
    for middle in ("#panel", "#figures-panel"):
        for part in (".stick", ".toolbar", middle):
            await on_top(phone, part, "#stage")
        await on_top(phone, ".stick", ".toolbar", "#keys .key", "#figures-panel", "#panel")
        await button(phone, "Figures").click()
    assert await phone.evaluate("document.documentElement.scrollHeight") == 844


async def test_upright_without_the_sheet_the_picture_takes_the_room(phone: Page) -> None:
    await phone.set_viewport_size(UPRIGHT)
    await button(phone, "Hide the panel").click()
    await expect(phone.locator("#panel")).to_be_hidden()
    [[_, top, _, bottom]] = await boxes(phone, "#stage")
    [[_, below, _, _]] = await boxes(phone, ".bottom")
    assert (top, bottom) == (0, below)
    await button(phone, "Show the panel").click()
    await expect(phone.locator("#panel")).to_be_visible()


async def test_lying_the_picture_is_full_and_the_controls_are_under_the_thumbs(phone: Page) -> None:
    await phone.set_viewport_size(LYING)
    await expect(phone.locator("#panel")).to_be_hidden()
    assert await boxes(phone, "#stage") == [[0, 0, 844, 390]]
    [[_, _, right, bottom]] = await boxes(phone, ".stick")
    assert right < 200
    assert bottom > 330
    for left, top, _, _ in await boxes(phone, "#keys .key"):
        assert left > 422
        assert top > 120
    await on_top(phone, ".toolbar", ".pill", ".stick", "#keys .key", "#panel-toggle")
    backdrop = "(bar) => getComputedStyle(bar).backgroundColor"
    assert "0.7" in await phone.locator(".toolbar").evaluate(backdrop)
    await button(phone, "Show the panel").click()
    await on_top(phone, "#panel", ".stick", "#panel-toggle", ".toolbar")
    await button(phone, "Hide the panel").click()


async def test_a_finger_hits_everything(phone: Page) -> None:
    for size, room in ((UPRIGHT, "tall"), (LYING, "low"), (SMALL_LYING, "low")):
        await phone.set_viewport_size(size)
        await expect(phone.locator(".player")).to_have_attribute("data-room", room)
        assert await phone.evaluate(SMALL) == [], size
        await on_top(phone, ".toolbar", ".pill:not(.brief)", "#panel-toggle")
        await button(phone, "Filmstrip").click()
        assert await phone.evaluate(SMALL) == [], size
        await button(phone, "Saved").click()
        await expect(button(phone, "Save the session")).to_be_visible()
        for name in ("Settings", "Share and watch", "Help (?)"):
            assert await phone.evaluate(SMALL) == [], (name, size)
            await button(phone, "Close").click()
            await button(phone, name).click()
        await button(phone, "Close").click()
        await button(phone, "Close the filmstrip").click()


async def test_a_phone_lists_its_own_settings_and_its_tips_go_away(phone: Page) -> None:
    await phone.clock.fast_forward(9_000)
    await expect(phone.get_by_text("Drag the picture")).to_have_count(0)
    await button(phone, "Settings").click()
    await expect(phone.get_by_label("Sensitivity")).to_be_visible()
    await expect(phone.get_by_text("Keys and buttons")).to_have_count(0)
    await button(phone, "Close").click()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
async def test_a_window_has_the_panel_beside_the_picture(
    browser: Browser, url: str, size: tuple[int, int]
) -> None:
    width, height = size
    async with opened(browser, url, viewport={"width": width, "height": height}) as page:
        await in_state(page, "running")
        await on_top(page, "#panel", "#stage", ".toolbar", "#keys .key")
        await on_top(page, ".toolbar", "#keys .key", ".pill", "#panel-toggle", "#stage")
        await on_top(page, "#keys", "#stage")
