"""A session plays a saved one, hands over to the player, and goes back to any of its frames."""

from __future__ import annotations

import asyncio
import io
import random
from dataclasses import replace

import httpx
import numpy as np

from lucid.capsule.read import read_capsule
from lucid.runtime.process_worker import ProcessWorker
from lucid.runtime.session import HostSession
from tests.capsule.test_replay import WALK, AllFrames, png, walk
from tests.player import Player, playing
from tests.servers import serving_worker
from tests.waits import until


async def test_a_session_plays_again_hands_over_and_goes_back() -> None:
    with ProcessWorker(WALK) as worker:
        async with serving_worker(worker) as server, playing(server.url, True) as player:
            session = server.host.session(player.hello["session_id"])
            assert session is not None
            async with httpx.AsyncClient(
                base_url=f"{server.url}api/sessions/{session.id}/",
                headers={"origin": server.url.rstrip("/")},
            ) as api:
                await check_replay_and_rewind(session, player, api)


async def check_replay_and_rewind(
    session: HostSession, player: Player, api: httpx.AsyncClient
) -> None:
    rng, first = random.Random(3), seen(session)
    picture = (await player.upload("set_seed_frame", "image", png(8), "image/png")).json()["id"]
    while max(first, default=0) < 150:
        walk(player, rng, picture)
        await asyncio.sleep(rng.random() * 0.04)
    player.control({"type": "resume"})
    await player.until(lambda: player.state == "running")
    saved = (await api.get("capsule.lucid")).content
    capsule = read_capsule(saved)
    await until(lambda: max(first) > 220)
    shown = dict(first)

    assert (await api.post("rewind/60")).status_code == 202
    again = seen(session)
    await until(lambda: min(again, default=220) < 220)  # frames from before may still come
    assert min(again) in (60, 61)
    await until(lambda: any(90 < index < 150 for index in again))
    for index in {60, 61} & again.keys():  # a step has two frames
        assert np.array_equal(again[index], shown[index]), f"frame {index} differs"
    assert (await api.post("rewind/100000")).status_code == 409

    assert (await api.post("replay", content=saved)).status_code == 202
    replayed = seen(session)
    await until(lambda: max(replayed, default=0) > capsule.head.frames + 20)
    for index in range(capsule.head.frames):
        if index in shown and index in replayed:
            assert np.array_equal(replayed[index], shown[index]), f"frame {index} differs"

    assert (await api.post("replay", content=saved)).status_code == 202
    taken = seen(session)
    await until(lambda: max(taken, default=0) > 60)
    player.send("set_prompt", prompt="mine")
    await until(lambda: any(i.args == {"prompt": "mine"} for i in session.journal.inputs))
    mine = [i.args for i in session.journal.inputs].index({"prompt": "mine"})
    later = max(taken)
    await until(lambda: max(taken) > later + 30)
    assert all(i.args == {"pressed": False} for i in session.journal.inputs[mine + 1 :])

    for content, words in (
        (b"junk", "not a zip file"),
        (other(saved, model="another"), "the model is walk, not another"),
    ):
        refused = await api.post("replay", content=content)
        assert refused.status_code == 422
        assert words in refused.json()["error"]["message"]
    assert player.state == "running"


def seen(session: HostSession) -> dict[int, np.ndarray]:
    """Return the frames that the session shows from now on, by index."""
    frames = AllFrames()
    session.viewers.append(frames)
    return frames.by_index


def other(saved: bytes, **port: object) -> bytes:
    capsule = read_capsule(saved)
    changed = capsule.head.port.model_copy(update=port)
    file = io.BytesIO()
    replace(capsule, head=capsule.head.model_copy(update={"port": changed})).write(file)
    return file.getvalue()
