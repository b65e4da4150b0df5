"""The page shows the values of JSON outputs as they arrive, and numbers as graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser, expect

from lucid import LucidModel, LucidSession, publish
from tests.servers import serving
from tests.web.conftest import opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


class StatusSession(LucidSession["StatusModel"]):
    async def run(self) -> None:
        step = 0
        while self.ctx.running:
            step += 1
            status: dict[str, Any] = {
                "speed": np.sin(step / 20).item() * 1.23456, "place": {"x": step, "room": "cave"},
                "keys": [1, 2], **({"alarm": True} if step > 30 else {}),
            }  # fmt: skip
            await self.ctx.publish("status", status)
            await self.ctx.publish("health", 7)
            await self.ctx.publish("main_video", np.full((48, 64, 3), 90, np.uint8))


class StatusModel(LucidModel):
    name = "status"
    session_cls = StatusSession
    outputs = (
        publish.video(name="main_video", width=64, height=48, fps=12),
        publish.json(name="status"),
        publish.json(name="health", description="Health"),
    )


async def test_numbers_are_graphs_and_every_value_is_text(browser: Browser) -> None:
    async with serving(StatusModel) as server, opened(browser, server.url) as page:
        status = page.locator("[data-output=status]")
        room = status.locator("[data-value='place room']")
        await expect(room.locator("dd")).to_have_text("cave")
        await expect(room.locator("svg")).to_have_count(0)
        await expect(status.locator("[data-value=keys] dd")).to_have_text("[1,2]")
        await expect(status.locator("[data-value=alarm] dd")).to_have_text("true")
        speed = status.locator("[data-value=speed]")
        await expect(speed.locator("dt")).to_have_text("Speed")
        assert len((await speed.locator("dd").inner_text()).lstrip("-").replace(".", "")) <= 5
        line = speed.locator("polyline")
        await expect(line).to_have_count(1)
        before = await line.get_attribute("points")
        await expect(line).not_to_have_attribute("points", before or "")
        assert len((await line.get_attribute("points") or "").split()) > 3
        health = page.locator("[data-output=health]")
        await expect(health.locator("dd")).to_have_text("7")
        await expect(health.locator("polyline")).to_have_count(1)
