"""What is saved while a session is played live is played again, frame by frame."""

from __future__ import annotations

import asyncio
import io
import random
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import httpx
import numpy as np
from PIL import Image

from lucid._target import PortLocation, find_port
from lucid.capsule.port import PortFolder
from lucid.capsule.read import read_capsule
from lucid.capsule.replay import Comparison, replay
from lucid.capsule.schema import Capsule, PlayedInput
from lucid.media.i420 import as_rgb
from lucid.runtime.messages import AudioSamples, Frame, Message
from lucid.runtime.process_worker import ProcessWorker
from lucid.runtime.stepped_port import SteppedPort
from lucid.server.capsules import Saving
from tests.capsule.walks import SIDE
from tests.cli.running import lucid_here
from tests.player import Player, playing
from tests.servers import RunningServer, serving_worker
from tests.waits import until

ROOT = Path(__file__).resolve().parent.parent.parent
WALK = PortLocation(ROOT, "tests.capsule.walks", "WalkModel")


class AllFrames:
    """A viewer that keeps every frame."""

    def __init__(self) -> None:
        self.by_index: dict[int, np.ndarray] = {}

    def frame(self, frame: Frame) -> None:
        self.by_index[frame.index] = as_rgb(frame.pixels).copy()

    def audio(self, samples: AudioSamples) -> None: ...

    def message(self, message: Message) -> None: ...


Act = Callable[[Player, random.Random, str], object]


async def play(
    server: RunningServer, act: Act, picture: bytes, frames: int
) -> tuple[bytes, dict[int, np.ndarray]]:
    """Play with random inputs at random times until so many frames were shown, and save.

    The frames that were shown from some point on are returned by their index.
    """
    rng, seen = random.Random(7), AllFrames()
    async with playing(server.url, over_socket=True) as player:
        session = server.host.session(player.hello["session_id"])
        assert session is not None
        session.viewers.append(seen)
        uploaded = await player.upload("set_seed_frame", "image", picture, "image/png")
        while max(seen.by_index, default=0) < frames:
            act(player, rng, uploaded.json()["id"])
            await asyncio.sleep(rng.random() * 0.04)
        async with httpx.AsyncClient() as client:
            saved = await client.get(f"{server.url}api/sessions/{session.id}/capsule.lucid")
    return saved.content, seen.by_index


def check_replay(capsule: Capsule, port: SteppedPort, shown: dict[int, np.ndarray]) -> None:
    """Check that a replay makes every frame that was shown, and those that were saved."""
    found, compared = Comparison(capsule), 0
    frames = list(replay(capsule, port))
    assert len(frames) == capsule.head.frames
    for index, frame in enumerate(frames):
        found.add(index, frame)
        if index in shown:
            assert np.array_equal(frame, shown[index]), f"frame {index} differs"
            compared += 1
    assert compared > len(frames) / 2
    assert found.equal == found.compared == len(capsule.frames) > 0


def png(side: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (200, 10, 10)).save(file, "PNG")
    return file.getvalue()


def walk(player: Player, rng: random.Random, picture: str) -> None:
    match rng.randrange(8):
        case 0 | 1:
            player.send("forward", pressed=rng.random() < 0.5)
        case 2:
            player.send("set_prompt", prompt=rng.choice(["", "snow", "d\u00e4mmerung"]))
        case 3:
            player.control({"type": rng.choice(["pause", "step", "resume", "resume"])})
        case 4:
            player.send("set_seed_frame", image=picture)
        case _:
            for _ in range(3):
                player.send("look", dx=rng.gauss(0, 9), dy=rng.gauss(0, 9))


async def test_every_input_is_played_again_where_it_was_applied(tmp_path: Path) -> None:
    """Motion is summed, random numbers come, and inputs arrive between any two outputs."""
    with ProcessWorker(WALK) as worker:
        saving = Saving(PortFolder(ROOT), tmp_path)
        async with serving_worker(worker, saving=saving) as server:
            saved, shown = await play(server, walk, png(8), 400)
    capsule = read_capsule(saved)
    assert {line.name for line in capsule.inputs} == {
        "forward", "look", "set_prompt", "set_seed_frame",
    }  # fmt: skip
    assert "" not in {line.args.get("prompt") for line in capsule.inputs}
    assert {line.after for line in capsule.inputs} > {0}
    with SteppedPort(WALK) as port:
        check_replay(capsule, port, shown)
    await until(lambda: any(tmp_path.glob("walk-*.lucid")))
    recorded = next(iter(tmp_path.glob("walk-*.lucid")))  # noqa: ASYNC240 - it is a small folder
    whole = read_capsule(recorded)
    assert whole.inputs[: len(capsule.inputs)] == capsule.inputs
    assert capsule.frames.items() <= whole.frames.items()
    await asyncio.to_thread(replay_on_the_command_line, recorded, whole, tmp_path)


def replay_on_the_command_line(path: Path, capsule: Capsule, folder: Path) -> None:
    def run(change: Capsule, *options: str) -> subprocess.CompletedProcess[str]:
        with path.open("wb") as file:
            change.write(file)
        return lucid_here("replay", str(path), "--port", "tests.capsule.walks:WalkModel",
                          "--verify", *options, cwd=ROOT)  # fmt: skip

    movie, head = folder / "a.mp4", capsule.head
    done = run(capsule, "--video", str(movie))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"All {len(capsule.frames)} saved frames are equal bit for bit.\n"
    with av.open(str(movie)) as video:
        assert sum(1 for _ in video.decode(video=0)) == head.frames
    other = head.port.model_copy(update={"weights": "a/b@1", "manifest_sha256": 64 * "0"})
    changed = replace(capsule, head=head.model_copy(update={"port": other, "frames": 50}))
    refused = run(changed)
    assert refused.returncode == 2
    assert "the weights are not locked, not a/b@1; its inputs or outputs" in refused.stderr
    assert "--anyway" in refused.stderr
    assert run(changed, "--anyway").returncode == 0
    short = head.model_copy(update={"frames": 50})
    wrong = run(replace(capsule, head=short, frames={7: png(SIDE)}))
    assert wrong.returncode == 1
    assert re.search(r"1 of 1 saved frames differ: frame 7 has [0-9.]+ dB", wrong.stdout)
    for picture, said in (
        (png(8), "frame 7 is 8x8 pixels large, and the port's frame"),
        (b"?", "frames/00000007.png: not an image that Lucid can read\n"),
    ):
        odd = run(replace(capsule, head=short, frames={7: picture}))
        assert odd.returncode == 2
        assert said in odd.stderr
    unknown = PlayedInput(step=3, name="fly", args={})
    missing = run(replace(capsule, head=short, inputs=[unknown]))
    assert missing.returncode == 2
    assert "at step 3: no input is named 'fly'" in missing.stderr
    empty = run(replace(capsule, head=short, frames={}))
    assert (empty.returncode, empty.stdout) == (1, "The file holds no frames to compare with.\n")


def wander(player: Player, rng: random.Random, picture: str) -> None:
    match rng.randrange(50):
        case 0:
            player.send("set_prompt", prompt=rng.choice(["snow at dusk", "neon night"]))
        case 1:
            player.send("set_seed_frame", image=picture)
        case 2:
            player.send("reset", seed=rng.randrange(100))
        case which if which < 15:
            player.send("look", dx=rng.gauss(0, 40), dy=rng.gauss(0, 9))
        case _:
            name = rng.choice(["forward", "forward", "run_faster", "turn_left", "rise"])
            player.send(name, pressed=rng.random() < 0.7)


async def test_the_bundled_world_makes_the_same_frames_again() -> None:
    world = find_port(str(ROOT / "examples" / "landscape"), ROOT)
    with ProcessWorker(world) as worker:
        async with serving_worker(worker) as server:
            saved, shown = await play(server, wander, png(64), 60)
    with SteppedPort(world) as port:
        check_replay(read_capsule(saved), port, shown)
