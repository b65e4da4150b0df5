"""A browser, and pages whose console errors fail the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    async_playwright,
    expect,
)

from tests.waits import LIMIT_S
from tests.web.world import heard

expect.set_options(timeout=LIMIT_S * 1000)

VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge"]
_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        if os.environ.get("LUCID_TEST_BROWSER"):
            pytest.fail("LUCID_TEST_BROWSER is set, but no Chromium is on PATH")
        pytest.skip(f"needs a browser, and none of {', '.join(_NAMES)} is on PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(player: Page) -> Page:
    """The module's page, whose world has heard nothing yet; ``player`` is the module's fixture."""
    await player.focus("#stage")
    heard.clear()
    return player


@asynccontextmanager
async def opened(browser: Browser, url: str, **context: Any) -> AsyncIterator[Page]:
    """Open a page in its own context.

    At the end, check that its console has no error, including violations of the content security
    policy, and that every request went to the server.
    """
    complaints: list[str] = []
    strangers: list[str] = []
    origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))

    def on_request(request: Request) -> None:
        if not request.url.startswith((origin, "blob:", "data:")) and url != "about:blank":
            strangers.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page = await browser.new_page(**{"viewport": VIEWPORT, **context})
    page.set_default_timeout(LIMIT_S * 1000)
    page.on("request", on_request)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", on_console)
    try:
        await page.goto(url)
        yield page
    finally:
        await page.close()
    assert complaints == []
    assert strangers == []
