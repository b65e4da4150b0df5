"""A browser, and pages in it whose errors do not pass unseen."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

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
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        if os.environ.get("LUCID_REQUIRE_BROWSER"):
            pytest.fail("LUCID_REQUIRE_BROWSER is set, but no Chromium is on PATH")
        pytest.skip(f"needs a browser, and none of {', '.join(_NAMES)} is on PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, url: str) -> AsyncIterator[Page]:
    """A page in a context of its own; at the end, its console must hold no error."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", on_console)
    await page.goto(url)
    yield page
    await page.close()
    assert complaints == []
