"""A real peer connection plays through the real server."""

from __future__ import annotations

import asyncio
import gc
import io
import struct
import threading

import numpy as np
import psutil
from aiortc import RTCPeerConnection
from hello.port import HelloModel
from PIL import Image

from tests.player import Player, playing
from tests.ports import AllOutputsModel, BrokenModel, EverythingModel, UnloadableModel
from tests.servers import serving
from tests.waits import quiet


def png(color: tuple[int, int, int], size: tuple[int, int] = (64, 36)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


def sky(picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture[20:120].mean(axis=(0, 1)))


def ground(picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture[200:].mean(axis=(0, 1)))


async def test_a_player_walks_prompts_seeds_pauses_and_resumes() -> None:
    async with serving(HelloModel) as server, playing(server.url) as player:
        still = await player.until_picture(lambda picture: picture.mean() > 40)
        assert still.shape == (360, 640, 3)
        assert ground(still)[1] > ground(still)[2] + 30  # a meadow is green

        player.send("move_fwd", pressed=True)
        await player.until_picture(
            lambda p: np.abs(p[220:].astype(int) - still[220:]).mean() > 12  # the tiles moved
        )
        player.send("move_fwd", pressed=False)

        player.send("set_prompt", prompt="ocean")
        await player.until_picture(lambda p: ground(p)[2] > ground(p)[0] + 30)

        uploaded = await player.upload("set_seed_frame", "image", png((230, 20, 20)), "image/png")
        assert uploaded.status_code == 201
        player.send("set_seed_frame", image=uploaded.json()["id"])
        await player.until_picture(lambda p: sky(p)[0] > 180 and sky(p)[1] < 70)

        player.send_raw('{"type": "pause"}')
        await player.until(lambda: player.state == "paused")
        await quiet(lambda: player.picture_counts["main_video"])
        count = player.picture_counts["main_video"]

        player.send_raw('{"type": "resume"}')
        await player.until(lambda: player.state == "running")
        await player.until(lambda: player.picture_counts["main_video"] > count + 5)
        assert player.errors == []


async def test_all_four_kinds_of_output_reach_the_player() -> None:
    async with serving(AllOutputsModel) as server, playing(server.url) as player:
        main = await player.until_picture(lambda picture: True)
        depth = await player.until_picture(lambda picture: True, "depth")
        assert abs(main.mean() - 200) < 8
        assert abs(depth.mean() - 64) < 8  # depth 0.25 of the range [0,1]
        await player.until(lambda: len(player.sound.get("sound", [])) > 20)
        assert max(np.abs(block).max() for block in player.sound["sound"]) > 5_000
        await player.until(lambda: len(player.outputs) > 10)
        score = next(output for output in player.outputs if isinstance(output, dict))
        assert score == {
            "type": "output",
            "name": "score",
            "ts_ms": 20.0 * score["value"]["step"],
            "value": {"step": score["value"]["step"]},
        }
        raw = next(output for output in player.outputs if isinstance(output, bytes))
        length, name, ts_ms = struct.unpack("<B3sd", raw[:12])
        assert (length, name, np.isnan(ts_ms), raw[13:]) == (3, b"map", True, b"\x01\x02")


BAD_INPUTS: list[tuple[str, dict[str, object], str, str]] = [
    ("forwrd", {"pressed": True}, "input.unknown", "did you mean 'forward'?"),
    ("forward", {"pressed": 1}, "input.invalid", "pressed: input should be a valid boolean"),
    ("forward", {}, "input.invalid", "pressed: field required"),
    ("forward", {"pressed": True, "x": 1}, "input.invalid", "x: no such argument"),
    ("look", {"dx": float("nan"), "dy": 0}, "input.invalid", "finite number"),
    ("tune", {"strength": 1.5}, "input.invalid", "less than or equal to 1"),
    ("tune", {"strength": 1, "mode": "swim"}, "input.invalid", "'walk' or 'fly'"),
    ("set_seed_frame", {"image": "no-such-file"}, "input.invalid", "upload a file"),
    ("break_down", {}, "input.failed", "the handler broke"),
]


async def test_a_bad_input_is_answered_and_the_session_lives() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        for name, args, code, said in BAD_INPUTS:
            player.errors.clear()
            seq = player.send(name, **args)
            await player.until(lambda: bool(player.errors))
            (error,) = player.errors
            assert (error["code"], error["seq"]) == (code, seq)
            assert said in f"{error['message']} {error['hint']}"
        player.send("forward", pressed=True)
        await player.until_picture(lambda picture: picture[..., 0].mean() > 200)


BAD_MESSAGES = [
    "nonsense", "[]", '{"type": "jump"}',
    '{"type": "input", "seq": 0, "name": "a", "args": {}}',
    '{"type": "input", "seq": 1, "name": "jump", "args": {}, "extra": 1}',
    '{"type": "input", "seq": 1, "name": "jump", "args": []}', "[" * 5_000, "x" * 70_000,
    '{"type": "align", "shift_ms": 51}', '{"type": "align", "shift_ms": NaN}',
]  # fmt: skip


async def test_a_message_that_is_none_is_answered_and_the_session_lives() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        for text in BAD_MESSAGES:
            player.errors.clear()
            player.send_raw(text)
            await player.until(lambda: bool(player.errors))
            assert [error["code"] for error in player.errors] == ["protocol"], text[:60]
        player.send("forward", pressed=True)
        await player.until_picture(lambda picture: picture[..., 0].mean() > 200)


async def test_uploads_are_refused_by_size_type_and_content() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        cases = [
            (b"x" * (11 * 1024 * 1024), "image/png", "are too many"),
            (b"GIF89a", "image/gif", "image/gif is not accepted"),
            (b"<svg/>", "image/svg+xml", "image/svg+xml is not accepted"),
            (b"not a picture", "image/png", "declared as image/png, but not an image"),
            (png((1, 2, 3)), "image/jpeg", "declared as image/jpeg, but is PNG"),
            (b"", "image/png", "the file is empty"),
            (png((1, 2, 3), (5_000, 4_000)), "image/png", "pixels are too many"),
        ]
        for data, mime_type, said in cases:
            response = await player.upload("set_seed_frame", "image", data, mime_type)
            assert response.status_code == 422
            assert response.json()["error"]["code"] == "input.upload"
            assert said in response.json()["error"]["message"]
        session_id = player.hello["session_id"]
        response = await player.upload("nothing", "image", b"x", "image/png")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "input.unknown")
        player.hello["session_id"] = "gone"
        response = await player.upload("set_seed_frame", "image", b"x", "image/png")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "session.unknown")
        player.hello["session_id"] = session_id
        assert player.state == "running"
        fine = await player.upload("set_seed_frame", "image", png((9, 9, 9)), "image/png", "../a\n")
        assert fine.json()["filename"] == "a_"


async def test_a_phone_s_jpeg_of_two_pictures_is_its_first() -> None:
    photo = io.BytesIO()
    red, gain_map = Image.new("RGB", (64, 48), (200, 0, 0)), Image.new("RGB", (32, 24))
    red.save(photo, "MPO", save_all=True, append_images=[gain_map])
    async with serving(EverythingModel) as server, playing(server.url) as player:
        for mime_type in ("image/jpeg", "image/jpg", "image/pjpeg", "IMAGE/JPEG; q=1"):
            sent = await player.upload("set_seed_frame", "image", photo.getvalue(), mime_type)
            assert sent.status_code == 201, mime_type
            assert sent.json()["mime_type"] == "image/jpeg"


async def test_a_port_that_raises_ends_its_session_with_the_reason_and_the_next_works() -> None:
    async with serving(BrokenModel) as server:
        player = Player(server.url)
        await player.connect()
        await player.until(lambda: player.state == "ready")
        await player.offer()
        await player.until(lambda: player.state == "failed")
        assert player.errors[0]["code"] == "session.failed"
        assert "ValueError: a step broke" in player.errors[0]["message"]
        await player.leave()
        async with playing(server.url) as next_player:
            await next_player.until_picture(lambda picture: True)


async def test_a_port_that_does_not_load_tells_every_player_why() -> None:
    async with serving(UnloadableModel) as server:
        for _ in range(2):
            player = Player(server.url)
            await player.connect()
            await player.until(lambda: player.state == "failed")  # noqa: B023
            assert player.errors[0]["code"] == "model.load"
            assert "FileNotFoundError: weights.safetensors" in player.errors[0]["message"]
            await player.leave()


async def test_a_second_player_waits_and_plays_when_the_first_leaves() -> None:
    async with serving(EverythingModel) as server:
        async with playing(server.url):
            second = Player(server.url)
            await second.connect()
            assert (await second.next("queue"))["position"] == 1
        await second.until(lambda: second.state == "ready")
        await second.leave()


async def test_leaving_releases_what_was_held() -> None:
    async with serving(EverythingModel) as server:
        async with playing(server.url) as player:
            player.send("forward", pressed=True)
            await player.until_picture(lambda picture: picture[..., 0].mean() > 200)
        async with playing(server.url):
            told = EverythingModel.last.told
            assert told[0] == ("forward", True)
            # The server applies a held state again after a silence, so only the end is certain.
            assert told[: told.index(("close",)) + 1][-2:] == [("forward", False), ("close",)]


async def test_another_protocol_version_is_refused_with_the_reason() -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.connect("protocol=99")
        await player.until(lambda: bool(player.errors))
        assert "uses protocol version 1" in player.errors[0]["message"]
        await player.leave()


async def test_an_offer_that_is_none_is_answered_and_a_good_one_still_works() -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.connect()
        await player.until(lambda: player.state == "ready")
        for sdp in ("", "v=0", "v=0\r\nm=video\r\n", "a=candidate\r\n" * 40):
            player.errors.clear()
            await player.signal({"type": "offer", "sdp": sdp})
            await player.until(lambda: bool(player.errors))
            assert [error["code"] for error in player.errors] == ["protocol"], sdp
        await player.offer()
        await player.until(lambda: player.state == "running")
        await player.leave()


async def test_sessions_leave_nothing_behind() -> None:
    async with serving(EverythingModel) as server:

        async def play_once() -> None:
            async with playing(server.url) as player:
                await player.until_picture(lambda picture: True)

        def left() -> dict[str, int]:
            gc.collect()
            peers = sum(type(thing) is RTCPeerConnection for thing in gc.get_objects())
            return {
                "peers": peers,
                "tasks": len(asyncio.all_tasks()),
                "threads": threading.active_count(),
                "descriptors": psutil.Process().num_fds(),
            }

        for _ in range(3):  # thread pools and caches fill
            await play_once()
        await quiet(lambda: sum(left().values()))
        before = left()
        for _ in range(6):
            await play_once()
        await quiet(lambda: sum(left().values()))
        assert {name: count for name, count in left().items() if count > before[name]} == {}
