"""The gateway in front of a server in this process: no cluster."""

from __future__ import annotations

import asyncio
import importlib.util
import time
import warnings

import pytest
import uvicorn

from lucid.runtime.host import Host
from lucid.runtime.thread_worker import ThreadWorker
from lucid.server.connect_timeout import GIVE_UP_S
from lucid.server.run import listen, server_config
from tests.player import Player
from tests.ports import EverythingModel
from tests.server.test_connecting import Clock
from tests.servers import serving_host
from tests.waits import until

if importlib.util.find_spec("ray") is None:
    pytest.skip("the extra ray is not installed; .ci/run installs it", allow_module_level=True)
with warnings.catch_warnings():  # of Ray itself
    warnings.simplefilter("ignore")
    from lucid.deploy.gateway import GatewayApp
    from lucid.deploy.pool import Report

NAME = "r00000001"


async def test_a_page_that_never_connects_and_a_failed_start_are_told_and_leave_no_slot_taken() -> (
    None
):
    listener = listen("127.0.0.1", 0)
    tcp_port = listener.getsockname()[1]
    app, clock = GatewayApp("127.0.0.1", tcp_port, "secret", ()), Clock()
    app.add("everything")
    pool = app.pools["everything"]
    server = uvicorn.Server(server_config(app))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    url, query = f"http://127.0.0.1:{tcp_port}/everything/", "protocol=1&token=secret"
    first, second, third = Player(url), Player(url), Player(url)
    host = Host(ThreadWorker(EverythingModel), name=NAME)
    try:
        await until(lambda: server.started)
        pool.fail(("on node 10.0.0.1: no driver", "install it"))
        await third.connect(query)
        await third.until(lambda: third.state == "failed" or bool(third.errors))
        assert third.errors[0]["code"] == "model.load"
        assert "a replica cannot start on node 10.0.0.1: no driver" in third.errors[0]["message"]
        async with serving_host(
            host, "secret", call_later=clock.call_later, public_urls=(url,)
        ) as replica:
            there = replica.url.rstrip("/")
            pool.report(Report("everything", NAME, "", 1, there, 1, 0, None), time.monotonic())
            await first.connect(query)
            await until(lambda: bool(first.hello and clock.waiting))
            await second.connect(query)
            await second.until(lambda: pool.waiting == 1)
            assert clock.passes() + clock.passes() == GIVE_UP_S
            await until(lambda: first.state == "failed")
            await second.until(lambda: bool(second.hello))
            for player in (first, second, third):
                await player.close()
    finally:
        server.should_exit = True
        await serving
        await app.close()
