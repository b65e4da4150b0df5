"""Links to the player that are clicked on another site, such as web mail, a chat or a wiki."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.servers import serving
from tests.web.test_elsewhere import TOKEN, site
from tests.web.test_page import in_state
from tests.web.test_player import button
from tests.web.world import ListeningWorld

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def clicked(browser: Browser, origin: str, folder: Path, link: str) -> Page:
    """Click the link on the other site as a new visitor; return the page."""
    (folder / "index.html").write_text(f'<a href="{link}">Play</a>')
    page = await browser.new_page()
    await page.goto(origin)
    await page.get_by_role("link", name="Play").click()
    return page


async def test_a_link_on_another_site_opens_the_player_the_watched_and_the_shared_session(
    browser: Browser, tmp_path: Path
) -> None:
    async with serving(ListeningWorld, token=TOKEN) as server:
        with site(tmp_path) as origin:
            player = await clicked(browser, origin, tmp_path, f"{server.url}?token={TOKEN}")
            await in_state(player, "running")
            assert TOKEN not in player.url
            hello = "document.querySelector('lucid-player').session.hello"
            for link in ("watch_url", "play_url"):
                url = await player.evaluate(f"{hello}.{link}")
                other = await clicked(browser, origin, tmp_path, url)
                await in_state(other, "running")
                await other.reload()
                await in_state(other, "running")
                await other.close()
            await expect(button(player, "Share and watch")).to_be_visible()
            await player.close()
