"""How a session's frames reach its viewers."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref

import numpy as np

from lucid import manifest
from lucid.media.video import EncodedFrame
from lucid.runtime.host import Host
from lucid.runtime.messages import Frame, FrameInfo
from lucid.server.broadcast import Broadcast
from lucid.server.metrics import Metrics
from tests.ports import EverythingModel
from tests.runtime.workers import hosting
from tests.waits import LIMIT_S


class SlowFeed:
    """A feed that keeps every frame, like a slow viewer or disk."""

    output = "main_video"

    def __init__(self) -> None:
        self.frames: list[EncodedFrame[FrameInfo]] = []
        self.arrived = asyncio.Event()

    def put(self, frame: EncodedFrame[FrameInfo]) -> int:
        self.frames.append(frame)
        self.arrived.set()
        return 0


async def keep_frames(host: Host) -> None:
    broadcast = Broadcast(host.join(lambda notice: None), manifest(EverythingModel), Metrics())
    feed = SlowFeed()
    broadcast.attach(feed, "VP8")
    pictures = []
    for index in range(3):
        picture = np.zeros((72, 64), np.uint8)
        pictures.append(weakref.ref(picture))
        broadcast.frame(Frame("", "main_video", index, time.monotonic(), 0, 1.0, picture))
        del picture
        feed.arrived.clear()
        await asyncio.wait_for(feed.arrived.wait(), LIMIT_S)
    gc.collect()
    assert [frame.source.index for frame in feed.frames[:3]] == [0, 1, 2]
    assert [picture() for picture in pictures] == [None, None, None]
    broadcast.close()


async def test_an_encoded_frame_keeps_no_picture_in_memory() -> None:
    async with hosting("thread", EverythingModel) as host:
        await keep_frames(host)
