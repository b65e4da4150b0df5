"""The player in pages that UDP does not reach: the media comes over the WebSocket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from lucid.server.ice_options import read_ice_options
from tests.ports import AllOutputsModel
from tests.server.proxies import turn_server
from tests.server.test_ice import LOGIN, WRONG
from tests.servers import serving
from tests.waits import until
from tests.web.conftest import opened
from tests.web.test_page import in_state
from tests.web.test_player import button, is_red
from tests.web.world import ListeningWorld, heard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WITHOUT_WEBCODECS = "delete globalThis.VideoDecoder; delete globalThis.MediaStreamTrackGenerator;"
"""As in Firefox, and in every browser on a plain http page of another machine."""

WITHOUT_UDP = """
    const strip = ({ type, sdp }) => ({ type, sdp: sdp.replace(/a=candidate.*\\r\\n/g, "") });
    const { prototype } = RTCPeerConnection;
    const { get } = Object.getOwnPropertyDescriptor(prototype, "localDescription");
    Object.defineProperty(prototype, "localDescription", {
        get() { return strip(get.call(this)); },
    });
    const { setRemoteDescription } = prototype;
    prototype.setRemoteDescription = function (answer) {
        return setRemoteDescription.call(this, strip(answer));
    };
"""
"""Neither side knows an address of the other, so no UDP packet arrives."""

RELAY_ONLY = """
    const Native = RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Native {
        constructor(settings) { super({ ...settings, iceTransportPolicy: "relay" }); }
    };
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(ListeningWorld) as server:
        yield server.url


async def plays(page: Page) -> None:
    """Check that a held key reaches the model, and that its picture comes back."""
    await in_state(page, "running")
    await page.focus("#stage")
    heard.clear()
    await page.keyboard.down("KeyW")
    await until(lambda: heard[:1] == [("move", True)])
    await is_red(page)
    await page.keyboard.up("KeyW")
    # A page that sends late releases and restores its keys, so only the end is certain.
    await until(lambda: heard[-1] == ("move", False))
    await expect(page.locator("[data-error-code]")).to_have_count(0)


async def shows_wire(page: Page, name: str) -> None:
    figure = page.locator("[data-figure=Connection]")
    if not await figure.count():
        await button(page, "Figures").click()
    await expect(figure).to_have_text(name)


async def test_a_page_that_udp_does_not_reach_plays_over_the_socket(
    browser: Browser, url: str
) -> None:
    async with opened(browser, "about:blank") as page:
        await page.add_init_script(WITHOUT_UDP)
        await page.goto(url)
        await plays(page)
        await shows_wire(page, "TCP (WebSocket)")
        telemetry = page.locator("[data-output=telemetry]")
        await expect(telemetry).to_contain_text("clear")


@pytest.mark.parametrize("script", ["", WITHOUT_WEBCODECS])
async def test_the_wire_can_be_chosen_in_the_address(
    browser: Browser, url: str, script: str
) -> None:
    async with opened(browser, "about:blank") as page:
        await page.add_init_script(script)
        await page.goto(f"{url}?wire=ws")
        await plays(page)
        await shows_wire(page, "TCP (WebSocket)")
        codec = "JPEG" if script else "H264"
        await expect(page.locator("[data-figure=Picture]")).to_have_text(
            re.compile(rf"^128.96 {codec}$")
        )


async def test_the_setting_changes_the_wire_while_playing_and_back(
    browser: Browser, url: str
) -> None:
    async with opened(browser, url) as page:
        await plays(page)
        await shows_wire(page, "UDP (WebRTC)")
        for wire in ("TCP (WebSocket)", "UDP (WebRTC)"):
            await button(page, "Settings").click()
            await page.locator("[data-setting=tcp]").click()
            await page.keyboard.press("Escape")
            await shows_wire(page, wire)
            await plays(page)
            await page.reload()  # the setting is kept
            await shows_wire(page, wire)
            await plays(page)


async def test_webrtc_is_tried_again_when_the_network_changes(browser: Browser, url: str) -> None:
    blocked = WITHOUT_UDP.replace(
        "=> ({ type, sdp: ", "=> ({ type, sdp: globalThis.udpPasses ? sdp : "
    )
    assert blocked != WITHOUT_UDP
    async with opened(browser, "about:blank") as page:
        await page.add_init_script(blocked)
        await page.goto(url)
        await plays(page)
        await shows_wire(page, "TCP (WebSocket)")
        await page.evaluate("globalThis.udpPasses = true; dispatchEvent(new Event('online'))")
        await shows_wire(page, "UDP (WebRTC)")
        await plays(page)


async def test_sound_over_the_socket_has_no_gaps(browser: Browser) -> None:
    plays_sound = """async () => {
        const { Session } = await import("/client.js");
        const track = await new Promise((resolve) => new Session(location.origin, {
            track: (output, track) => track.kind === "audio" && resolve(track),
        }, {}, "socket"));
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        analyser.fftSize = 2048; // 43 ms
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        const values = new Float32Array(analyser.fftSize);
        const peaks = [];
        while (peaks.length < 40) {
            await new Promise((resolve) => setTimeout(resolve, 25));
            analyser.getFloatTimeDomainData(values);
            const peak = Math.max(...values.map(Math.abs));
            if (peaks.length || peak > 0.4) peaks.push(peak);
        }
        return peaks;
    }"""
    async with serving(AllOutputsModel) as server:
        page = await browser.new_page()
        await page.goto(f"{server.url}static/page.css")
        peaks = await page.evaluate(plays_sound)
        await page.close()
    assert sorted(peaks)[len(peaks) // 4] == pytest.approx(0.5, abs=0.05)


async def test_a_turn_server_is_enough_for_webrtc(browser: Browser, tmp_path: Path) -> None:
    with turn_server(tmp_path) as port:
        ice = read_ice_options([f"turn:127.0.0.1:{port}"], None, None, LOGIN)
        async with (
            serving(ListeningWorld, ice=ice) as server,
            opened(browser, "about:blank") as page,
        ):
            await page.add_init_script(RELAY_ONLY)
            await page.goto(server.url)
            await in_state(page, "running")
            await shows_wire(page, "UDP (WebRTC)")
            await plays(page)


async def test_a_page_says_that_the_turn_server_refuses_and_plays_over_the_socket(
    browser: Browser, tmp_path: Path
) -> None:
    with turn_server(tmp_path) as port:
        ice = read_ice_options([f"turn:127.0.0.1:{port}"], None, None, WRONG)
        async with (
            serving(ListeningWorld, ice=ice) as server,
            opened(browser, "about:blank") as page,
        ):
            await page.add_init_script(RELAY_ONLY)
            await page.goto(server.url)
            await in_state(page, "running")
            await shows_wire(page, "TCP (WebSocket)")
            notice = page.locator("[data-error-code='media.ice']")
            await expect(notice).to_contain_text("401 Unauthorized")
            await expect(page.locator("#main-video")).not_to_have_js_property("videoWidth", 0)
