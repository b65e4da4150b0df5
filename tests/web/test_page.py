"""The page in a real browser, against a real server."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from lucid import LoadContext
from lucid.runtime.host import Host
from lucid.runtime.load_times import LoadTimes
from lucid.runtime.thread_worker import ThreadWorker
from tests.servers import serving, serving_host
from tests.waits import LIMIT_S, until
from tests.web.conftest import VIEWPORT, opened
from tests.web.devices import middle
from tests.web.world import ListeningWorld, Weather, heard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(ListeningWorld) as server:
        yield server.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, url) as page:
        await in_state(page, "running")
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def page(player: Page) -> Page:
    """A page with a running session, shared by all tests and reset before each."""
    await player.set_viewport_size(VIEWPORT)
    dismiss = player.locator("#notices").get_by_role("button", name="Dismiss")
    while await dismiss.count():
        await dismiss.first.click()
    await player.focus("#stage")
    heard.clear()
    return player


SESSION = "document.querySelector('lucid-player').view.hello.session_id"
BRIGHTNESS = """(picture) => {
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(picture, 0, 0, 4, 4);
    return context.getImageData(2, 2, 1, 1).data[1];
}"""


async def in_state(page: Page, state: str, timeout_ms: float = LIMIT_S * 1000) -> None:
    await expect(page.locator("lucid-player")).to_have_attribute(
        "data-state", state, timeout=timeout_ms
    )


async def hears(*expected: object) -> None:
    """Check that the world received exactly these inputs, in order."""
    await until(lambda: len(heard) >= len(expected))
    assert heard == list(expected)
    heard.clear()


async def test_a_hold_lasts_while_any_of_its_keys_is_down(page: Page) -> None:
    for key in ("KeyW", "KeyW", "ArrowUp"):  # the second is a key repeat
        await page.keyboard.down(key)
    lit = page.locator("button[data-input=move]")
    await expect(lit).to_have_attribute("data-held", "")
    await page.keyboard.up("KeyW")
    await page.keyboard.press("Space")
    await page.keyboard.up("ArrowUp")
    await hears(("move", True), ("jump",), ("move", False))
    await expect(lit).not_to_have_attribute("data-held", "")


async def test_the_two_ends_of_an_axis_cancel(page: Page) -> None:
    await page.keyboard.down("KeyD")
    await page.keyboard.down("KeyA")
    await page.keyboard.up("KeyD")
    await page.keyboard.up("KeyA")
    await hears(("strafe", 1.0), ("strafe", 0.0), ("strafe", -1.0), ("strafe", 0.0))


async def test_typing_a_prompt_moves_nobody(page: Page) -> None:
    await page.keyboard.down("KeyW")
    await page.get_by_label("Describe the world", exact=True).press_sequentially("wad q")
    await page.keyboard.press("Enter")
    await hears(("move", True), ("move", False), ("set_prompt", "wad q"))
    await page.keyboard.press("Space")  # after sending, keys are inputs again
    await hears(("jump",))
    await page.get_by_label("Describe the world", exact=True).press_sequentially("w")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Space")
    await hears(("jump",))


async def test_a_shortcut_of_the_browser_is_no_input(page: Page) -> None:
    await page.keyboard.press("Control+KeyW")
    await page.keyboard.press("Alt+KeyD")
    await page.keyboard.press("Space")
    await hears(("jump",))


async def test_leaving_releases_what_is_held(page: Page) -> None:
    await page.keyboard.down("KeyW")
    await page.keyboard.down("KeyA")
    await hears(("move", True), ("strafe", -1.0))
    await page.evaluate("window.dispatchEvent(new Event('blur'))")
    await hears(("move", False), ("strafe", 0.0))
    await page.keyboard.up("KeyW")
    await page.keyboard.up("KeyA")


async def test_a_click_locks_the_pointer_and_only_then_do_buttons_count(page: Page) -> None:
    await page.locator("#stage").click()
    await expect(page.locator("#hint")).to_have_text("Press Esc to release the mouse")
    await page.mouse.down()
    await page.mouse.up()
    await hears(("attack", True), ("attack", False))
    x, y = await middle(page, "#stage")
    await page.mouse.move(x + 10, y)
    await page.mouse.move(x + 30, y - 12)
    await until(lambda: sum(dx for _, dx, _ in heard) == 30)
    assert sum(dy for _, _, dy in heard) == -12
    await page.mouse.down()
    await until(lambda: ("attack", True) in heard)
    await page.evaluate("document.exitPointerLock()")
    await until(lambda: ("attack", False) in heard)
    await page.mouse.up()


async def test_the_wheel_turns_in_notches_and_up_is_positive(page: Page) -> None:
    await page.locator("#stage").hover()
    await page.mouse.wheel(0, -100)
    await hears(("zoom", 1.0))
    await page.mouse.wheel(0, 50)
    await hears(("zoom", -0.5))


async def test_keys_on_the_screen_play_too(page: Page) -> None:
    await page.locator("button[data-input=move]").click()
    await page.get_by_role("button", name="A Strafe \N{MINUS SIGN}").press("Enter")
    await hears(("move", True), ("move", False), ("strafe", -1.0), ("strafe", 0.0))


async def test_every_argument_has_its_native_control(page: Page) -> None:
    await page.get_by_role("slider", name="Guidance").fill("7.5")
    await hears(("guidance", 7.5))
    await page.get_by_label("Weather").select_option("Heavy snow")
    await hears(("weather", Weather.HEAVY_SNOW))
    await page.get_by_label("Paint").select_option("Red")
    await hears(("paint", "red"))
    await page.get_by_role("switch", name="Night").click()
    await hears(("night", True))
    number = page.locator("[data-input=reseed] input")
    await number.fill("12")
    await number.press("Enter")
    await page.keyboard.press("Space")
    await hears(("reseed", 12), ("jump",))
    await number.press("Enter")  # Enter also sends an unchanged value
    await hears(("reseed", 12))
    await number.fill("")
    await number.blur()
    await hears(("reseed", None))


async def test_several_arguments_are_applied_together(page: Page) -> None:
    form = page.locator("[data-input=teleport]")
    await form.get_by_role("button", name="Apply").click()  # the browser reports that x is missing
    await form.get_by_label("X").fill("1.5")
    await form.get_by_label("Name").fill("hill")
    await form.get_by_label("Mode").select_option("Fly")
    await form.get_by_label("Via").fill("[1, 2]")
    await form.get_by_role("button", name="Apply").click()
    await hears(("teleport", 1.5, "hill", "fly", [1, 2]))


async def test_an_image_is_cropped_to_what_the_input_asks(page: Page) -> None:
    picture = np.zeros((48, 128, 3), np.uint8)  # twice the required width: the sides are cropped
    picture[:, 32:96] = (200, 40, 10)
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG")
    await page.set_input_files(
        "[data-input=set_seed_frame] input[type=file]",
        {"name": "seed.png", "mimeType": "image/png", "buffer": png.getvalue()},
    )
    await until(lambda: len(heard) == 1)
    name, mime_type, pixels = heard[0]
    assert (name, mime_type, pixels.shape) == ("set_seed_frame", "image/png", (48, 64, 3))
    assert np.all(pixels == (200, 40, 10))
    await expect(page.get_by_role("img", name="The sent image")).to_be_visible()


async def test_what_is_transparent_in_an_image_is_white(page: Page) -> None:
    picture = np.zeros((48, 64, 4), np.uint8)
    picture[:, 32:] = (200, 40, 10, 255)
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG")
    await page.set_input_files(
        "[data-input=set_seed_frame] input[type=file]",
        {"name": "seed.png", "mimeType": "image/png", "buffer": png.getvalue()},
    )
    await until(lambda: len(heard) == 1)
    pixels = heard[0][2]
    assert np.all(pixels[:, :32] == 255)
    assert np.all(pixels[:, 32:] == (200, 40, 10))


async def test_a_file_is_sent_as_it_is(page: Page) -> None:
    await page.set_input_files(
        "[data-input=load_map] input[type=file]",
        {"name": "map.json", "mimeType": "application/json", "buffer": b"[1, 2]"},
    )
    await hears(("load_map", "map.json", b"[1, 2]"))


async def test_a_file_that_is_no_image_is_refused_beside_its_field_and_is_not_sent(
    page: Page,
) -> None:
    await page.set_input_files(
        "[data-input=set_seed_frame] input[type=file]",
        {"name": "seed.png", "mimeType": "image/png", "buffer": b"no image"},
    )
    field = page.locator("[data-input=set_seed_frame]")
    await expect(field.locator("[data-error-code='input.upload']")).to_contain_text("seed.png")
    assert heard == []


async def test_a_pause_keeps_what_is_accepted_and_resumes(page: Page) -> None:
    await page.keyboard.down("KeyQ")
    await page.click("#pause")
    await in_state(page, "paused")
    await hears(("lean", True), ("lean", False))
    await expect(page.locator("button[data-input=jump]")).to_be_disabled()
    await expect(page.locator("[data-input=guidance] input")).to_be_disabled()
    await expect(page.locator("[data-input=set_prompt] textarea")).to_be_enabled()
    await page.keyboard.press("Space")
    await page.keyboard.press("KeyW")
    await hears(("move", True), ("move", False))
    await page.click("#pause")
    await in_state(page, "running")
    await hears(("lean", True))  # still held
    await page.keyboard.up("KeyQ")
    await page.keyboard.press("Space")  # the clicked button must not receive it
    await hears(("lean", False), ("jump",))


async def test_a_world_that_fails_says_why_and_can_be_played_again(
    browser: Browser, url: str
) -> None:
    async with opened(browser, url) as page:
        await page.get_by_role("button", name="Crash").click()
        await in_state(page, "failed")
        await expect(page.locator("#veil [data-error-code]")).to_contain_text("out of memory")
        await expect(page.locator("#notices > *")).to_have_count(0)
        await page.get_by_role("button", name="Play again").click()
        await in_state(page, "running")


async def test_all_outputs_are_shown(page: Page) -> None:
    await expect(page.locator("[data-output=telemetry]")).to_contain_text("Weather clear")
    await expect(page.locator("[data-output=blob]")).to_contain_text("application/x-blob · 5 B")
    await expect(page.locator("#fps")).to_contain_text("fps")
    video = page.locator("video[data-output=map]")
    await expect(video).to_have_js_property("videoWidth", 32)


async def test_the_page_fits_a_narrow_screen(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_who_finds_no_place_waits_and_then_plays(
    browser: Browser, url: str, page: Page
) -> None:
    async with opened(browser, url) as second, opened(browser, url) as third:
        await in_state(second, "running")
        await in_state(third, "queued")
        await expect(third.locator("#status")).to_have_text("In queue: 1")
        await second.close()
        await in_state(third, "running")


async def test_a_lost_connection_is_retried(browser: Browser, url: str) -> None:
    sockets: list[WebSocketRoute] = []

    def relay(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    async with opened(browser, "about:blank") as page:
        await page.route_web_socket("**/api/session*", relay)
        await page.goto(url)
        await in_state(page, "running")
        shown = f"() => ({BRIGHTNESS})(document.querySelector('lucid-player').video) > 50"
        await page.wait_for_function(shown)  # the video has a size before it has a picture
        session = await page.evaluate(SESSION)
        await sockets[0].close(code=4000)
        await in_state(page, "disconnected")
        await expect(page.locator("#still")).to_contain_text("The connection was lost")
        await expect(page.locator("#veil")).to_have_count(0)
        await expect(page.locator("[data-input=guidance] input")).to_be_disabled()
        assert await page.locator("#last-frame").evaluate(BRIGHTNESS) > 50
        await in_state(page, "running")
        await expect(page.locator("#still")).to_have_count(0)
        assert await page.evaluate(SESSION) == session
        assert len(sockets) == 2


async def test_loading_shows_stage_share_and_last_time(browser: Browser, tmp_path: Path) -> None:
    seen = threading.Event()

    class SlowWorld(ListeningWorld):
        def load(self, ctx: LoadContext) -> None:
            ctx.progress("warm_up", 0.4)
            seen.wait(10)

    times = tmp_path / "times.json"
    times.write_text('{"warm_up": 75}', "utf-8")
    host = Host(ThreadWorker(SlowWorld), LoadTimes(times))
    async with serving_host(host) as server, opened(browser, server.url) as page:
        await expect(page.locator("#status")).to_have_text("Loading: Warm up 40 %")
        await expect(page.locator(".stages li")).to_have_text(
            re.compile(r"Warm up\s+40 % \u00b7 \d+ s, last time 1 min 15 s")
        )
        await expect(page.get_by_role("progressbar")).to_have_js_property("value", 0.4)
        seen.set()
        await in_state(page, "running")
