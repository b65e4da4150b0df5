"""The player's devices, settings, sharing, recording and reconnecting."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect

from lucid.capsule.read import read_capsule
from tests.npm import node_modules
from tests.servers import serving
from tests.waits import LIMIT_S, quiet, until
from tests.web.conftest import opened
from tests.web.devices import FAKE_PAD, UNPLUG, finger, give, middle
from tests.web.test_page import SESSION, hears, in_state
from tests.web.world import ListeningWorld, heard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

RED = """(video) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [4, 4];
    canvas.getContext("2d").drawImage(video, 0, 0, 4, 4);
    const [red, green] = canvas.getContext("2d").getImageData(2, 2, 1, 1).data;
    return red - green;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(ListeningWorld) as server:
        yield server.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with opened(browser, url) as page:
        await in_state(page, "running")
        yield page


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


async def is_red(page: Page) -> None:
    """Wait until the picture is red, which shows that a player walks."""
    video = page.locator("#main-video")
    async with asyncio.timeout(LIMIT_S):
        while await video.evaluate(RED) <= 100:  # noqa: ASYNC110 - the browser's own picture
            await asyncio.sleep(0.05)


async def unchanging(locator: Locator) -> str:
    """Return the text once it has stopped changing, after pending updates have arrived."""
    async with asyncio.timeout(LIMIT_S):
        before, now = None, await locator.inner_text()
        while now != before:
            await asyncio.sleep(0.3)
            before, now = now, await locator.inner_text()
        return now


def png(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (128, 48), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def test_a_gamepad_moves_looks_and_presses(page: Page) -> None:
    await page.evaluate(FAKE_PAD)
    await page.evaluate("pad.axes[1] = -1")
    await hears(("move", True))
    await is_red(page)
    await expect(page.locator("button[data-input=move]")).to_have_attribute("data-held", "")
    await expect(page.locator("button[data-input=jump] kbd")).to_have_text("A")
    await page.evaluate("pad.axes[1] = 0")
    await hears(("move", False))
    await page.evaluate("pad.axes[0] = 0.6")  # an axis input takes the stick's amount
    await until(lambda: bool(heard) and heard[-1][0] == "strafe" and 0.4 < heard[-1][1] < 0.6)
    await page.evaluate("pad.axes[0] = 0")
    await until(lambda: heard[-1] == ("strafe", 0))
    heard.clear()
    await page.evaluate("pad.buttons[0] = {pressed: true, touched: true, value: 1}")
    await hears(("jump",))
    await page.evaluate("pad.buttons[0] = {pressed: false, touched: false, value: 0}")
    await page.evaluate("pad.axes[2] = 1")
    await until(lambda: sum(dx for name, dx, _ in heard if name == "look") > 100)
    await page.evaluate("pad.axes[2] = 0; document.hasFocus = () => false")
    await quiet(lambda: len(heard))
    heard.clear()
    await page.evaluate("pad.axes[1] = -1")  # a press without focus is no press
    await quiet(lambda: len(heard))
    assert heard == []
    await page.evaluate(f"pad.axes[1] = 0; delete document.hasFocus; {UNPLUG}")
    await page.keyboard.press("Space")
    await expect(page.locator("button[data-input=jump] kbd")).to_have_text("Space")


async def test_a_key_without_a_code_plays_by_its_letter(page: Page) -> None:
    press = """(type) => document.querySelector("lucid-player").stage.dispatchEvent(
        new KeyboardEvent(type, {key: "w", code: "", bubbles: true, composed: true}))"""
    await page.evaluate(press, "keydown")
    await hears(("move", True))
    await page.evaluate(press, "keyup")
    await hears(("move", False))


async def test_keys_have_the_labels_of_the_users_keyboard(browser: Browser, url: str) -> None:
    async with opened(browser, "about:blank") as page:
        await page.add_init_script(
            """Object.defineProperty(navigator, "keyboard", {value: {
                getLayoutMap: async () => new Map([["KeyW", "z"], ["KeyA", "q"]]),
            }})"""
        )
        await page.goto(url)
        await in_state(page, "running")
        await expect(page.locator("button[data-input=move] kbd").first).to_have_text("Z")
        await expect(page.get_by_role("button", name="Q Strafe \N{MINUS SIGN}")).to_be_visible()


async def test_a_remapped_key_warns_of_a_conflict_and_is_kept_for_this_model(
    page: Page, browser: Browser, url: str
) -> None:
    await button(page, "Settings").click()
    await button(page, "Lean: add a key or button").click()
    await page.keyboard.press("KeyW")
    await expect(page.get_by_role("alert")).to_contain_text("W is also bound to: Move.")
    await button(page, "Bind it only here").click()
    await page.locator("[data-setting=scaling]").select_option("pixelated")
    await page.locator("[data-setting=sensitivity]").fill("2")
    await page.get_by_role("switch", name="Invert up and down").click()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.focus("#stage")
    await page.keyboard.press("KeyW")
    await hears(("lean", True), ("lean", False))
    await page.reload()
    await in_state(page, "running")
    style = "(video) => getComputedStyle(video).imageRendering"
    assert await page.locator("#main-video").evaluate(style) == "pixelated"
    heard.clear()
    await page.focus("#stage")
    await page.keyboard.press("KeyW")
    await hears(("lean", True), ("lean", False))
    await page.locator("#stage").click()
    await expect(page.locator("#hint")).to_have_text("Press Esc to release the mouse")
    x, y = 470, 400
    await page.mouse.move(x, y)
    await until(lambda: bool(heard))
    await quiet(lambda: len(heard), for_s=1.0)  # the page sends motion once per frame
    heard.clear()
    await page.mouse.move(x + 10, y + 5)
    await until(lambda: [sum(h[i] for h in heard) for i in (1, 2)] == [20, -10])
    await page.evaluate("document.exitPointerLock()")
    await button(page, "Settings").click()
    await button(page, "Reset to defaults").click()
    await page.locator("[data-setting=sensitivity]").fill("1")
    await page.keyboard.press("Escape")


async def test_a_button_of_the_gamepad_is_bound_anew_and_plays_nothing_meanwhile(
    page: Page,
) -> None:
    press = "pad.buttons[0] = {pressed: true, touched: true, value: 1}"
    lift = "pad.buttons[0] = {pressed: false, touched: false, value: 0}"
    await page.evaluate(FAKE_PAD)
    await button(page, "Settings").click()
    await button(page, "Lean: add a key or button").click()
    await page.evaluate(press)
    await expect(page.get_by_role("alert")).to_contain_text("A is also bound to: Jump.")
    await button(page, "Bind it only here").click()
    await page.evaluate(lift)
    await page.keyboard.press("Escape")
    await page.evaluate(press)
    await hears(("lean", True))
    await page.evaluate(lift)
    await hears(("lean", False))
    await page.evaluate(UNPLUG)
    await button(page, "Settings").click()
    await button(page, "Reset to defaults").click()
    await page.keyboard.press("Escape")


async def test_a_world_without_a_reset_of_its_own_is_played_afresh(
    browser: Browser, url: str
) -> None:
    async with opened(browser, url) as page:
        await in_state(page, "running")
        before = await page.evaluate(SESSION)
        async with page.expect_response("**/restart") as answer:
            await button(page, "Reset the world").click()
        assert (await answer.value).ok
        await in_state(page, "running")
        assert await page.evaluate(SESSION) == before


async def test_help_names_every_control_and_shapes_stay_reachable_by_keys(page: Page) -> None:
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="How to play")
    for words in ("Move", "Left click", "Right stick", "Wheel", "Stick"):
        await expect(dialog).to_contain_text(words)
    await page.keyboard.press("Space")  # a dialog handles its keys itself
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.focus("#stage")
    await page.keyboard.press("Tab")
    await expect(page.locator("#panel-toggle")).to_be_focused()
    assert heard == []


async def test_a_prompt_is_a_preset_or_comes_back_from_the_history(page: Page) -> None:
    await button(page, "a forest").click()
    await hears(("set_prompt", "a forest"))
    box = page.get_by_label("Describe the world", exact=True)
    await box.fill("a city of glass")
    await page.keyboard.press("Enter")
    await hears(("set_prompt", "a city of glass"))
    await box.fill("a draft")
    await page.keyboard.press("ArrowUp")
    await expect(box).to_have_value("a city of glass")
    await page.keyboard.press("ArrowUp")
    await expect(box).to_have_value("a forest")
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    await expect(box).to_have_value("a draft")
    await page.get_by_text("History", exact=True).click()
    await button(page, "a city of glass").click()
    await hears(("set_prompt", "a city of glass"))


@pytest.mark.parametrize("kind", ["paste", "drop"])
async def test_an_image_that_is_given_anywhere_seeds_the_world(page: Page, kind: str) -> None:
    await give(page, png((10, 200, 30)), kind)
    await until(lambda: len(heard) == 1)
    name, mime_type, pixels = heard[0]
    assert (name, mime_type, pixels.shape) == ("set_seed_frame", "image/png", (48, 64, 3))
    assert np.all(pixels == (10, 200, 30))
    heard.clear()
    await page.get_by_role("button", name="Sent before, 1").click()
    await until(lambda: len(heard) == 1)
    assert np.all(heard[0][2] == (10, 200, 30))


async def test_the_webcam_takes_a_seed(page: Page) -> None:
    await button(page, "Use the webcam").click()
    await expect(page.locator(".webcam")).not_to_have_js_property("videoWidth", 0)
    await button(page, "Take the picture").click()
    await until(lambda: len(heard) == 1)
    assert heard[0][0] == "set_seed_frame"
    assert heard[0][2].shape == (48, 64, 3)


async def test_the_dice_rolls_an_rng_seed(page: Page) -> None:
    await button(page, "Random: Reseed").click()
    await button(page, "Random: Reseed").click()
    await until(lambda: len(heard) == 2)
    (_, first), (_, second) = heard
    assert first != second


async def test_a_paused_world_makes_one_step(page: Page) -> None:
    shown = page.locator("[data-output=telemetry] [data-value=step] dd")
    await button(page, "Pause").click()
    await in_state(page, "paused")
    step = int(await unchanging(shown))
    await button(page, "One step").click()
    await expect(shown).to_have_text(str(step + 1))
    await button(page, "Resume").click()
    await in_state(page, "running")
    await expect(button(page, "One step")).to_be_disabled()


async def test_the_figures_say_how_long_an_input_takes_to_the_picture(page: Page) -> None:
    await button(page, "Figures").click()
    await page.keyboard.press("Space")
    latency = page.locator("[data-figure='Input to picture']")
    for name in ("Frames shown", "Frame interval", "Model step", "Bit rate", "Picture"):
        await expect(page.locator(f"[data-figure='{name}']")).to_contain_text(re.compile(r"\d"))
    async with asyncio.timeout(LIMIT_S):
        while not (await latency.inner_text()).endswith("ms"):
            await page.keyboard.press("KeyW")
            await asyncio.sleep(0.2)
    assert 0 < float((await latency.inner_text()).removesuffix(" ms")) < 5000
    await expect(page.locator(".graph canvas")).to_have_count(4)
    await page.get_by_role("button", name="Close the figures").click()


async def test_what_was_played_can_be_kept(page: Page, tmp_path: Path) -> None:
    async with page.expect_download() as screenshot:
        await button(page, "Save a screenshot").click()
    await (await screenshot.value).save_as(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (128, 96)
    await button(page, "Record").click()
    await expect(button(page, "Stop and save the recording")).to_be_visible()
    await page.keyboard.down("KeyW")
    await is_red(page)
    await page.keyboard.up("KeyW")
    async with page.expect_download() as recording:
        await button(page, "Stop and save the recording").click()
    await (await recording.value).save_as(tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as video:
        reds = [frame.to_ndarray(format="rgb24")[..., 0].mean() for frame in video.decode(video=0)]
    assert max(reds) > 150
    async with page.expect_download() as session:
        await button(page, "Save the session").click()
    await (await session.value).save_as(tmp_path / "a.lucid")
    inputs = read_capsule(tmp_path / "a.lucid").inputs
    assert [line.args for line in inputs if line.name == "move"][-2:] == [
        {"pressed": True},
        {"pressed": False},
    ]


async def test_the_browser_records_where_the_server_cannot(
    browser: Browser, url: str, tmp_path: Path
) -> None:
    refused = json.dumps({"error": {"code": "session.recording", "message": "no encoder"}})
    page = await browser.new_page()  # `opened` would fail on the logged 501
    await page.route("**/recording", lambda route: route.fulfill(status=501, body=refused))
    await page.goto(url)
    await in_state(page, "running")
    await button(page, "Record").click()
    await expect(page.get_by_text("REC 0:0")).to_be_visible()
    await page.focus("#stage")
    await page.keyboard.down("KeyW")
    await is_red(page)
    async with page.expect_download() as recording:
        await button(page, "Stop and save the recording").click()
    kept = tmp_path / (await recording.value).suggested_filename
    await (await recording.value).save_as(kept)
    await page.close()
    with av.open(str(kept)) as video:
        reds = [frame.to_ndarray(format="rgb24")[..., 0].mean() for frame in video.decode(video=0)]
    assert max(reds) > 150


async def test_a_saved_session_that_is_dropped_plays_until_the_player_takes_over(
    page: Page, tmp_path: Path
) -> None:
    await page.focus("#stage")
    await page.keyboard.down("KeyW")
    await is_red(page)
    await page.keyboard.up("KeyW")
    async with page.expect_download() as session:
        await button(page, "Save the session").click()
    await (await session.value).save_as(tmp_path / "a.lucid")
    heard.clear()
    await give(page, (tmp_path / "a.lucid").read_bytes(), "drop", "a.lucid")
    await until(lambda: bool(heard))  # it plays all that was played in this session
    await in_state(page, "running")
    await page.focus("#stage")
    await page.keyboard.down("KeyW")
    await until(lambda: heard[-1] == ("move", True))
    await is_red(page)
    await page.keyboard.up("KeyW")


async def test_a_link_lets_others_watch_and_another_lets_them_play(
    page: Page, browser: Browser
) -> None:
    await button(page, "Share and watch").click()
    links = {}
    for kind in ("Watch", "Play together", "Stream"):
        await button(page, kind).click()
        links[kind] = await page.locator("[data-link]").input_value()
        await expect(page.get_by_role("img", name="QR code of the link")).to_be_visible()
    await page.keyboard.press("Escape")
    async with (
        opened(browser, links["Watch"]) as spectator,
        opened(browser, links["Play together"]) as guest,
        opened(browser, links["Stream"]) as stream,
    ):
        await in_state(guest, "running")
        await in_state(spectator, "running")
        await in_state(stream, "running")
        await expect(spectator.locator("#status")).to_have_text("Watching")
        await expect(button(guest, "Reset the world")).to_be_disabled()
        for none in ("#keys", "#forms", "#pause", "#record"):
            await expect(spectator.locator(none)).to_have_count(0)
        await expect(stream.get_by_role("button")).to_have_count(0)
        await expect(stream.locator("#main-video")).to_be_visible()
        await guest.focus("#stage")
        await guest.keyboard.down("KeyW")
        await hears(("move", True))
        for who in (page, spectator, stream):
            await is_red(who)
        await button(page, "Share and watch").click()
        await expect(page.locator("#until")).to_contain_text(re.compile(r"join until .*\d:\d\d"))
        await page.get_by_role("button", name="Mute", exact=True).last.click()
        # A page that sends late releases and restores its keys, so only the end is certain.
        await until(lambda: heard[-1:] == [("move", False)])
        await expect(page.get_by_role("button", name="Unmute", exact=True).last).to_be_visible()
        await page.get_by_role("button", name="Remove", exact=True).click()
        await in_state(guest, "failed")
        await expect(guest.locator("#veil")).to_contain_text("the player has removed you")
        await expect(guest.get_by_role("button", name="Play again")).to_have_count(0)
        await expect(page.locator(".guest")).to_have_count(0)
        await page.keyboard.press("Escape")


async def test_a_lost_connection_finds_its_session_again(browser: Browser, url: str) -> None:
    sockets: list[WebSocketRoute] = []
    reachable = asyncio.Event()
    reachable.set()

    async def relay(socket: WebSocketRoute) -> None:
        await reachable.wait()
        socket.connect_to_server()
        sockets.append(socket)

    async with opened(browser, "about:blank") as page:
        await page.route_web_socket("**/api/session*", relay)
        await page.goto(url)
        await in_state(page, "running")
        reachable.clear()
        before = await page.evaluate(SESSION)
        await sockets[0].close(code=4000)
        await in_state(page, "disconnected")
        await expect(page.locator("#status")).to_have_text("Reconnecting")
        await expect(page.locator("[data-input=guidance] input")).to_be_disabled()
        reachable.set()
        await in_state(page, "running")
        assert await page.evaluate(SESSION) == before
        heard.clear()
        await page.focus("#stage")
        await page.keyboard.press("Space")
        await hears(("jump",))
        assert len(sockets) == 2
        gpu = {"type": "gpu", "used_bytes": 6 * 2**30, "total_bytes": 24 * 2**30}
        sockets[1].send(json.dumps(gpu))  # as from a server with an NVIDIA GPU
        await button(page, "Figures").click()
        await expect(page.locator("[data-figure='GPU memory']")).to_have_text("6.0 / 24.0 GiB")


async def test_a_finger_steers_looks_and_presses(browser: Browser, url: str) -> None:
    async with opened(
        browser, url, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    ) as page:
        await in_state(page, "running")
        await page.wait_for_selector(".stick .front")
        heard.clear()
        touch = await finger(page)
        x, y = await middle(page, ".stick")
        await touch("touchStart", (x, y))
        await touch("touchMove", (x, y - 20))
        await touch("touchMove", (x, y - 50))
        await until(lambda: ("move", True) in heard)
        await touch("touchEnd")
        await until(lambda: ("move", False) in heard)
        heard.clear()
        await touch("touchStart", (x, y))
        await touch("touchMove", (x, y - 50))
        await until(lambda: ("move", True) in heard)
        await page.keyboard.press("Space")  # removes the stick while it is held
        await until(lambda: ("move", False) in heard)
        await touch("touchEnd")
        heard.clear()
        await touch("touchStart", (180, 120))
        await touch("touchMove", (200, 120))
        await touch("touchMove", (220, 120))
        await until(lambda: sum(h[1] for h in heard if h[0] == "look") == 80)
        await touch("touchEnd")
        heard.clear()
        await page.locator("button[data-input=jump]").tap()
        await until(lambda: ("jump",) in heard)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 1280), ("dark", 360)])
async def test_axe_finds_nothing(browser: Browser, url: str, scheme: str, width: int) -> None:
    script = node_modules() / "axe-core" / "axe.min.js"
    axe = await asyncio.to_thread(script.read_text, "utf-8")
    viewport = {"width": width, "height": 800}
    async with opened(browser, url, color_scheme=scheme, viewport=viewport) as page:
        await in_state(page, "running")
        await page.evaluate(axe)
        found: list[str] = []
        for dialog in (None, "help", "settings", "share"):
            await page.evaluate(
                """(dialog) => document.querySelector("lucid-player")
                    .set({dialog, measuring: dialog === null})""",
                dialog,
            )
            await page.wait_for_timeout(100)
            violations = await page.evaluate("axe.run().then(({violations}) => violations)")
            found += [
                f"{dialog}: {one['id']} {node['html'][:120]} {node['failureSummary'][:160]}"
                for one in violations
                for node in one["nodes"]
            ]
        assert found == [], "\n".join(found)
