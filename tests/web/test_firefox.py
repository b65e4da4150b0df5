"""A real Firefox plays over UDP and over TCP. It is driven with WebDriver BiDi."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.servers import serving
from tests.waits import LIMIT_S, until
from tests.web.world import ListeningWorld, heard

pytestmark = pytest.mark.browser

LISTENS = "WebDriver BiDi listening on "
PREFERENCES = 'user_pref("media.autoplay.default", 0);\n'
FIND = """const find = (selector, root = document) => root.querySelector(selector)
    ?? [...root.querySelectorAll("*")].filter((element) => element.shadowRoot)
        .map((element) => find(selector, element.shadowRoot)).find(Boolean);"""
READY = """find("lucid-player")?.dataset.state === "running"
    && find("#main-video")?.videoWidth === 128"""
IS_RED = """(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [4, 4];
    const context = canvas.getContext("2d");
    context.drawImage(find("#main-video"), 0, 0, 4, 4);
    const [red, green] = context.getImageData(2, 2, 1, 1).data;
    return red - green > 100;
})()"""
CONNECTION = """find("[data-figure=Connection]")?.innerText"""


class FirefoxPage:
    """The only page of a Firefox."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket, self._ids = socket, itertools.count()
        self._context = ""

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        id = next(self._ids)
        await self._socket.send(json.dumps({"id": id, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await self._socket.recv())
            if answer.get("id") == id:
                assert answer["type"] == "success", answer
                return dict(answer["result"])

    async def open(self, url: str) -> None:
        tree = await self.ask("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]
        await self.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression; ``find(selector)`` looks into shadow roots."""
        result = await self.ask(
            "script.callFunction",
            functionDeclaration=f"() => {{ {FIND} return {expression}; }}",
            target={"context": self._context},
            awaitPromise=False,
        )
        assert result["type"] == "success", result
        return result["result"].get("value")

    async def wait_for(self, expression: str, value: Any = True) -> None:
        async with asyncio.timeout(LIMIT_S):
            while await self.evaluate(expression) != value:  # noqa: ASYNC110 - the browser's own state
                await asyncio.sleep(0.05)

    async def key(self, kind: str, key: str) -> None:
        """Press (``keyDown``) or release (``keyUp``) a key."""
        actions = [{"type": "key", "id": "keyboard", "actions": [{"type": kind, "value": key}]}]
        await self.ask("input.performActions", context=self._context, actions=actions)


@asynccontextmanager
async def firefox(profile: Path) -> AsyncIterator[FirefoxPage]:
    program = shutil.which("firefox") or shutil.which("firefox-esr")
    if program is None and os.environ.get("LUCID_TEST_BROWSER"):
        pytest.fail("LUCID_TEST_BROWSER is set, but there is no Firefox")
    if program is None:
        pytest.skip("needs Firefox")
    (profile / "user.js").write_text(PREFERENCES)
    process = await asyncio.create_subprocess_exec(
        *(program, "--headless", "--no-remote", "--remote-debugging-port", "0"),
        *("--profile", str(profile), "about:blank"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(LIMIT_S):
            while not (line := (await process.stderr.readline()).decode()).startswith(LISTENS):
                assert line, "Firefox ended"
        rest = asyncio.create_task(process.stderr.read())
        address = line.removeprefix(LISTENS).strip()
        async with websockets.connect(f"{address}/session", max_size=None) as socket:
            page = FirefoxPage(socket)
            await page.ask("session.new", capabilities={})
            yield page
    finally:
        process.terminate()
        await process.wait()
    await rest


async def test_a_key_moves_the_world_in_firefox_over_both_wires(tmp_path: Path) -> None:
    async with serving(ListeningWorld) as server, firefox(tmp_path) as page:
        for query, connection in (("", "UDP (WebRTC)"), ("?wire=ws", "TCP (WebSocket)")):
            await page.open(server.url + query)
            await page.wait_for(READY)
            heard.clear()
            await page.evaluate('find("#stage").focus()')
            await page.key("keyDown", "w")
            await until(lambda: heard[:1] == [("move", True)])
            await page.wait_for(IS_RED)
            await page.key("keyUp", "w")
            await until(lambda: heard[-1] == ("move", False))
            await page.evaluate('find("[aria-label=Figures]").click()')
            await page.wait_for(CONNECTION, connection)
