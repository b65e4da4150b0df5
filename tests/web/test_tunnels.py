"""Players behind a proxy and behind a tunnel, who have no UDP path to the server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

import lucid.client
from lucid.server.run import write_certificate
from tests.ports import EverythingModel
from tests.server.proxies import free_port, nginx, relaying, ssh_tunnel
from tests.server.test_live import is_red
from tests.servers import serving
from tests.web.conftest import opened
from tests.web.test_page import in_state
from tests.web.test_player import is_red as shows_red
from tests.web.test_wires import shows_wire

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

HELLO = Path(__file__).resolve().parents[2] / "examples" / "hello"
TOKEN = "correct horse"


@pytest.mark.parametrize("prefix", ["strips", "keeps"])
async def test_a_proxy_with_tls_and_a_prefix_serves_page_and_client(
    browser: Browser, tmp_path: Path, prefix: str
) -> None:
    port = free_port()
    public = f"https://localhost:{port}/{prefix}/"
    certificate, key = write_certificate(tmp_path, ["localhost"])
    async with serving(EverythingModel, token=TOKEN, public_urls=(public,)) as server:
        own_port = urlsplit(server.url).port
        assert own_port is not None
        with nginx(tmp_path, port, own_port, certificate, key):
            url = f"{public}?token=correct%20horse"
            async with opened(browser, f"{url}&wire=ws", ignore_https_errors=True) as page:
                await in_state(page, "running")
                assert page.url == f"{public}?wire=ws"
                await shows_wire(page, "TCP (WebSocket)")
                await expect(page.locator("[data-figure=Picture]")).to_contain_text("64")
                cookies = await page.context.cookies()
                assert [cookie["path"] for cookie in cookies] == [f"/{prefix}/"]
                link = await page.evaluate(
                    "document.querySelector('lucid-player').view.hello.watch_url"
                )
                assert link.startswith(f"{public}?watch=")

            def play() -> None:
                with lucid.client.connect(url, wire="socket", ca=certificate) as world:
                    world.inputs.forward(pressed=True)
                    world.wait(lambda: is_red(world.frame()))

            await asyncio.to_thread(play)


async def test_a_page_that_the_server_refuses_or_that_lacks_its_slash_says_what_to_change(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    certificate, key = write_certificate(tmp_path, ["localhost"])
    async with serving(EverythingModel) as server:
        own_port = urlsplit(server.url).port
        assert own_port is not None
        with nginx(tmp_path, port, own_port, certificate, key):
            page = await browser.new_page(ignore_https_errors=True)
            await page.goto(f"https://localhost:{port}/hides/")
            error = page.locator("#veil [data-error-code='connection.refused']")
            await expect(error).to_contain_text(f"--public-url https://localhost:{port}")
            await expect(page.locator(".not-loaded")).to_be_hidden()
            await page.goto(f"https://localhost:{port}/bare")
            await expect(page.locator(".not-loaded")).to_contain_text("end with a slash")
            await expect(page.locator(".not-loaded")).to_be_visible()
            await page.close()


async def test_a_proxy_that_passes_bytes_on_late_is_enough_to_play(browser: Browser) -> None:
    async with serving(EverythingModel) as server:
        own_port = urlsplit(server.url).port
        assert own_port is not None
        async with (
            relaying(own_port, late_s=0.4) as (port, _),
            opened(browser, f"http://127.0.0.1:{port}/?wire=ws") as page,
        ):
            await in_state(page, "running")
            await page.focus("#stage")
            await page.keyboard.down("KeyW")
            await shows_red(page)
            await expect(page.locator("[data-error-code]")).to_have_count(0)


@contextmanager
def serving_elsewhere(cwd: Path) -> Iterator[tuple[int, list[str]]]:
    """Run `lucid serve` in a network namespace of its own, which nothing reaches.

    Yield its TCP port and the command that runs a program beside it.
    """
    script = 'ip link set lo up && exec "$@"'
    serve = [sys.executable, "-m", "lucid", "serve", str(HELLO), "--json", "--port", "0"]
    process = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", script, "sh", *serve],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.skip("needs network namespaces")
        port = urlsplit(json.loads(line)["url"]).port
        assert port is not None
        yield port, ["nsenter", "--target", str(process.pid), "--net"]
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for sshd and a network namespace")
async def test_ssh_is_enough_to_play_on_a_machine_that_udp_does_not_reach(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        serving_elsewhere(tmp_path) as (port, inside),
        ssh_tunnel(tmp_path, port, inside) as local,
    ):
        async with opened(browser, f"http://localhost:{local}/") as page:
            await in_state(page, "running")
            await expect(page.locator("#main-video")).not_to_have_js_property("videoWidth", 0)
            await shows_wire(page, "TCP (WebSocket)")
            await page.focus("#stage")
            await page.keyboard.down("KeyW")
            await expect(page.locator("#keys [data-held]").first).to_be_attached()
            await page.keyboard.up("KeyW")
            await expect(page.locator("[data-error-code]")).to_have_count(0)
