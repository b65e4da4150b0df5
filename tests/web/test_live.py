"""The live path in a real browser, through a minimal client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from lucid import publish
from tests.ports import EverythingModel
from tests.servers import serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CLIENT = (Path(__file__).parent / "live_client.js").read_text("utf-8")


class UnevenModel(EverythingModel):
    """A model whose frame size is not a multiple of the macroblock size."""

    outputs = (publish.video(name="main_video", width=74, height=50, fps=50),)
    size = (74, 50)


@asynccontextmanager
async def client(browser: Browser, model_cls: type[EverythingModel]) -> AsyncIterator[Page]:
    """Open a page with the minimal client, which does not join a session by itself."""
    async with serving(model_cls) as server:
        page = await browser.new_page()
        await page.goto(f"{server.url}static/page.css")
        await page.evaluate(CLIENT)
        yield page
        await page.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with client(browser, EverythingModel) as page:
        yield page


async def call(page: Page, script: str) -> Any:
    return await page.evaluate(f"async () => {{ {script} }}")


async def test_each_frame_that_is_shown_has_the_receipt_of_its_rtp_timestamp(page: Page) -> None:
    shown, receipts = await call(
        page,
        """
        globalThis.player = await live.join();
        await player.until(() => player.shown.length > 0); // a frame of before the input
        player.input("forward", {pressed: true});
        await player.until(() => player.red() && player.shown.length > 20);
        await player.until(() => player.receipts.has(player.shown.at(-1)));
        return [player.shown, [...player.receipts.values()]];
        """,
    )
    by_timestamp = {receipt["rtp"]: receipt for receipt in receipts}
    assert len(shown) > 20
    assert all(timestamp in by_timestamp for timestamp in shown)
    assert {by_timestamp[timestamp]["input_seq"] for timestamp in shown} == {0, 1}


async def test_a_spectator_of_a_paused_session_sees_where_it_stands(page: Page) -> None:
    state = await call(
        page,
        """
        const player = await live.join();
        player.input("forward", {pressed: true});
        await player.until(() => player.red());
        player.send({type: "pause"});
        await player.until(() => player.state === "paused");
        const spectator = await live.join({key: player.hello.watch_key});
        await spectator.until(() => spectator.red());
        return spectator.state;
        """,
    )
    assert state == "paused"


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_a_browser_plays_either_codec(page: Page, codec: str) -> None:
    found = await call(
        page,
        f"""
        const player = await live.join({{codec: "{codec}"}});
        player.input("forward", {{pressed: true}});
        await player.until(() => player.red());
        return await player.codec();
        """,
    )
    assert found == f"video/{codec}"


async def test_a_size_that_is_no_whole_number_of_macroblocks_arrives_as_it_is(
    browser: Browser,
) -> None:
    async with client(browser, UnevenModel) as page:
        size = await call(
            page,
            """
            const player = await live.join();
            player.input("forward", {pressed: true});
            await player.until(() => player.red());
            return [player.video.videoWidth, player.video.videoHeight];
            """,
        )
    assert size == [74, 50]


@pytest.mark.parametrize(
    ("place", "fps", "least_ms", "most_ms"), [(0.0, 60, -8, -5), (0.3, 60, 4, 6), (0.3, 30, 4, 6)]
)
async def test_frames_that_come_near_a_refresh_are_asked_to_come_between_two(
    page: Page, place: float, fps: int, least_ms: float, most_ms: float
) -> None:
    asked = await call(page, f"return await live.alignment({place}, {fps});")
    assert asked
    assert all(least_ms < shift_ms < most_ms for shift_ms in asked)


async def test_frames_that_come_well_between_two_refreshes_stay_there(page: Page) -> None:
    assert await call(page, "return await live.alignment(0.6, 60);") == []


async def test_a_stream_without_a_whole_number_of_refreshes_per_frame_is_left_as_it_is(
    page: Page,
) -> None:
    assert await call(page, "return await live.alignment(0.0, 24);") == []
