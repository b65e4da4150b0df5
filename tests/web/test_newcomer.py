"""What a newcomer does: start the world in some way, and keep what was seen."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, expect
from pydantic import Field

from lucid import (
    InputFile,
    LoadContext,
    LucidModel,
    LucidSession,
    hold,
    image_input,
    input,
    publish,
)
from tests.servers import serving
from tests.waits import LIMIT_S, until
from tests.web.conftest import opened
from tests.web.devices import give
from tests.web.test_page import in_state
from tests.web.test_player import RED, button, is_red, png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TASKS = (Path(__file__).resolve().parents[2] / "docs" / "player.md").read_text("utf-8")
KEEP_SOCKETS = """
globalThis.sockets = [];
globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
        super(...given);
        sockets.push(this);
    }
};
"""

heard: list[Any] = []


def world(gallery: Path) -> type[LucidModel]:
    class PaintedSession(LucidSession["PaintedWorld"]):
        colour: Any = (90, 90, 90)

        @input(description="Blush", binding=hold(keys=("KeyR",)))
        def blush(self, pressed: bool) -> None:
            heard.append(("blush", pressed))

        @input(description="What the world is like")
        def set_prompt(self, prompt: Annotated[str, Field(examples=["a sea"])]) -> None:
            heard.append(("set_prompt", prompt))

        @input(description="A picture to start from", paused=True)
        def set_seed_frame(
            self, image: InputFile = image_input(size=(128, 96), gallery=gallery)
        ) -> None:
            self.colour = image.rgb()[48, 64]
            heard.append(("set_seed_frame", image.filename))

        async def run(self) -> None:
            while self.ctx.running:
                await self.ctx.publish("sound", np.zeros(1_600, np.float32))
                await self.ctx.publish("main", np.full((96, 128, 3), self.colour, np.uint8))

    class PaintedWorld(LucidModel):
        name = "painted"
        repo = "org/painted"
        licence = "mit"
        session_cls = PaintedSession
        max_sessions = 3
        outputs = (
            publish.video(name="main", width=128, height=96, fps=30),
            publish.audio(name="sound", sample_rate_hz=48_000),
        )
        presets = {  # noqa: RUF012 - as a port writes it
            "An evening": {
                "set_seed_frame": {"image": "red.png"},
                "set_prompt": {"prompt": "dusk"},
            }
        }

    return PaintedWorld


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    Image.new("RGB", (128, 96), (200, 30, 30)).save(folder / "red.png")
    Image.new("RGB", (128, 96), (30, 30, 200)).save(folder / "blue.png")
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(gallery: Path) -> AsyncIterator[str]:
    async with serving(world(gallery)) as server:
        yield server.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, "about:blank") as page:
        await page.add_init_script(KEEP_SOCKETS)
        await page.goto(url)
        await in_state(page, "running")
        yield page


async def is_blue(page: Page) -> None:
    video = page.locator("#main-video")
    async with asyncio.timeout(LIMIT_S):
        while await video.evaluate(RED) > 10:  # noqa: ASYNC110 - the browser's own picture
            await asyncio.sleep(0.05)


async def test_the_first_screen_offers_starts_and_goes_when_the_player_plays(
    page: Page, browser: Browser, url: str
) -> None:
    starts = page.get_by_role("group", name="Starts").first
    await expect(starts.get_by_role("button")).to_have_text(["An evening", "Blue", "Red"])
    await expect(starts.locator("img")).to_have_count(2)  # an evening looks different
    await button(page, "Start: An evening").click()
    await is_red(page)
    await until(lambda: ("set_prompt", "dusk") in heard)
    assert heard == [("set_seed_frame", "red.png"), ("set_prompt", "dusk")]
    await expect(page.locator("#starts")).to_have_count(0)
    await button(page, "An evening").click()  # the panel offers it, too
    await until(lambda: len(heard) == 4)
    async with opened(browser, url) as other:
        await in_state(other, "running")
        for panel in ("Figures", "Filmstrip"):  # the first screen makes room for them
            await button(other, panel).click()
            await expect(other.locator("#starts")).to_have_count(0)
            await button(other, panel).click()
            await expect(other.locator("#starts")).to_be_visible()
        link = await other.evaluate("document.querySelector('lucid-player').view.hello.play_url")
        async with opened(browser, link) as guest:
            await in_state(guest, "running")
            await expect(guest.locator("#starts")).to_have_count(0)
        await other.focus("#stage")
        await other.keyboard.press("KeyR")
        await expect(other.locator("#starts")).to_have_count(0)


async def test_a_start_that_is_chosen_while_the_world_loads_is_its_start(
    browser: Browser, gallery: Path
) -> None:
    loads = threading.Event()

    class LoadingWorld(world(gallery)):  # type: ignore[misc]  # a class made by a function
        def load(self, ctx: LoadContext) -> None:
            loads.wait(LIMIT_S)

    async with serving(LoadingWorld) as server, opened(browser, server.url) as page:
        await expect(button(page, "Decide later")).to_be_visible()
        await button(page, "Start: Red").click()
        await expect(page.locator("#chosen")).to_contain_text("Your start: Red")
        await button(page, "Change").click()
        await expect(page.locator("#starts")).to_contain_text("Loading")
        await button(page, "Start: Red").click()
        loads.set()
        await is_red(page)
        await expect(page.locator("#starts")).to_have_count(0)


async def test_the_filmstrip_restarts_the_world_and_keeps_what_is_saved(page: Page) -> None:
    await button(page, "Blue").click()
    await is_blue(page)
    await button(page, "Filmstrip").click()
    shots = page.get_by_role("group", name="Pictures, the newest first").get_by_role("button")
    before = await shots.count()
    await expect(shots.nth(before + 1)).to_be_attached()  # one that is blue for sure
    await shots.first.click()
    await button(page, "Red").click()
    await is_red(page)
    await button(page, "Go back to here").click()
    await is_blue(page)
    before = await shots.count()
    await expect(shots.nth(before + 1)).to_be_attached()
    await shots.first.click()
    await button(page, "Red").click()
    await is_red(page)
    await button(page, "Restart from here").click()
    await is_blue(page)
    assert [sent for sent in heard if sent[0] == "set_seed_frame"][-1] == (
        "set_seed_frame",
        "picture.png",
    )
    branches = await page.locator(".branches button").count()
    before = await shots.count()
    await expect(shots.nth(before + 1)).to_be_attached()
    newest = "document.querySelector('lucid-player').film.shots.at(-1).frame"
    await page.wait_for_function(f"{newest} > 151")  # to replay 5 s and more takes long
    await shots.first.click()
    await button(page, "Red").click()
    await is_red(page)
    heard.clear()
    await button(page, "Go back to here").click()
    await is_blue(page)
    assert [name for name, *_ in heard] == ["set_seed_frame"]
    await expect(page.locator(".branches button")).to_have_count(branches)
    async with page.expect_download() as clip:
        await button(page, "Save the last 30 s").click()
    name = (await clip.value).suggested_filename
    assert re.fullmatch(r"painted_[-\d]+_[-\d]+\.mp4", name)
    async with page.expect_download() as gif:
        await button(page, "Save the last 30 s as a GIF").click()
    assert (await gif.value).suggested_filename.endswith(".gif")
    async with page.expect_download() as session:
        await button(page, "Save the session").click()
    await button(page, "Saved").click()
    await expect(page.locator(".saved")).to_contain_text(name)
    heard.clear()
    path = await (await session.value).path()
    await page.get_by_label("Play a .lucid file").set_input_files(path)
    await expect(page.locator("dialog")).not_to_be_visible()
    await until(lambda: any(sent[0] == "set_seed_frame" for sent in heard))
    await button(page, "Close the filmstrip").click()


def path_of(task: str) -> list[str]:
    """Return the buttons that docs/player.md names for a task, in order."""
    row = re.search(rf"^\| {task} \| (.+) \|$", TASKS, re.M)
    assert row is not None, task
    assert row[1].count("\N{RIGHTWARDS ARROW}") <= 2, "more than three actions"
    return re.findall(r"\*\*(.+?)\*\*", row[1])


async def test_the_ten_tasks_of_a_newcomer_take_the_paths_of_the_documentation(
    page: Page, browser: Browser
) -> None:
    assert len(re.findall(r"^\| [a-z]", TASKS, re.M)) == 11  # with the head
    await give(page, png((10, 200, 30)), "paste")  # start from your own picture
    await until(lambda: any(sent[0] == "set_seed_frame" for sent in heard))
    await button(page, "a sea").click()  # change the look
    await until(lambda: ("set_prompt", "a sea") in heard)
    settings, _ = path_of("remap a key")
    await button(page, settings).click()
    await button(page, "Blush: add a key or button").click()
    await page.keyboard.press("KeyJ")
    await page.keyboard.press("Escape")
    await expect(page.locator("button[data-input=blush]")).to_contain_text("J")
    record, stop = path_of("record and save")
    await button(page, record).click()
    await expect(page.get_by_text("REC 0:0")).to_be_visible()
    share, together = path_of("share to a phone")
    await button(page, share).click()
    link = await page.locator("[data-link]").input_value()
    await button(page, together).click()
    await expect(page.get_by_role("img", name="QR code of the link")).to_be_visible()
    await page.keyboard.press("Escape")
    async with opened(browser, link) as other:  # watch
        await expect(other.locator("#status")).to_have_text("Watching")
        await button(other, *path_of("join the queue")).click()
        await in_state(other, "running")
        await expect(other.locator("#status")).to_have_text("Live")
    async with page.expect_download() as film:
        await button(page, stop).click()
    assert (await film.value).suggested_filename.endswith("_a-sea.mp4")
    await button(page, *path_of("find the latency")).click()
    await page.keyboard.press("KeyJ")  # the key that does so now
    await expect(page.locator("#fps")).to_contain_text("ms")
    await page.keyboard.press("KeyJ")
    await expect(page.locator("[data-figure='Input to picture']")).to_contain_text("ms")
    await page.evaluate("sockets.at(-1).close(4000)")  # recover from a cut
    await expect(page.locator("#still")).to_contain_text("The connection was lost")
    await expect(page.locator("#still")).to_have_count(0)
    await in_state(page, "running")
    if await page.locator("#sound").get_attribute("aria-label") == "Unmute":
        await page.locator("#sound").click()  # the browser refused sound before a click
    await button(page, *path_of("mute")).click()
    await expect(page.locator("#sound")).to_have_attribute("aria-label", "Unmute")
