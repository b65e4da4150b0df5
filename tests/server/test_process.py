"""A model in its own process, played over a real peer connection."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lucid._target import PortLocation
from lucid.runtime.messages import Loaded, Reloading
from lucid.runtime.process_worker import ProcessWorker
from tests.player import Player, playing
from tests.runtime.test_reload import SOURCE
from tests.runtime.test_restarts import ToldWorker
from tests.servers import serving_worker


async def test_a_reloaded_port_plays_on_over_the_same_connection(tmp_path: Path) -> None:
    port = tmp_path / "edited_port.py"
    port.write_text(SOURCE)
    location = PortLocation(tmp_path, "edited_port", "Model")
    worker = await asyncio.to_thread(ProcessWorker, location, reload=True)
    async with serving_worker(worker) as server, playing(server.url) as player:
        await player.until_picture(lambda picture: picture.mean() > 190, "main")
        port.write_text(SOURCE.replace("200", "90"))
        await player.until(lambda: player.state == "loading")
        await player.until_picture(lambda picture: picture.mean() < 100, "main")
        await player.until(lambda: player.state == "running")
        assert player.errors == []
        assert sum(message["type"] == "answer" for message in player.told) == 1


async def test_an_offer_that_meets_a_reload_is_answered_all_the_same() -> None:
    worker = ToldWorker()
    async with serving_worker(worker) as server:
        player = Player(server.url)
        await player.connect()
        await worker.tell(Loaded())
        await player.until(lambda: player.state == "ready")
        await worker.tell(Reloading())
        await player.offer()
        await worker.tell(Loaded())
        await player.until(lambda: player.state == "running")
        assert player.errors == []
        await player.leave()
