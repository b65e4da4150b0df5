"""The player on the local network and embedded in pages of other origins."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from cryptography import x509
from playwright.async_api import Browser, Page, expect

from tests.servers import serving
from tests.waits import until
from tests.web.conftest import opened
from tests.web.devices import finger, give, middle
from tests.web.test_page import hears, in_state
from tests.web.test_player import button, is_red, png
from tests.web.world import ListeningWorld, heard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

HELLO = Path(__file__).resolve().parents[2] / "examples" / "hello"
TOKEN = "correct-horse"


@dataclass
class Terminal:
    """The terminal output of `lucid serve --lan`."""

    url: str
    messages: str


@contextmanager
def lan_server(cwd: Path) -> Iterator[Terminal]:
    """Run `lucid serve --lan` with a terminal for its messages."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lucid", "serve", str(HELLO), "--lan", "--port", "0"],
        cwd=cwd, stdout=subprocess.PIPE, stderr=its, text=True,
    )  # fmt: skip
    os.close(its)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        messages = ""
        while "Ctrl-C ends" not in messages:
            messages += os.read(ours, 4096).decode()
        yield Terminal(url, messages.replace("\r\n", "\n"))
    finally:
        process.terminate()
        process.communicate(timeout=60)
        os.close(ours)


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with lan_server(tmp_path_factory.mktemp("nowhere")) as terminal:
        yield terminal


async def test_the_address_has_a_token_and_the_qr_code_is_the_address(lan: Terminal) -> None:
    assert lan.url.startswith("https://")
    assert parse_qs(urlsplit(lan.url).query)["token"]
    drawn = io.StringIO()
    segno.make(lan.url, error="m").terminal(out=drawn, compact=True)
    assert drawn.getvalue() in lan.messages


async def test_the_certificate_is_for_the_address_that_is_printed(lan: Terminal) -> None:
    address = urlsplit(lan.url)
    assert address.hostname is not None
    assert address.port is not None
    where = (address.hostname, address.port)
    pem = await asyncio.to_thread(ssl.get_server_certificate, where)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(one) for one in names.get_values_for_type(x509.IPAddress)]
    assert address.hostname in addresses
    assert "127.0.0.1" in addresses


async def test_a_phone_on_the_network_plays_by_the_link_alone(
    lan: Terminal, browser: Browser
) -> None:
    async with opened(browser, lan.url, ignore_https_errors=True) as page:
        await in_state(page, "running")
        assert "token" not in page.url
        assert await page.evaluate("isSecureContext && 'mediaDevices' in navigator")
        await button(page, "Share and watch").click()
        await button(page, "Play together").click()
        link = await page.locator("[data-link]").input_value()
        assert link.startswith(lan.url.partition("?")[0])
        assert await page.get_by_text("works only on this machine").count() == 0
        screen = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
        async with opened(browser, link, ignore_https_errors=True, **screen) as phone:
            await in_state(phone, "running")
            await phone.wait_for_selector(".stick .front")
            touch = await finger(phone)
            x, y = await middle(phone, ".stick")
            await touch("touchStart", (x, y))
            await touch("touchMove", (x, y - 50))
            held = phone.locator("#keys [data-held]")
            await expect(held.first).to_be_attached()
            await touch("touchEnd")
            await expect(held).to_have_count(0)
    bare = lan.url.partition("?")[0]
    stranger = await browser.new_page(ignore_https_errors=True)
    response = await stranger.goto(bare)
    assert response is not None
    assert response.status == 401
    await expect(stranger.locator("body")).to_contain_text("This server needs a token")
    await stranger.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Run a web server of another site; yield its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@asynccontextmanager
async def embedded(browser: Browser, folder: Path, allowed: bool) -> AsyncIterator[Page]:
    """Open a page of another origin that embeds the player of a server with a token."""
    with site(folder) as origin:
        embedders = (origin,) if allowed else ()
        async with serving(ListeningWorld, token=TOKEN, embedders=embedders) as server:
            (folder / "index.html").write_text(
                f"""<!doctype html><h1>Mine</h1>
                <style>lucid-player {{ height: 600px }}</style>
                <script type="module" src="{server.url}static/player.js"></script>
                <lucid-player src="{server.url}?token={TOKEN}"></lucid-player>"""
            )
            page = await browser.new_page()
            await page.goto(origin)
            yield page
            await page.close()


async def test_a_page_that_may_embed_the_player_plays_uploads_and_records(
    browser: Browser, tmp_path: Path
) -> None:
    async with embedded(browser, tmp_path, allowed=True) as page:
        await in_state(page, "running")
        heard.clear()
        await page.keyboard.press("KeyW")  # the page handles it until the player has the focus
        await page.locator("#stage").click()
        await page.keyboard.down("KeyW")
        await hears(("move", True))
        await is_red(page)
        await page.keyboard.up("KeyW")
        await hears(("move", False))
        await page.evaluate("document.exitPointerLock()")
        await give(page, png((10, 200, 30)), "drop")
        await until(lambda: len(heard) == 1)
        assert heard[0][0] == "set_seed_frame"
        await button(page, "Record").click()
        await expect(page.get_by_text("REC 0:0")).to_be_visible()
        await page.wait_for_timeout(300)
        async with page.expect_download() as recording:
            await button(page, "Stop and save the recording").click()
        assert (await recording.value).suggested_filename.endswith(".mp4")
        await expect(page.locator("[data-error-code]")).to_have_count(0)
        await expect(page.get_by_role("heading", name="Mine")).to_be_visible()
        await page.evaluate("document.querySelector('lucid-player').remove()")


async def test_a_page_of_a_stranger_gets_no_player_and_no_socket(
    browser: Browser, tmp_path: Path
) -> None:
    async with embedded(browser, tmp_path, allowed=False) as page:
        assert not await page.evaluate("Boolean(customElements.get('lucid-player'))")
        opens = """() => new Promise((resolve) => {
            const url = new URL(document.querySelector("lucid-player").getAttribute("src"));
            url.pathname = "/api/session";
            url.searchParams.set("protocol", "1");
            const socket = new WebSocket(url.href.replace("http", "ws"));
            socket.onopen = () => resolve(true);
            socket.onerror = () => resolve(false);
        })"""
        assert not await page.evaluate(opens)
