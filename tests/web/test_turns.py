"""Players who wait: they watch the one who plays, and each has a turn."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from playwright.async_api import Browser, expect

from lucid import LucidModel, LucidSession, hold, input, publish
from lucid.runtime.host import Host
from lucid.runtime.thread_worker import ThreadWorker
from tests.servers import RunningServer, serving_host
from tests.web.conftest import opened
from tests.web.test_page import in_state
from tests.web.test_player import button, is_red

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


class LampSession(LucidSession["LampWorld"]):
    on = False

    @input(description="Light the lamp", binding=hold(keys=("KeyL",)))
    def light(self, pressed: bool) -> None:
        self.on = pressed

    async def run(self) -> None:
        while self.ctx.running:
            colour = (200, 30, 30) if self.on else (90, 90, 90)
            await self.ctx.publish("main", np.full((96, 128, 3), colour, np.uint8))


class LampWorld(LucidModel):
    name = "lamp"
    session_cls = LampSession
    outputs = (publish.video(name="main", width=128, height=96, fps=30),)


@asynccontextmanager
async def turns_of(turn_s: float) -> AsyncIterator[RunningServer]:
    async with serving_host(Host(ThreadWorker(LampWorld), turn_s=turn_s)) as server:
        yield server


async def test_who_waits_watches_and_a_spectator_may_join_the_queue(browser: Browser) -> None:
    async with turns_of(120) as server, opened(browser, server.url) as player:
        await in_state(player, "running")
        await expect(player.locator("#turn")).to_have_count(0)
        await button(player, "Share and watch").click()
        link = await player.locator("[data-link]").input_value()
        await player.keyboard.press("Escape")
        async with opened(browser, server.url) as waiting, opened(browser, link) as spectator:
            await in_state(waiting, "queued")
            await player.focus("#stage")
            await player.keyboard.down("KeyL")
            await is_red(waiting)
            await expect(waiting.locator("#veil-title")).to_have_text("You are next")
            await expect(waiting.locator("#veil-line")).to_contain_text("About 2 min.")
            await expect(waiting.locator("#veil")).to_have_count(0)
            await expect(player.locator("#turn")).to_contain_text(re.compile(r"ends in\s+1:\d\d"))
            async with player.expect_response("**/restart") as answer:
                await button(player, "Reset the world").click()  # this keeps the player's slot
            assert (await answer.value).ok
            await expect(waiting.locator("#veil-title")).to_have_text("You are next")
            await is_red(spectator)
            await button(spectator, "Join the queue").click()
            await expect(spectator.locator("#veil-title")).to_have_text(
                "You are number 2 in the queue"
            )
            await is_red(spectator)
            await player.close()
            await in_state(waiting, "running")
            await expect(spectator.locator("#veil-title")).to_have_text("You are next")


async def test_a_turn_ends_for_the_next_player(browser: Browser) -> None:
    async with turns_of(1) as server, opened(browser, server.url) as player:
        await in_state(player, "running")
        async with opened(browser, server.url) as waiting:
            await in_state(waiting, "running")
            await expect(player.locator("#veil-title")).to_have_text("Your turn is over")
            await expect(button(player, "Join the queue")).to_be_visible()
