"""What the player reads when the model is slow, an input is refused, or something breaks."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from lucid import InvalidInputError, LoadContext, LucidModel, LucidSession, input, press, publish
from tests.servers import serving
from tests.web.conftest import VIEWPORT, opened
from tests.web.test_page import in_state

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SIZES = [(1440, 900), (1024, 768), (390, 844), (844, 390)]
TOKEN = "5up3r-s3cr3t"
go_on = threading.Event()


class MoodySession(LucidSession["MoodyWorld"]):
    thinks = crashes = False

    @input(binding=press(keys=("KeyT",)))
    def think(self) -> None:
        self.thinks = True

    @input(description="Detail")
    def set_detail(self, value: float = 1.0) -> None:
        if value > 9:
            raise InvalidInputError("set_detail", ["this world has at most 9"])

    @input(binding=press(keys=("KeyJ",)), description="Jump")
    def jump(self) -> None:
        raise ValueError("no ground")

    @input(description="Crash")
    def crash(self) -> None:
        self.crashes = True

    async def run(self) -> None:
        while self.ctx.running:
            if self.crashes:
                where = f"https://hub.example/a?token={TOKEN}, with {os.environ['HF_TOKEN']}"
                raise RuntimeError(f"CUDA out of memory. Tried to allocate 2.00 GiB from {where}")
            if self.thinks:
                go_on.wait(30)
                self.thinks = False
            await self.ctx.publish("main_video", np.full((90, 160, 3), 200, np.uint8))


class MoodyWorld(LucidModel):
    """A world that stops when it is told to, until ``go_on`` is set."""

    name = "moody-world"
    loads = 0
    session_cls = MoodySession
    outputs = (publish.video(name="main_video", width=160, height=90, fps=12),)

    def load(self, ctx: LoadContext) -> None:
        MoodyWorld.loads += 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(MoodyWorld) as server:
        yield server.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, url) as page:
        await in_state(page, "running")
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def page(player: Page) -> Page:
    await player.set_viewport_size(VIEWPORT)
    return player


BOXES = """(selector) => {
    const root = document.querySelector("lucid-player").shadowRoot;
    return [...root.querySelectorAll(selector)].filter((one) => one.checkVisibility())
        .map((one) => one.getBoundingClientRect())
        .map(({left, top, right, bottom}) => [left, top, right, bottom]);
}"""


async def boxes(page: Page, selector: str) -> list[list[float]]:
    """Return left, top, right and bottom of each visible element."""
    found: list[list[float]] = await page.evaluate(BOXES, selector)
    return found


async def faults(page: Page, selector: str, others: tuple[str, ...]) -> list[str]:
    found = await boxes(page, selector)
    if len(found) != 1:
        return [f"{len(found)} elements are {selector}"]
    [[left, top, right, bottom]] = found
    window = page.viewport_size
    assert window is not None
    outside = left < 0 or top < 0 or right > window["width"] or bottom > window["height"]
    return [f"{selector} {found[0]} is outside"] * outside + [
        f"{selector} {found[0]} is covered by {other}"
        for other in await boxes(page, ", ".join(others))
        if other[0] < right and other[2] > left and other[1] < bottom and other[3] > top
    ]


async def on_top(page: Page, selector: str, *others: str) -> None:
    """Check that an element comes to stand in the window, and that none of the others covers it."""
    found = await faults(page, selector, others)
    for _ in range(50):
        if not found:
            return
        await page.wait_for_timeout(100)
        found = await faults(page, selector, others)
    pytest.fail("\n".join(found))


async def test_a_slow_step_says_how_long_the_model_has_been_thinking(page: Page) -> None:
    await expect(page.locator("#status")).to_have_text("Live")
    known = "() => document.querySelector('lucid-player').view.figures?.usual_ms > 0"
    await page.wait_for_function(known)
    await page.keyboard.press("KeyT")
    still = page.locator("#still [role=status]")
    await expect(still).to_contain_text(re.compile(r"The model has been thinking for [2-9] s"))
    await expect(still).to_contain_text(re.compile(r"Usually it takes \d+ ms a frame\."))
    await expect(page.locator("#status")).to_have_text("Thinking")
    await expect(page.locator("#fps")).to_have_count(0)
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await on_top(page, "#still > div", ".toolbar", "#keys .key", ".pill")
    go_on.set()
    await expect(page.locator("#still")).to_have_count(0)
    await expect(page.locator("#status")).to_have_text("Live")
    go_on.clear()


async def test_a_refusal_stands_beside_its_field_until_the_next_success(page: Page) -> None:
    box = page.locator("[data-input=set_detail] input")
    refusal = page.locator("[data-input=set_detail] [data-error-code='input.invalid']")
    await box.fill("12")
    await box.press("Enter")
    await expect(refusal).to_have_text("This world has at most 9")
    await expect(page.locator("#notices > *")).to_have_count(0)
    await box.fill("8")
    await box.press("Enter")
    await expect(refusal).to_have_count(0)


async def test_the_error_of_a_key_stands_under_the_picture_and_can_be_dismissed(page: Page) -> None:
    await page.focus("#stage")
    await page.keyboard.press("KeyJ")
    notice = page.locator(".notice", has=page.locator("[data-error-code='input.failed']"))
    await expect(notice).to_contain_text("Jump: ValueError: no ground")
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await on_top(page, ".notice", ".toolbar")
    await notice.get_by_role("button", name="Dismiss").click()
    await expect(notice).to_have_count(0)


async def test_a_crash_shows_its_traceback_and_a_remedy_and_the_model_loads_again(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", f"{TOKEN}-of-the-hub")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Crash").click()
    await in_state(page, "failed")
    veil = page.locator("#veil")
    await expect(veil.locator(".next")).to_contain_text("--set precision=fp8")
    await expect(veil.locator(".log pre")).to_contain_text("in run")
    await expect(veil.locator(".log pre")).to_contain_text("RuntimeError: CUDA out of memory")
    await veil.get_by_role("button", name="Copy report").click()
    await expect(veil.get_by_role("button", name="Copied")).to_be_visible()
    report = await page.evaluate("navigator.clipboard.readText()")
    for part in ("model moody-world", "CUDA out of memory", "state: failed"):
        assert part in report
    assert "log:\nERROR" in report
    assert "RuntimeError: CUDA out of memory" in report
    for secret in (TOKEN, "127.0.0.1", "base64"):
        assert secret not in report
    loads = MoodyWorld.loads
    await veil.get_by_role("button", name="Reload the model").click()
    await in_state(page, "running")
    assert MoodyWorld.loads == loads + 1


async def test_a_load_that_fails_names_the_command_that_installs_what_is_missing(
    browser: Browser,
) -> None:
    class NeedyWorld(MoodyWorld):
        def load(self, ctx: LoadContext) -> None:
            import a_package_that_nobody_has  # type: ignore[import-not-found]  # noqa: F401

    async with serving(NeedyWorld) as server, opened(browser, server.url) as page:
        for _ in range(2):
            await in_state(page, "failed")
            await expect(page.locator("#veil-title")).to_have_text("The model could not be loaded")
            await expect(page.locator("#veil .next")).to_contain_text("run lucid sync /")
            await expect(page.locator("#veil .next")).to_contain_text("a_package_that_nobody_has")
            await page.get_by_role("button", name="Play again").click()
