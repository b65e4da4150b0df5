"""Keys, mouse, touch and gamepads: every input is released, and none is sent without the player."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.servers import serving
from tests.waits import until
from tests.web.conftest import opened
from tests.web.devices import FAKE_PAD, UNPLUG
from tests.web.test_page import hears, in_state
from tests.web.world import ListeningWorld, heard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

HANDS = (Path(__file__).parent / "random_hands.js").read_text("utf-8")
PLAYERS = 25
MOVES = 40
RELEASED = {"move": False, "lean": False, "attack": False, "strafe": 0.0}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(browser: Browser) -> AsyncIterator[Page]:
    async with serving(ListeningWorld) as server, opened(browser, server.url) as page:
        await in_state(page, "running")
        yield page


async def frames(page: Page, count: int = 30) -> None:
    """Wait for ``count`` animation frames, in each of which the page reads its gamepads."""
    await page.evaluate(
        "async (n) => { while (n--) await new Promise(requestAnimationFrame); }", count
    )


async def only_jumps(page: Page) -> None:
    """Check that no input was sent: a press arrives after all earlier inputs."""
    await page.keyboard.press("Space")
    await hears(("jump",))


@pytest.mark.parametrize(
    "axes",
    [
        [0, 0, -1, 0, 0, -1, 0, 0],  # an Xbox gamepad in Firefox on Linux: triggers
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 3.2857],  # a hat
        [-1, 1, 0.7, -0.4, 1.2857, -1],  # pedals and throttles
        [0.1, -0.08, -1.0000153, 0.12],  # drift
    ],
)
async def test_a_gamepad_of_unknown_layout_sends_nothing_at_rest(
    page: Page, axes: list[float]
) -> None:
    await page.evaluate(FAKE_PAD, {"mapping": "", "axes": axes, "switched": 3})
    await frames(page)
    await expect(page.locator(".player")).to_have_attribute("data-device", "keyboard")
    await page.evaluate(UNPLUG)
    await only_jumps(page)


async def test_a_gamepad_of_unknown_layout_plays_by_its_buttons_and_first_stick(page: Page) -> None:
    pushed = [0, -1, -1, 0, 0, -1]  # the stick is already pushed when it connects
    await page.evaluate(FAKE_PAD, {"mapping": "", "axes": pushed})
    await frames(page)
    await page.evaluate("pad.axes[1] = 0")
    await frames(page)
    await page.evaluate("pad.axes[1] = -1")
    await hears(("move", True))
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("does not know its layout")
    await page.keyboard.press("Escape")
    await until(lambda: ("move", False) in heard)
    heard.clear()
    await page.evaluate("pad.axes[1] = 0; pad.axes[2] = 1; pad.axes[3] = 1")  # a trigger
    await page.evaluate("pad.buttons[0] = {pressed: true, touched: true, value: 1}")
    await until(lambda: ("jump",) in heard)
    await page.evaluate(UNPLUG)
    await frames(page, 2)
    assert {name for name, *_ in heard} <= {"jump", "move"}


async def test_keys_of_an_input_method_compose_and_do_nothing_else(page: Page) -> None:
    box = page.get_by_label("Describe the world", exact=True)
    await box.fill("a harbour")
    await page.keyboard.press("Enter")
    await hears(("set_prompt", "a harbour"))
    await box.fill("")
    cdp = await page.context.new_cdp_session(page)
    composition = {"text": "にほ", "selectionStart": 2, "selectionEnd": 2}
    await cdp.send("Input.imeSetComposition", composition)
    for key, code in (("ArrowDown", 40), ("ArrowUp", 38), ("Escape", 27)):
        press = {"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": code}
        await cdp.send("Input.dispatchKeyEvent", press)
        await expect(box).to_have_value("にほ")
        await expect(box).to_be_focused()
    await cdp.send("Input.insertText", {"text": "日本"})
    ends = """(box) => box.dispatchEvent(new KeyboardEvent("keydown", {
        key: "Enter", code: "Enter", keyCode: 229, bubbles: true, composed: true,
    }))"""
    await box.evaluate(ends)  # as Safari ends a composition
    await page.locator("[data-input=reseed] input").evaluate(ends)
    await page.locator("button[data-input=jump]").evaluate(ends)
    w = ends.replace('"Enter"', '"KeyW"')
    await page.locator("#stage").evaluate(w)
    await page.focus("#stage")
    await only_jumps(page)
    await expect(box).to_have_value("日本")


async def test_no_order_of_events_leaves_anything_held(page: Page) -> None:
    await page.evaluate(FAKE_PAD)
    await page.evaluate(HANDS)
    logs = await page.evaluate(
        """async ([players, moves]) => {
            const logs = [];
            for (let seed = 0; seed < players; seed++) logs.push(await fumble(seed, moves));
            return logs;
        }""",
        [PLAYERS, MOVES],
    )
    await until(lambda: ("reseed", PLAYERS - 1) in heard)
    values = dict(RELEASED)
    pressed = set()
    for name, *arguments in heard:
        if name == "reseed":
            assert values == RELEASED, logs[arguments[0]]
        elif name in values:
            values[name] = arguments[0]
            pressed.add(name)
    assert pressed == set(RELEASED)


async def test_motion_of_one_frame_beyond_the_bound_of_its_input_is_cut_to_it(page: Page) -> None:
    wheel = "new WheelEvent('wheel', {deltaY: -1500, cancelable: true})"
    # In one frame: 30 notches, and the world takes 20.
    await page.locator("#stage").evaluate(
        f"(stage) => {{ for (let n = 0; n < 2; n++) stage.dispatchEvent({wheel}); }}"
    )
    await hears(("zoom", 20))
