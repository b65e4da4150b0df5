"""A player goes back: from a snapshot if the port declares them, otherwise from the start."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import httpx
import numpy as np
import pytest

from lucid.capsule.read import read_capsule
from lucid.runtime.messages import Frame
from lucid.runtime.process_worker import ProcessWorker
from lucid.runtime.stepped_port import SteppedPort
from tests.capsule.test_replay import WALK, AllFrames, check_replay, png, walk
from tests.player import playing
from tests.servers import serving_worker
from tests.waits import until


class Takes(AllFrames):
    """Begins a new take when a frame does not follow the last one. ``left`` are the others."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[dict[int, np.ndarray]] = []

    def frame(self, frame: Frame) -> None:
        if self.by_index and frame.index != max(self.by_index) + 1:
            self.left.append(self.by_index)
            self.by_index = {}
        super().frame(frame)


@pytest.mark.parametrize(
    ("model", "anew"), [("SavingModel", False), ("UnableModel", True), ("RaisingModel", False)]
)
async def test_going_back_leads_to_the_same_frame_and_to_a_whole_capsule(
    model: str, anew: bool
) -> None:
    port = replace(WALK, class_name=model)
    with ProcessWorker(port) as worker:
        async with serving_worker(worker) as server, playing(server.url, True) as player:
            session = server.host.session(player.hello["session_id"])
            assert session is not None
            frames = Takes()
            session.viewers.append(frames)
            rng, url = random.Random(3), f"{server.url}api/sessions/{session.id}/"
            picture = await player.upload("set_seed_frame", "image", png(8), "image/png")
            api = httpx.AsyncClient(base_url=url, headers={"origin": server.url.rstrip("/")})
            async with api:
                while max(frames.by_index, default=0) < 110:
                    walk(player, rng, picture.json()["id"])
                    await asyncio.sleep(rng.random() * 0.04)
                states = [m["state"] for m in player.told if m["type"] == "state"]
                (left,) = (await api.post("rewind/60")).json()
                assert (left["number"], left["start"], left["start_s"]) == (1, 60, 1.0)
                assert (await api.post("branches/2")).status_code == 409
                await until(lambda: len(frames.left) == 1 and len(frames.by_index) > 1)
                shown = frames.left[0]
                assert min(frames.by_index) == 60
                for index in (60, 61):  # of one step
                    assert np.array_equal(frames.by_index[index], shown[index])
                later = [m["state"] for m in player.told if m["type"] == "state"][len(states) :]
                assert ("loading" in later) is anew
                while max(frames.by_index) < 150:
                    walk(player, rng, picture.json()["id"])
                    await asyncio.sleep(rng.random() * 0.04)
                (other,) = (await api.post("branches/1")).json()
                assert (other["number"], other["start"]) == (2, 60)
                end = int(left["frames"]) - 1
                await until(lambda: len(frames.left) == 2)
                second = {i: one for i, one in frames.left[1].items() if i < other["frames"]}
                assert end - 1 <= min(frames.by_index) <= end + 1
                await until(lambda: any(end + 10 < i < end + 30 for i in frames.by_index))
                for index in {end - 1, end} & frames.by_index.keys() & shown.keys():
                    assert np.array_equal(frames.by_index[index], shown[index])
                (left,) = (await api.post("branches/2")).json()
                assert left["number"] == 3
                assert (await api.get("branches")).json() == [left]
                await until(lambda: max(frames.by_index) > other["frames"] + 20)
                last = {i: frame for i, frame in frames.by_index.items() if i > other["frames"]}
                frames.by_index = second | last
                saved = read_capsule((await api.get("capsule.lucid")).content)
                seen = {index: frame for index, frame in shown.items() if index < 60}
                with SteppedPort(WALK) as bare:
                    check_replay(saved, bare, seen | frames.by_index)
