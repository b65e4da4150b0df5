"""The scaffolded Waypoint port on the stub engine, played over a real peer connection."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from lucid._target import find_port
from lucid.runtime.loading import load_model_class, stub_config
from tests.player import playing
from tests.servers import serving
from tests.waits import quiet

SCAFFOLDS = Path(__file__).resolve().parent.parent.parent / "scaffolds"
LAMPS, FORWARD = 11, 0  # nine buttons, mouse, scroll


def lit(picture: np.ndarray, lamp: int) -> bool:
    left = int((lamp + 0.2) * picture.shape[1] / LAMPS)
    return bool(np.ptp(picture[662:678, left : left + 40].mean(axis=(0, 1))) > 100)


def far_from(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether the views differ above the horizon, where the start picture is."""
    return bool(np.abs(one[150:300].astype(int) - other[150:300]).mean() > 8)


def red_png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (1280, 720), (220, 20, 20)).save(buffer, "PNG")
    return buffer.getvalue()


async def test_keys_pointer_seed_pause_and_a_new_session_show_in_the_picture() -> None:
    model_cls = load_model_class(find_port("waypoint-1.5", SCAFFOLDS))
    async with serving(model_cls, stub_config(model_cls)) as server:
        async with playing(server.url) as player:
            first = await player.until_picture(lambda picture: bool(np.ptp(picture[150:300]) > 60))
            assert first.shape == (720, 1280, 3)
            assert not lit(first, FORWARD)
            player.send("forward", pressed=True)
            await player.until_picture(lambda picture: lit(picture, FORWARD))
            player.send("forward", pressed=False)
            await player.until_picture(lambda picture: not lit(picture, FORWARD))

            for _ in range(10):
                player.send("look", dx=20.0, dy=0.0)
            await player.until_picture(lambda picture: far_from(picture, first))

            uploaded = await player.upload("set_seed_frame", "image", red_png(), "image/png")
            player.send("set_seed_frame", image=uploaded.json()["id"])
            await player.until_picture(lambda p: p[150:240, :, 0].mean() > 150 > p[150:240].mean())

            player.send_raw('{"type": "pause"}')
            await player.until(lambda: player.state == "paused")
            await quiet(lambda: player.picture_counts["main_video"])
            count = player.picture_counts["main_video"]
            player.send_raw('{"type": "resume"}')
            await player.until(lambda: player.picture_counts["main_video"] > count + 4)
            assert player.errors == []
        async with playing(server.url) as player:  # as after a page reload
            await player.until_picture(lambda picture: not far_from(picture, first))
