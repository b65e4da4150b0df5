"""Sessions are kept after a lost connection, can be shared, and can be recorded."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from lucid import InputFile, LucidModel, LucidSession, image_input, input, manifest, publish
from lucid.capsule.read import read_capsule
from lucid.capsule.schema import Capsule
from lucid.server import sessions, sharing
from tests.player import Player, playing
from tests.ports import AllOutputsModel, EverythingModel
from tests.server.proxies import relaying
from tests.servers import RunningServer, serving
from tests.waits import until


def is_red(picture: np.ndarray) -> bool:
    return bool(picture[..., 0].mean() > 200)


@asynccontextmanager
async def back(player: Player) -> AsyncIterator[Player]:
    """Reconnect the same player with a new socket and peer connection."""
    again = Player(player.url)
    await again.connect(f"protocol=1&resume={player.hello['resume_token']}")
    try:
        yield again
    finally:
        await again.leave()


async def until_paused(server: RunningServer, player: Player) -> None:
    """Wait until the server notices that the player has disconnected."""
    session = server.host.session(player.hello["session_id"])
    assert session is not None
    await until(lambda: session.state == "paused")  # only spectators get a message


async def api(server: RunningServer, method: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=server.url) as client:
        return await client.request(method, path, headers={"origin": server.url.rstrip("/")})


async def test_a_lost_page_finds_its_session_paused_and_goes_on() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        player.send("set_prompt", prompt="kept")
        player.send("forward", pressed=True)
        await player.until_picture(is_red)
        await player.drop()
        await until_paused(server, player)
        model = EverythingModel.last
        async with back(player) as again:
            await again.until(lambda: again.state == "paused")
            assert again.hello["session_id"] == player.hello["session_id"]
            assert again.hello["resumed"] is True
            assert ("forward", False) in model.told  # the key is released
            await again.offer()
            await again.until(lambda: again.state == "running")
            await again.until_picture(lambda picture: not is_red(picture))
            assert ("close",) not in model.told


async def test_a_player_who_had_paused_comes_back_to_a_paused_session() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        player.send_raw('{"type": "pause"}')
        await player.until(lambda: player.state == "paused")
        await player.drop()
        async with back(player) as again:
            await again.until(lambda: again.state == "paused")
            await again.offer()
            await again.until_open()
            again.send_raw('{"type": "resume"}')
            await again.until_picture(lambda picture: True)
            states = [told["state"] for told in again.told if told["type"] == "state"]
            assert states == ["paused", "running"]


async def test_a_page_that_comes_back_before_it_was_missed_takes_its_session_over() -> None:
    async with (
        serving(EverythingModel) as server,
        playing(server.url) as player,
        back(player) as again,
    ):
        await again.until(lambda: again.state == "running")
        await again.offer()
        await again.until_picture(lambda picture: True)
        await player.until(lambda: player.told[-1]["type"] == "closed")
        assert again.state == "running"


async def test_a_page_that_is_lost_before_it_plays_keeps_its_session_and_its_place() -> None:
    async with serving(EverythingModel) as server:
        player, waiting = Player(server.url), Player(server.url)
        await player.connect()
        await player.until(lambda: player.state == "ready")
        await waiting.connect()
        await waiting.until(lambda: "queue" in [told["type"] for told in waiting.told])
        await player.drop()
        await waiting.drop()
        async with back(player) as again, back(waiting) as still_waiting:
            await again.until(lambda: again.state == "ready")
            assert again.hello["session_id"] == player.hello["session_id"]
            await still_waiting.until(
                lambda: [t["position"] for t in still_waiting.told if t["type"] == "queue"] == [1]
            )
            await again.leave()
            await still_waiting.until(lambda: still_waiting.state == "ready")
            assert still_waiting.hello["session_id"] == waiting.hello["session_id"]


@pytest.mark.parametrize("why", ["left", "too late", "unknown"])
async def test_what_is_not_kept_cannot_be_resumed(why: str) -> None:
    async with serving(EverythingModel, keep_s=0.05) as server, playing(server.url) as player:
        if why == "left":
            await player.leave()
        elif why == "too late":
            await player.drop()
        token = "nonsense" if why == "unknown" else player.hello["resume_token"]
        if why != "unknown":
            async with playing(server.url):
                pass  # another player can join: the session is over
        stranger = Player(server.url)
        await stranger.connect(f"protocol=1&resume={token}")
        await stranger.until(lambda: {"type": "closed"} in stranger.told)
        assert [error["code"] for error in stranger.errors] == ["session.unknown"]
        await stranger.leave()


async def test_a_kept_session_ends_sooner_if_somebody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "BUSY_KEEP_S", 0.1)
    monkeypatch.setattr(sessions, "CHECK_S", 0.05)
    async with serving(EverythingModel, keep_s=600) as server, playing(server.url) as player:
        await player.drop()
        await until_paused(server, player)
        async with playing(server.url) as other:
            assert other.state == "running"


class CountingPlayer(Player):
    pings = 0

    async def on_ping(self) -> None:
        self.pings += 1
        await super().on_ping()


async def test_a_proxy_that_cuts_what_is_idle_for_2_s_does_not_cut_a_player() -> None:
    async with serving(EverythingModel) as server:
        own_port = urlsplit(server.url).port
        assert own_port is not None
        async with relaying(own_port, idle_s=2) as (port, relay):
            player = CountingPlayer(f"http://127.0.0.1:{port}/")
            await player.play()
            await player.until(lambda: player.pings > 4)
            assert (player.state, relay.cuts) == ("running", 0)
            await player.leave()


async def test_a_guest_plays_the_same_session_and_a_spectator_does_not() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        key = parse_qs(urlsplit(player.hello["play_url"]).query)["play"][0]
        guest = Player(server.url)
        await guest.connect(f"protocol=1&play={key}")
        await guest.until(lambda: guest.state == "ready")
        await guest.offer()
        await guest.until(lambda: guest.state == "running")
        assert guest.hello["role"] == "guest"
        await guest.until_open()
        # A guest's align messages have no effect: these would add 2 s. A flood of them would starve
        # ICE's checks on a busy machine, because player, guest and server share one loop here.
        for _ in range(40):
            guest.send_raw('{"type": "align", "shift_ms": 50}')
        guest.send("forward", pressed=True)
        await player.until_picture(is_red)
        await guest.leave()  # releases everything that the guest holds
        await player.until_picture(lambda picture: not is_red(picture))
        assert player.state == "running"


async def joined(player: Player, url: str, role: str = "play") -> Player:
    """Return a guest or spectator who has come with a link of the player."""
    key = parse_qs(urlsplit(url).query)[role][0]
    guest = Player(player.url)
    await guest.connect(f"protocol=1&{role}={key}")
    return guest


def shared(player: Player) -> dict[str, Any]:
    """Return the last links and guests that the player's page was told."""
    return [message for message in player.told if message["type"] == "sharing"][-1]


async def test_a_player_mutes_and_removes_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MAX_GUESTS", 1)
    async with serving(EverythingModel) as server, playing(server.url) as player:
        link = shared(player)["play_url"]
        guest = await joined(player, link)
        await player.until(lambda: shared(player)["guests"] == [{"number": 1, "muted": False}])
        assert (await guest.upload("set_seed_frame", "image", png(), "image/png")).is_success
        second = await joined(player, link)
        await second.until(lambda: [e["code"] for e in second.errors] == ["session.sharing"])
        await guest.until(lambda: guest.state == "ready")
        await guest.offer()
        await guest.until_open()
        guest.send("forward", pressed=True)
        await player.until_picture(is_red)
        await guest.signal({"type": "guest", "number": 1, "act": "unmute"})  # only the player may
        await guest.signal({"type": "renew"})
        await guest.until(lambda: [e["code"] for e in guest.errors] == ["protocol"] * 2)
        for name, args in (("set_prompt", {"prompt": ""}), ("break_down", {})):
            seq = guest.send(name, **args)  # refused by the server, and by the port
            await guest.until(lambda seq=seq: guest.errors[-1]["seq"] == seq)  # type: ignore[misc]
        await player.signal({"type": "guest", "number": 1, "act": "mute"})
        await player.until_picture(lambda picture: not is_red(picture))
        guest.send("forward", pressed=True)
        await guest.until(lambda: guest.errors[-1]["code"] == "input.muted")
        muted = await guest.upload("set_seed_frame", "image", png(), "image/png")
        assert (muted.status_code, muted.json()["error"]["code"]) == (422, "input.muted")
        base = f"{server.url}api/sessions/{guest.hello['session_id']}"
        async with httpx.AsyncClient(headers={"origin": guest.origin}) as client:
            for what in ("recording", "clip"):
                refused = await client.post(f"{base}/{what}")
                assert refused.json()["error"]["code"] == "input.muted"
        await player.signal({"type": "guest", "number": 1, "act": "unmute"})
        await player.until(lambda: shared(player)["guests"] == [{"number": 1, "muted": False}])
        guest.send("forward", pressed=True)
        await player.until_picture(is_red)
        await player.signal({"type": "guest", "number": 1, "act": "kick"})
        await player.until_picture(lambda picture: not is_red(picture))
        await guest.until(lambda: {"type": "closed"} in guest.told)
        assert "session.removed" in [error["code"] for error in guest.errors]
        assert shared(player)["guests"] == []
        late = await guest.upload("set_seed_frame", "image", png(), "image/png")
        assert late.status_code == 404
        again = await joined(player, link)
        await again.until(lambda: [e["code"] for e in again.errors] == ["session.unknown"])
        other = await joined(player, shared(player)["play_url"])
        await player.until(lambda: shared(player)["guests"] == [{"number": 2, "muted": False}])
        for who in (guest, second, again, other):
            await who.leave()
        assert (player.state, player.errors) == ("running", [])


async def test_links_expire_and_the_player_gets_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "LINK_S", 0.0)
    async with serving(EverythingModel) as server, playing(server.url) as player:
        old = shared(player)
        assert old["left_s"] == 0
        monkeypatch.setattr(sharing, "LINK_S", 7200.0)
        await player.signal({"type": "renew"})
        await player.until(lambda: shared(player)["left_s"] > 7000)
        for links, codes in ((old, ["session.unknown"]), (shared(player), [])):
            for role in ("watch", "play"):
                who = await joined(player, links[f"{role}_url"], role)
                await who.until(lambda who=who: bool(who.errors or who.state == "ready"))  # type: ignore[misc]  # mypy knows no default of a lambda
                assert [error["code"] for error in who.errors] == codes
                await who.leave()


async def test_a_recording_is_an_mp4_of_what_was_played(tmp_path: Path) -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        path = f"api/sessions/{player.hello['session_id']}/recording"
        player.send("forward", pressed=True)
        await player.until_picture(is_red)
        assert (await api(server, "POST", path)).status_code == 201
        again = await api(server, "POST", path)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "session.recording")
        count = player.picture_counts["main_video"]
        await player.until(lambda: player.picture_counts["main_video"] > count + 30)
        stopped = (await api(server, "DELETE", path)).json()
        file = await api(server, "GET", f"api/recordings/{stopped['file']}")
        assert file.headers["content-type"] == "video/mp4"
        assert len(file.content) == stopped["size_bytes"]
        (tmp_path / "a.mp4").write_bytes(file.content)
        with av.open(str(tmp_path / "a.mp4")) as recorded:
            pictures = [frame.to_ndarray(format="rgb24") for frame in recorded.decode(video=0)]
        assert len(pictures) == stopped["frames"] > 10
        assert pictures[0].shape == (48, 64, 3)
        assert all(is_red(picture) for picture in pictures)
        assert (await api(server, "DELETE", path)).status_code == 409
        assert (await api(server, "GET", "api/recordings/..%2fa.mp4")).status_code == 404
        assert (await api(server, "POST", "api/sessions/no/recording")).status_code == 404


async def test_a_clip_is_an_mp4_or_a_gif_of_what_was_seen_before(tmp_path: Path) -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await player.until_picture(lambda picture: not is_red(picture))
        player.send("forward", pressed=True)
        await player.until_picture(is_red)
        path = f"api/sessions/{player.hello['session_id']}/clip"
        made = (await api(server, "POST", path)).json()
        file = await api(server, "GET", f"api/recordings/{made['file']}")
        (tmp_path / "a.mp4").write_bytes(file.content)
        with av.open(str(tmp_path / "a.mp4")) as clip:
            pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
        assert len(pictures) == made["frames"] > 2
        assert [is_red(pictures[0]), is_red(pictures[-1])] == [False, True]
        gif = await api(server, "GET", f"api/recordings/{made['file']}?gif=1")
        assert gif.headers["content-type"] == "image/gif"
        with Image.open(io.BytesIO(gif.content)) as moving:
            assert (moving.format, moving.size) == ("GIF", (64, 48))
            assert np.abs(np.asarray(moving.convert("RGB")).astype(int) - pictures[0]).max() < 16


async def test_a_saved_session_holds_every_input_and_its_files() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        uploaded = await player.upload("set_seed_frame", "image", png(), "image/png", "a b.png")
        player.send("lean", value=0.5)
        player.send("set_seed_frame", image=uploaded.json()["id"])
        player.send_raw('{"type": "align", "shift_ms": -2.5}')  # concerns only the display
        player.send_raw('{"type": "pause"}')
        await player.until(lambda: player.state == "paused")
        capsule = await saved(server, player)
        sha256 = uploaded.json()["sha256"]
        assert [(line.name, line.args) for line in capsule.inputs] == [
            ("lean", {"value": 0.5}),
            ("set_seed_frame", {}),
        ]
        image = {"filename": "a b.png", "mime_type": "image/png", "sha256": sha256}
        assert capsule.inputs[1].model_dump()["files"] == {"image": image}
        assert capsule.files == {sha256: png()}
        assert player.errors == []


async def saved(server: RunningServer, player: Player) -> Capsule:
    path = f"api/sessions/{player.hello['session_id']}/capsule.lucid"
    return read_capsule((await api(server, "GET", path)).content)


async def test_a_port_offers_pictures_and_no_other_file_of_its_folder(tmp_path: Path) -> None:
    gallery = tmp_path / "gallery"
    gallery.mkdir()
    (gallery / "hall.png").write_bytes(png())
    (gallery / "secret.txt").write_text("no picture")

    class SeededSession(LucidSession["SeededModel"]):
        @input()
        def seed(self, image: InputFile = image_input(gallery=gallery)) -> None: ...

    class SeededModel(LucidModel):
        name = "seeded"
        session_cls = SeededSession
        outputs = (publish.video(name="main_video", width=64, height=48),)

    async with serving(SeededModel) as server:
        spec = server.host.manifest.model_dump(mode="json")["inputs"][0]
        assert spec["arguments"]["properties"]["image"]["file"]["gallery"] == ["hall.png"]
        assert str(tmp_path) not in json.dumps(spec)
        assert (await api(server, "GET", "api/gallery/seed/image/hall.png")).content == png()
        for path in ("seed/image/secret.txt", "seed/image/..%2fx", "seed/no/hall.png", "no/x/y"):
            response = await api(server, "GET", f"api/gallery/{path}")
            assert response.status_code in (404, 422), path


def png() -> bytes:
    import io

    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 10, 10)).save(buffer, "PNG")
    return buffer.getvalue()


async def test_what_a_session_leaves_behind_follows_the_reloaded_port() -> None:
    async with serving(EverythingModel) as server:
        server.host.worker.manifest = manifest(AllOutputsModel)  # as after --reload
        async with playing(server.url) as player:
            model = (await saved(server, player)).head.port.model
            assert model == player.hello["manifest"]["model"]["name"] == "all-outputs"


async def test_a_guest_who_leaves_releases_nothing_that_the_player_holds() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        key = parse_qs(urlsplit(player.hello["play_url"]).query)["play"][0]
        guest = Player(server.url)
        await guest.connect(f"protocol=1&play={key}")
        await guest.until(lambda: guest.state == "ready")
        await guest.offer()
        await guest.until_open()
        player.send("forward", pressed=True)
        await guest.until_picture(is_red)
        told = EverythingModel.last.told
        guest.send("forward", pressed=True)
        guest.send("forward", pressed=False)  # the player still holds the key
        guest.send("forward", pressed="junk")
        guest.send("forward", pressed=True)
        guest.send("lean", value=1)
        player.send("lean", value=-1)
        player.send("lean", value=0)  # the guest still leans
        await guest.until(lambda: told[-1] == ("lean", 1))
        assert told.count(("forward", False)) == 0
        await guest.leave()
        await player.until(lambda: told[-1] == ("lean", 0))
        player.send("jump")
        player.send("forward", pressed=False)
        await player.until_picture(lambda picture: not is_red(picture))
        assert told[-2:] == [("jump",), ("forward", False)]
        assert told.count(("forward", False)) == 1
