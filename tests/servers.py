"""Real servers in this process, on free loopback TCP ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import uvicorn
from pydantic import BaseModel

from lucid import LucidModel
from lucid.media.ice import ANY_PORT, IceSettings
from lucid.runtime.host import Host
from lucid.runtime.thread_worker import ThreadWorker
from lucid.runtime.worker import Worker
from lucid.server.addresses import read_public_url
from lucid.server.app import create_app
from lucid.server.capsules import SAVE_NOTHING, Saving
from lucid.server.connect_timeout import CallLater
from lucid.server.guard import Access
from lucid.server.run import listen, server_config


@dataclass
class RunningServer:
    url: str
    host: Host


class Options(TypedDict, total=False):
    """Options of `serving_host`."""

    token: str | None
    keep_s: float
    embedders: tuple[str, ...]
    call_later: CallLater | None
    public_urls: tuple[str, ...]
    trusts_proxy: bool
    ice: IceSettings
    saving: Saving


@asynccontextmanager
async def serving(
    model_cls: type[LucidModel[Any]], config: BaseModel | None = None, **options: Unpack[Options]
) -> AsyncIterator[RunningServer]:
    async with serving_worker(ThreadWorker(model_cls, config), **options) as server:
        yield server


@asynccontextmanager
async def serving_worker(
    worker: Worker, **options: Unpack[Options]
) -> AsyncIterator[RunningServer]:
    async with serving_host(Host(worker), **options) as server:
        yield server


@asynccontextmanager
async def serving_host(
    host: Host,
    token: str | None = None,
    keep_s: float = 30,
    embedders: tuple[str, ...] = (),
    call_later: CallLater | None = None,
    public_urls: tuple[str, ...] = (),
    trusts_proxy: bool = False,
    ice: IceSettings = ANY_PORT,
    saving: Saving = SAVE_NOTHING,
) -> AsyncIterator[RunningServer]:
    listener = listen("127.0.0.1", 0)
    tcp_port = listener.getsockname()[1]
    public = [read for url in public_urls if (read := read_public_url(url))]
    assert len(public) == len(public_urls)
    access = Access.to(
        "127.0.0.1", tcp_port, token, None, embedders, public=public, trusts_proxy=trusts_proxy
    )
    app = create_app(host, access, keep_s, call_later, ice, saving)
    server = uvicorn.Server(server_config(app))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
            if task.done():
                task.result()
        yield RunningServer(f"http://127.0.0.1:{tcp_port}/", host)
    finally:
        server.should_exit = True
        await task
        listener.close()
