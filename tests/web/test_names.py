"""Names of files, inputs and models reach the server with any characters."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, expect

import lucid.client
from lucid import InputFile, LucidModel, LucidSession, file_input, image_input, input, publish
from tests.servers import serving
from tests.waits import until
from tests.web.conftest import opened
from tests.web.test_page import in_state
from tests.web.test_player import button

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

NAMES = ["hall #1", "50% off", "a&b=c+d", "Größe 夜", "100%25"]


def model(gallery: Path, heard: list[Any]) -> type[LucidModel[Any]]:
    class NamedSession(LucidSession["NamedModel"]):
        @input()
        def größe(self, 画像: InputFile = image_input(gallery=gallery)) -> None:
            heard.append(画像.rgb()[0, 0].tolist())

        @input()
        def load_map(self, file: InputFile = file_input(mime_types=("text/plain",))) -> None:
            heard.append((file.filename, file.data))

        async def run(self) -> None:
            while self.ctx.running:
                await self.ctx.publish("main", np.zeros((96, 128, 3), np.uint8))

    class NamedModel(LucidModel):
        name = "Overworld/Waypoint #1 50%? 夜"
        session_cls = NamedSession
        outputs = (publish.video(name="main", width=128, height=96, fps=12),)

    return NamedModel


async def test_every_name_reaches_the_server(browser: Browser, tmp_path: Path) -> None:
    heard: list[Any] = []
    gallery = tmp_path / "gallery"
    gallery.mkdir()
    for index, name in enumerate(NAMES):
        Image.new("RGB", (8, 8), (index, 0, 0)).save(gallery / f"{name}.png")
    async with serving(model(gallery, heard)) as server:
        async with opened(browser, server.url) as page:
            await in_state(page, "running")
            pictures = page.get_by_role("group", name="Gallery").get_by_role("button")
            for index, name in enumerate(sorted(NAMES)):
                await pictures.nth(index).click()
                await until(lambda: bool(heard))
                assert heard.pop() == [NAMES.index(name), 0, 0]
            for name in NAMES:
                file: FilePayload = {
                    "name": f"{name}.txt",
                    "mimeType": "text/plain",
                    "buffer": name.encode(),
                }
                await page.locator("[data-input=load_map] input").set_input_files(file)
                await until(lambda: bool(heard))
                assert heard.pop()[1] == name.encode()
            await button(page, "Record").click()
            await expect(page.get_by_text("REC 0:")).to_be_visible()
            async with page.expect_download() as recording:
                await button(page, "Stop and save the recording").click()
            assert (await (await recording.value).path()).stat().st_size > 0
        await asyncio.to_thread(_upload, server.url, gallery / f"{NAMES[2]}.png")
        await until(lambda: bool(heard))
        assert heard.pop() == [2, 0, 0]


def _upload(url: str, path: Path) -> None:
    with lucid.client.connect(url) as world:
        image = world.upload("größe", "画像", path, "image/png")
        world.inputs.größe(画像=image)
