"""``lucid top`` on real servers."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.cli.running import lucid
from tests.cli.test_network import another_program
from tests.player import Player, playing
from tests.ports import EverythingModel
from tests.server.proxies import free_port
from tests.servers import serving


class TwoModel(EverythingModel):
    max_sessions = 2


@asynccontextmanager
async def watching(*urls: str) -> AsyncIterator[AsyncIterator[list[dict[str, Any]]]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lucid", "top", "--json", *urls), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield (json.loads(line)["servers"] async for line in process.stdout)
    finally:
        process.terminate()
        await process.wait()


async def test_it_shows_what_each_server_does_and_goes_on_when_one_ends(tmp_path: Path) -> None:
    async with serving(EverythingModel, token="a token") as first, AsyncExitStack() as stack:
        async with serving(TwoModel) as second, playing(second.url):
            waiting = [Player(first.url) for _ in range(2)]
            for player in waiting:
                await player.connect("protocol=1&token=a%20token")
            seen = await stack.enter_async_context(
                watching(f"{first.url}?token=a%20token", second.url)
            )
            full, played = await anext(seen)
            assert (full["model"], full["state"]) == ("everything", "ready")
            assert (full["playing"], full["slots"], full["queue"]) == (1, 1, 1)
            assert (full["fps"], full["step_p50_ms"], full["gpu_bytes"]) == (0, None, None)
            assert (played["playing"], played["slots"], played["queue"]) == (1, 2, 0)
            assert played["fps"] > 1
            assert 0 < played["step_p50_ms"] <= played["step_p95_ms"]
            assert played["uptime_s"] > 0
        async for full, gone in seen:
            assert full["queue"] == 1
            if "error" in gone:
                assert "nothing listens at" in gone["error"]
                assert "lucid serve" in gone["hint"]
                break
        for player in waiting:
            await player.close()


async def test_each_server_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    async with (
        serving(EverythingModel, token="a token") as server,
        another_program("200 OK\r\n\r\n<h1>Wiki</h1>") as wiki,
        another_program('200 OK\r\n\r\nlucid_slots{model="of another version"} 1\n') as other,
    ):
        urls = [
            f"{server.url}?token=a%20token",
            f"{server.url}?token=wrong",
            server.url,
            wiki,
            other,
            f"http://127.0.0.1:{free_port()}/",
            "gpu:8420",
        ]
        run = await asyncio.to_thread(lucid, "top", *urls, cwd=tmp_path)
    heading, replica, *lines = run.stdout.splitlines()
    assert run.returncode == 1
    assert heading.split()[:5] == ["server", "model", "state", "players", "queue"]
    assert replica.split()[:5] == [server.url, "everything", "ready", "0/1", "0"]
    wanted = (
        "the server refuses this token",
        "the server needs a token",
        f"{wiki} is the page of another program",
        f"{other} has metrics of another version",
        "nothing listens at",
        "gpu:8420/ is not an http or https URL",
    )
    for line, said in zip(lines[::2], wanted, strict=True):
        assert line.startswith(f"error: {said}")
    assert "a%20token" not in run.stdout
