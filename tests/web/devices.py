"""User input that Playwright cannot simulate itself."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable

from playwright.async_api import Page

FAKE_PAD = """(given) => {
    const { mapping = "standard", axes = [0, 0, 0, 0], switched } = given ?? {};
    const pad = {
        id: "Fake pad", index: 0, connected: true, mapping, timestamp: 0, axes,
        buttons: Array.from({length: 17}, () => ({pressed: false, touched: false, value: 0})),
    };
    if (switched !== undefined) pad.buttons[switched] = {pressed: true, touched: true, value: 1};
    globalThis.pad = pad;
    navigator.getGamepads = () => [pad, null, null, null];
    dispatchEvent(new Event("gamepadconnected"));
}"""
"""Connect a gamepad, ``pad``. By default it has the standard layout and is at rest."""
UNPLUG = "pad.connected = false; navigator.getGamepads = () => []"
_GIVE = """([base64, kind, name]) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, {type: name.endsWith(".png") ? "image/png" : ""}));
    const init = {bubbles: true, composed: true, cancelable: true};
    const event = kind === "paste"
        ? new ClipboardEvent("paste", {...init, clipboardData: data})
        : new DragEvent("drop", {...init, dataTransfer: data});
    document.querySelector("lucid-player").dispatchEvent(event);
}"""


async def give(page: Page, data: bytes, kind: str, name: str = "given.png") -> None:
    """Paste a picture or another file into the player, or drop it there, by ``kind``."""
    await page.evaluate(_GIVE, [base64.b64encode(data).decode(), kind, name])


Touch = Callable[..., Awaitable[None]]


async def finger(page: Page) -> Touch:
    """Return a function that sends touch events, such as ``touch("touchStart", (x, y))``."""
    cdp = await page.context.new_cdp_session(page)

    async def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        await cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    return touch


async def middle(page: Page, selector: str) -> tuple[float, float]:
    """Return the centre of an element, in CSS pixels."""
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
