"""The bundled world as a new user sees it: `lucid serve` without arguments, in a real browser.

The tests assert on the picture. The world does not change without inputs, so every change is due
to an input. Each test starts at a place of the gallery.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from lucid.capsule.read import read_capsule
from lucid.capsule.schema import PlayedInput
from tests.cli.running import lucid_serve
from tests.waits import LIMIT_S
from tests.web.conftest import opened
from tests.web.devices import FAKE_PAD, UNPLUG, finger, give, middle
from tests.web.test_page import in_state
from tests.web.test_player import button
from tests.web.test_waypoint import grab, picture, still

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GALLERY = Path(__file__).resolve().parents[2] / "examples/landscape/landscape/gallery"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    nowhere = tmp_path_factory.mktemp("nowhere")
    with lucid_serve(cwd=nowhere, OMP_NUM_THREADS="1") as (url, _):  # a core for the browser
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, url) as page:
        await in_state(page, "running", timeout_ms=60_000)
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def page(player: Page) -> Page:
    """A page with a running session in the moonlight."""
    await go(player, "Moonlight ruins")
    await player.focus("#stage")
    return player


def as_bright_as(low: float, high: float) -> Callable[[np.ndarray], bool]:
    return lambda rgb: low < rgb.mean() < high


is_snow = as_bright_as(120, 250)
is_night = as_bright_as(20, 95)


async def go(page: Page, place: str) -> None:
    await button(page, place).click()
    await picture(page, is_snow if place.startswith("Snow") else is_night)


def unlike(before: np.ndarray) -> Callable[[np.ndarray], bool]:
    """Return a condition for a changed view: without inputs, two pictures differ by less than 1."""
    return lambda rgb: bool(np.abs(rgb.astype(int) - before).mean() > 5)


def like(before: np.ndarray) -> Callable[[np.ndarray], bool]:
    return lambda rgb: bool(np.abs(rgb.astype(int) - before).mean() < 3)


async def test_a_held_key_turns_the_view_and_its_release_stops_it(page: Page) -> None:
    before = await grab(page)
    await page.keyboard.down("ArrowLeft")
    await expect(page.locator("button[data-input=turn_left]")).to_have_attribute("data-held", "")
    await picture(page, unlike(before))
    await page.keyboard.up("ArrowLeft")
    await still(page)


async def test_a_locked_pointer_looks_around(page: Page) -> None:
    before = await grab(page)
    await page.locator("#stage").click(position={"x": 300, "y": 200})
    await expect(page.locator("#hint")).to_have_text("Press Esc to release the mouse")
    for step in range(1, 11):
        await page.mouse.move(500 + 20 * step, 300)
    await picture(page, unlike(before))
    await page.evaluate("document.exitPointerLock()")


async def test_a_gamepad_walks(page: Page) -> None:
    before = await grab(page)
    await page.evaluate(FAKE_PAD)
    await page.evaluate("pad.axes[1] = -1")
    await expect(page.locator("button[data-input=forward]")).to_have_attribute("data-held", "")
    await picture(page, unlike(before))
    await page.evaluate(f"pad.axes[1] = 0; {UNPLUG}")


async def test_words_change_the_look_and_unknown_ones_are_answered(page: Page) -> None:
    await button(page, "snow at dusk").click()
    await picture(page, is_snow)
    box = page.get_by_label("The world's look, in words that may be mixed", exact=True)
    await box.fill("neon at night")
    await box.press("Enter")
    await picture(page, is_night)
    await box.fill("a spaceship")
    await box.press("Enter")
    refused = page.locator("[data-input=set_prompt]").get_by_role("alert")
    await expect(refused).to_contain_text("alpine, dusk, dunes")


async def test_a_picture_of_the_gallery_an_upload_and_a_paste_start_the_world(
    page: Page, tmp_path: Path
) -> None:
    await go(page, "Snow tower")
    photo = tmp_path / "wide.png"
    with Image.open(GALLERY / "neon-sun.png") as image:
        image.resize((1200, 480)).save(photo)
    await page.set_input_files("[data-input=set_seed_frame] input[type=file]", photo)
    await picture(page, as_bright_as(80, 120))  # the snow in the colors of the picture
    await give(page, (GALLERY / "snow-peaks.png").read_bytes(), "paste")
    await picture(page, is_snow)


async def test_menus_sliders_dice_and_reset_are_what_the_world_takes(
    page: Page, tmp_path: Path
) -> None:
    seed = page.locator("[data-input=reset] input")
    await seed.fill("0")
    await seed.press("Enter")
    await picture(page, lambda rgb: not is_night(rgb))
    zero = await still(page)
    await go(page, "Moonlight ruins")
    await button(page, "Reset the world").click()  # the port's reset, to its seed
    await picture(page, like(zero))
    await page.get_by_label("Start at a place of the gallery").select_option("Moonlight ruins")
    await picture(page, is_night)
    await page.get_by_role("slider", name="How much the model varies").fill("0.25")
    await page.get_by_role("button", name="Random: ").click()
    rolled = int(await seed.input_value())
    log = await until_logged(page, tmp_path, lambda log: log[-1].args == {"seed": rolled})
    said = [(line.name, line.args) for line in log]
    assert ("set_temperature", {"temperature": 0.25}) in said
    assert said[-1] == ("reset", {"seed": rolled})
    assert ("reset", {}) in said


async def test_a_paused_world_stands_and_makes_one_step(page: Page, tmp_path: Path) -> None:
    await button(page, "Pause").click()
    await in_state(page, "paused")
    before = await still(page)
    inputs = len(await log_of(page, tmp_path))
    await button(page, "Snow peaks").click()  # accepted, and shown by the next step
    await until_logged(page, tmp_path, lambda log: len(log) > inputs)
    assert like(before)(await still(page))
    await button(page, "One step").click()
    await picture(page, is_snow)
    await button(page, "Resume").click()
    await in_state(page, "running")


async def test_what_was_played_is_kept_as_picture_film_and_figures(
    page: Page, tmp_path: Path
) -> None:
    await button(page, "Record").click()
    await expect(button(page, "Stop and save the recording")).to_be_visible()
    await page.keyboard.down("ArrowRight")
    await picture(page, unlike(await grab(page)))
    await page.keyboard.up("ArrowRight")
    await go(page, "Snow peaks")
    async with page.expect_download() as film:
        await button(page, "Stop and save the recording").click()
    await (await film.value).save_as(tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert frames[0].shape == (360, 640, 3)
    assert is_night(frames[0])
    assert is_snow(frames[-1])
    async with page.expect_download() as screenshot:
        await button(page, "Save a screenshot").click()
    await (await screenshot.value).save_as(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert like(await grab(page))(np.asarray(image.convert("RGB")))
    await button(page, "Figures").click()
    for name in ("Input to picture", "Frames shown", "Model step", "Bit rate"):
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator(f"[data-figure='{name}']")).to_contain_text(re.compile(r"\d"))
    await button(page, "Close the figures").click()


async def test_who_goes_back_can_return_to_what_was_left_and_compare_both(page: Page) -> None:
    film, branches = page.locator("#film > .shots button"), page.locator(".branches button")
    await go(page, "Snow peaks")
    await button(page, "Filmstrip").click()
    await expect(film.nth(await film.count() + 1)).to_be_visible()
    await film.first.click()  # the newest picture: it shows the snow
    await go(page, "Moonlight ruins")
    shots = await film.count()
    await expect(film.nth(shots + 1)).to_be_visible()
    await button(page, "Go back to here").click()
    await picture(page, is_snow)
    await expect(branches).to_have_count(1)
    await expect(branches).to_contain_text(re.compile(r"^\s*\d:\d\d, \d+ s long"))
    await expect(film.nth(shots)).to_be_visible()  # a picture of the time since
    await branches.click()
    await button(page, "Compare").click()
    sides = page.locator("lucid-compare img")
    await expect(sides).to_have_count(2)
    slider = page.locator("lucid-compare input")
    await slider.press("End")
    assert [is_snow(await pixels_of(one)) for one in await sides.all()] == [True, False]
    last = [await one.get_attribute("src") for one in await sides.all()]
    await slider.press("Home")
    assert await sides.last.get_attribute("src") != last[1]
    await page.keyboard.press("Escape")
    await button(page, "Return to this branch").click()
    await picture(page, is_night)
    await expect(branches).to_have_count(1)
    await branches.click()
    await button(page, "Return to this branch").click()
    await picture(page, is_snow)
    await button(page, "Close the filmstrip").click()


async def pixels_of(image: Locator) -> np.ndarray:
    with Image.open(io.BytesIO(await image.screenshot())) as shown:
        return np.asarray(shown.convert("RGB"))


async def test_a_key_that_was_bound_anew_is_still_so_after_a_reload(page: Page) -> None:
    await button(page, "Settings").click()
    await button(page, "Turn left: add a key or button").click()
    await page.keyboard.press("KeyJ")
    await page.keyboard.press("Escape")
    before = await still(page)
    await page.focus("#stage")
    await page.keyboard.down("KeyJ")
    await picture(page, unlike(before))
    await page.keyboard.up("KeyJ")
    await page.reload()
    await in_state(page, "running")
    await expect(page.locator("button[data-input=turn_left]")).to_contain_text("J")


async def test_a_phone_plays_along_others_watch_and_who_comes_alone_waits(
    page: Page, browser: Browser, url: str
) -> None:
    await button(page, "Share and watch").click()
    links = {}
    for kind in ("Watch", "Play together"):
        await button(page, kind).click()
        links[kind] = await page.locator("[data-link]").input_value()
    await page.keyboard.press("Escape")
    screen = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    async with opened(browser, url) as stranger:
        await expect(stranger.locator("#veil-title")).to_have_text("You are next")
    async with (
        opened(browser, links["Watch"]) as spectator,
        opened(browser, links["Play together"], **screen) as phone,
    ):
        await in_state(phone, "running")
        before = await still(page)
        touch = await finger(phone)
        await phone.wait_for_selector(".stick .front")
        x, y = await middle(phone, ".stick")
        await touch("touchStart", (x, y))
        await touch("touchMove", (x, y - 20))
        await touch("touchMove", (x, y - 50))
        await picture(page, unlike(before))
        await touch("touchEnd")
        after = await still(page)
        for who in (spectator, phone):
            await picture(who, like(after))
        await expect(spectator.locator("#forms")).to_have_count(0)


async def log_of(page: Page, folder: Path) -> list[PlayedInput]:
    """Return the session's inputs, as the page saves them."""
    async with page.expect_download() as saved:
        await button(page, "Save the session").click()
    await (await saved.value).save_as(folder / "a.lucid")
    return list(read_capsule(folder / "a.lucid").inputs)


async def until_logged(
    page: Page, folder: Path, condition: Callable[[list[PlayedInput]], bool]
) -> list[PlayedInput]:
    """Wait until the session's inputs meet the condition, and return them."""
    async with asyncio.timeout(LIMIT_S):
        while not condition(log := await log_of(page, folder)):  # noqa: ASYNC110 - the server
            await asyncio.sleep(0.1)
        return log
