"""How a page connects, and the error that it shows if it cannot."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from tests.servers import serving
from tests.waits import LIMIT_S
from tests.web.conftest import opened
from tests.web.test_page import in_state
from tests.web.world import ListeningWorld

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

Message = dict[str, Any]
Edit = Callable[[Message], Message]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(ListeningWorld) as server:
        yield server.url


class Wire:
    """The signaling sockets of a page. A test can change their messages and close them."""

    def __init__(self, to_page: Edit, to_server: Edit) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.sent: list[Message] = []
        self.down = False
        self.held: set[str] = set()
        """The types of the messages that do not go on until ``let_go``, from either side."""
        self._waiting: list[tuple[str, Callable[[], None]]] = []
        self._more = asyncio.Event()
        self._to_page = to_page
        self._to_server = to_server

    async def relay(self, socket: WebSocketRoute) -> None:
        if self.down:
            await socket.close(code=4000)
            return
        server = socket.connect_to_server()
        self.sockets.append(socket)

        def to_server(text: str | bytes) -> None:
            self.sent.append(self._to_server(json.loads(text)))
            self._more.set()
            self._pass_on(self.sent[-1], server)

        def to_page(data: str | bytes) -> None:
            media = isinstance(data, bytes)
            if media:
                socket.send(data)
            else:
                self._pass_on(self._to_page(json.loads(data)), socket)

        socket.on_message(to_server)
        server.on_message(to_page)

    def _pass_on(self, message: Message, socket: WebSocketRoute) -> None:
        send = partial(socket.send, json.dumps(message))
        if message["type"] in self.held:
            self._waiting.append((message["type"], send))
        else:
            send()

    def let_go(self, kind: str) -> None:
        """Pass on the messages of a type, also those to come."""
        self.held.discard(kind)
        for held, send in self._waiting:
            if held == kind:
                send()

    async def sends(self, kind: str) -> Message:
        """Return the page's next message of a type."""
        known = len(self.sent)
        async with asyncio.timeout(LIMIT_S):
            while True:
                self._more.clear()
                for message in self.sent[known:]:
                    if message["type"] == kind:
                        return message
                await self._more.wait()


@asynccontextmanager
async def wired(
    browser: Browser,
    url: str,
    to_page: Edit = lambda message: message,
    to_server: Edit = lambda message: message,
    held: Iterable[str] = (),
) -> AsyncIterator[tuple[Page, Wire]]:
    """Open a page with a stopped clock: only ``page.clock.fast_forward`` advances it."""
    wire = Wire(to_page, to_server)
    wire.held = set(held)
    async with opened(browser, "about:blank") as page:
        await page.route_web_socket("**/api/session*", wire.relay)
        await page.clock.install(time=0)
        await page.clock.pause_at(1)
        await page.goto(url)
        yield page, wire


async def test_try_now_opens_one_socket_however_often_it_is_pressed(
    browser: Browser, url: str
) -> None:
    async with wired(browser, url) as (page, wire):
        await in_state(page, "running")
        await wire.sockets[0].close(code=4000)
        await in_state(page, "disconnected")
        await page.evaluate(
            """() => {
                const player = document.querySelector("lucid-player");
                player.retryNow();
                player.retryNow();
                player.session.retryNow();
            }"""
        )
        await in_state(page, "running")
        await page.evaluate("document.querySelector('lucid-player').session.retryNow()")
        await page.clock.fast_forward(2_000)  # the scheduled retry is due
        await in_state(page, "running")
        assert len(wire.sockets) == 2


async def test_all_tracks_share_one_set_of_candidates(browser: Browser, url: str) -> None:
    async with wired(browser, url) as (page, wire):
        await in_state(page, "running")
        for video in ("#main-video", "video[data-output=map]"):
            await expect(page.locator(video)).not_to_have_js_property("videoWidth", 0)
        offer = next(message["sdp"] for message in wire.sent if message["type"] == "offer")
        _, *lines = re.split(r"^m=", offer, flags=re.M)
        assert len(lines) == 3
        assert [("a=candidate" in line) for line in lines] == [True, False, False]


async def test_a_page_that_gets_no_connection_says_so(browser: Browser, url: str) -> None:
    def nothing_more(message: Message) -> Message:
        known = message["type"] in ("hello", "gpu", "ping") or message.get("state") == "ready"
        return message if known else {"type": "ping"}

    async with wired(browser, url, to_page=nothing_more) as (page, wire):
        await wire.sends("offer")
        await page.clock.fast_forward(7_500)
        await wire.sends("pong")  # otherwise the page assumes that the server stopped answering
        await page.clock.fast_forward(7_400)
        await in_state(page, "ready")
        await page.clock.fast_forward(200)
        await in_state(page, "failed")
        await expect(page.locator("#veil [data-error-code='media.unreachable']")).to_be_visible()


async def test_a_page_whose_offer_is_refused_plays_over_the_socket(
    browser: Browser, url: str
) -> None:
    error = {"code": "protocol", "message": "the offer is too large", "hint": None}

    def refused(message: Message) -> Message:
        return {"type": "error", "seq": None, **error} if message["type"] == "answer" else message

    async with wired(browser, url, to_page=refused) as (page, wire):
        await in_state(page, "running")
        assert [message["type"] for message in wire.sent if message["type"] != "pong"][:2] == [
            "offer",
            "connect",
        ]
        await expect(page.locator("[data-error-code]")).to_have_count(0)


async def test_a_data_channel_that_opens_late_is_not_ended_by_the_fallback(
    browser: Browser, url: str
) -> None:
    async with wired(browser, url, held=("answer", "connect")) as (page, wire):
        await wire.sends("offer")
        asked = asyncio.create_task(wire.sends("connect"))
        await page.clock.fast_forward(1_600)  # the page stops waiting, and asks for the socket
        await asked
        wire.let_go("answer")
        await in_state(page, "running")  # over WebRTC
        wire.let_go("connect")
        await page.clock.fast_forward(1_000)
        await expect(page.locator("#main-video")).not_to_have_js_property("videoWidth", 0)
        assert await page.evaluate("document.querySelector('lucid-player').session.wireInUse") == (
            "webrtc"
        )
        for _ in range(2):  # beyond the limit of connecting, but not that of the server's silence
            await page.clock.fast_forward(8_000)
            await wire.sends("pong")
        await in_state(page, "running")


async def test_a_connection_that_stays_lost_becomes_an_error(browser: Browser, url: str) -> None:
    async with wired(browser, url) as (page, wire):
        await in_state(page, "running")
        await expect(page.locator("#main-video")).not_to_have_js_property("videoWidth", 0)
        wire.down = True
        await wire.sockets[0].close(code=4000)
        await expect(page.locator("#still")).to_contain_text("The connection was lost")
        for _ in range(4):
            await page.clock.run_for(2_000)
        veil = page.locator("#veil")
        await expect(veil.locator("[data-error-code='connection.lost']")).to_be_visible()
        wire.down = False
        await veil.get_by_role("button", name="Try now").click()
        await in_state(page, "running")


async def test_a_page_whose_token_is_no_longer_valid_says_so(browser: Browser) -> None:
    async with (
        serving(ListeningWorld, token="old") as server,
        wired(browser, f"{server.url}?token=old") as (page, wire),
    ):
        await in_state(page, "running")
        await page.context.clear_cookies()  # as good as a server with a new token
        await wire.sockets[0].close(code=4000)
        await page.clock.run_for(2_000)
        veil = page.locator("#veil")
        await expect(veil.locator("[data-error-code='session.token']")).to_be_visible()
        await in_state(page, "failed")


async def test_a_link_to_a_session_that_is_over_says_so_and_offers_no_retry(
    browser: Browser, url: str
) -> None:
    async with opened(browser, f"{url}?play=gone") as page:
        await expect(page.locator("#veil-title")).to_have_text("This address is no longer valid")
        await expect(page.locator("#veil")).to_contain_text("ask the player for a new link")
        await expect(page.locator("#restart")).to_have_count(0)
