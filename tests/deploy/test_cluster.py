"""Players on a real Ray cluster of two nodes; one deployment serves all tests."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import psutil
import pytest
from PIL import Image
from websockets import InvalidHandshake

from lucid._target import find_port
from lucid.client.async_world import AsyncWorld
from lucid.errors import MachineError, SessionError
from lucid.server.sessions import KEEP_S
from tests.cli.running import lucid_here
from tests.server.proxies import free_port
from tests.waits import LIMIT_S, until

if importlib.util.find_spec("ray") is None:
    pytest.skip("the extra ray is not installed; .ci/run installs it", allow_module_level=True)
os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "1" * 64, "RAY_worker_niceness": "0"}
with warnings.catch_warnings():  # of Ray itself
    warnings.simplefilter("ignore")
    import ray
    from ray.cluster_utils import Cluster

    from lucid.deploy import cluster
    from lucid.deploy.replica import PortSpec

ROOT = Path(__file__).resolve().parents[2]
HELLO = PortSpec("hello", find_port("examples/hello", ROOT), drain_s=2.0)
FRONT = cluster.Front(tcp_port=free_port())

TORN = """
import os
from pathlib import Path

import numpy as np
import psutil
from lucid import LucidModel, LucidSession, publish


class TornSession(LucidSession):
    async def run(self):
        while self.ctx.running:
            await self.ctx.publish("main_video", np.zeros((96, 160, 3), np.uint8))


class TornModel(LucidModel):
    name = "torn"
    session_cls = TornSession
    outputs = (publish.video(name="main_video", width=160, height=96, fps=5),)

    def load(self, ctx):
        node, broken = psutil.Process(os.getppid()).ppid(), Path(__file__).with_name("broken")
        if not broken.exists():
            broken.write_text(str(node))
        if broken.read_text() == str(node):
            raise RuntimeError("no driver")
"""
TORN_PROJECT = '[project]\nname = "torn"\nversion = "0"\n[tool.lucid]\nport = "torn:TornModel"\n'

pytestmark = pytest.mark.filterwarnings("default")


class Player(AsyncWorld):
    """A player that remembers its positions in the queue."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.positions: list[int] = []

    def on_signal(self, message: dict[str, Any]) -> None:
        if message["type"] == "queue":
            self.positions.append(message["position"])
        super().on_signal(message)

    async def plays_on(self) -> None:
        before = self.frame_counts["main_video"]
        await self.until(lambda: self.frame_counts["main_video"] > before, LIMIT_S)

    def said(self, code: str) -> bool:
        return any(error["code"] == code for error in self.errors)

    @property
    def server(self) -> str:
        return str(self.hello["session_id"]).rpartition(".")[2]


@asynccontextmanager
async def playing(url: str) -> AsyncIterator[Player]:
    player = Player(url)
    try:
        await player.join(LIMIT_S)
        await player.until(lambda: bool(player.frame_counts), LIMIT_S)
        yield player
    finally:
        await player.close()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    nodes = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False}
    )
    nodes.add_node(num_cpus=3)
    try:
        with pytest.MonkeyPatch.context() as other, pytest.raises(MachineError) as refused:
            other.setattr(ray, "__version__", "2.9.3")
            cluster.start(nodes.address)
        assert f"has Ray {ray.__version__} and Python" in refused.value.message
        assert "this machine has Ray 2.9.3 and Python" in refused.value.message
        cluster.start(nodes.address)
        yield cluster.deploy([HELLO], cluster.Size(2, 2), FRONT, pytest.fail)[0]
        cluster.stop()
    finally:
        ray.shutdown()
        nodes.shutdown()


def ask(url: str, path: str) -> str:
    """Return a page of the gateway."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(urlunsplit(urlsplit(url)._replace(path=path))) as answer:
        text: str = answer.read().decode()
    return text


def replicas(url: str) -> dict[str, int]:
    """Return the processes of the replicas by their names."""
    rows = json.loads(ask(url, "/api/replicas"))["hello"]["replicas"]
    return {row["name"]: row["pid"] for row in rows}


async def test_one_more_player_than_slots_waits_and_plays_when_another_leaves(url: str) -> None:
    async with playing(url) as first, playing(url) as second:
        assert {first.server, second.server} == replicas(url).keys()
        third = Player(url)
        joining = asyncio.create_task(third.join(LIMIT_S))
        await until(lambda: bool(third.positions))
        assert not third.hello
        shown = await asyncio.to_thread(lucid_here, "top", url, "--once", "--json", cwd=ROOT)
        rows = json.loads(shown.stdout)["servers"]
        assert {row["replica"] for row in rows} == replicas(url).keys()
        assert [(row["playing"], row["slots"]) for row in rows] == [(1, 1), (1, 1)]
        assert sum(row["queue"] for row in rows) == 1
        assert all(row["fps"] > 1 for row in rows)
        await first.close()
        await joining
        assert set(third.positions) == {1}
        assert third.server == first.server
        await second.plays_on()
        await third.close()


async def test_links_lost_pages_and_uploads_find_the_replica_of_their_session(url: str) -> None:
    async with playing(url) as player, playing(player.hello["watch_url"]) as watcher:
        assert watcher.hello["role"] == "spectator"
        query = {"protocol": 1, "token": player.query("token")["token"]}
        back = Player(url)
        await back.connect(urlencode({**query, "resume": player.hello["resume_token"]}))
        await back.until(lambda: bool(back.hello), LIMIT_S)
        assert back.hello["resumed"]
        assert back.hello["session_id"] == player.hello["session_id"]
        path = f"api/sessions/{player.hello['session_id']}/files/set_seed_frame/image"
        picture = io.BytesIO()
        Image.new("RGB", (64, 36)).save(picture, "PNG")
        headers = {"origin": player.origin, "content-type": "image/png"}
        upload = urllib.request.Request(
            f"{player.base}{path}?{urlencode(query)}", picture.getvalue(), headers
        )
        answer = await asyncio.to_thread(urllib.request.urlopen, upload)
        assert answer.status == 201
        answer.close()
        await back.close()


def test_a_replica_whose_event_loop_stands_still_is_killed() -> None:
    code = """if True:
        import asyncio, time
        from lucid.deploy.replica import kill_when_stuck

        async def stick():
            kill_when_stuck(asyncio.get_running_loop(), 0.5)
            await asyncio.sleep(1.5)
            time.sleep(60)

        asyncio.run(stick())
    """
    assert subprocess.run([sys.executable, "-c", code], timeout=LIMIT_S).returncode == -9


async def test_a_killed_replica_or_model_ends_only_its_own_sessions_with_a_reason(
    url: str,
) -> None:
    async with playing(url) as hurt, playing(url) as other:
        os.kill(replicas(url)[hurt.server], signal.SIGKILL)
        with pytest.raises(SessionError):
            await hurt.until(lambda: False, LIMIT_S)
        assert hurt.state == "failed"
        assert hurt.said("model.process")
        await other.plays_on()
        async with playing(url) as again:
            assert again.server not in (hurt.server, other.server)
            for model in psutil.Process(replicas(url)[other.server]).children():
                model.kill()  # as the kernel does when the memory is full
            with pytest.raises(SessionError, match="ran out of memory"):
                await other.until(lambda: False, LIMIT_S)
            assert other.said("model.process")
            await again.plays_on()


async def test_pages_resume_their_sessions_at_the_gateway_that_replaces_a_killed_one(
    url: str,
) -> None:
    async with playing(url) as player:
        (gateway,) = [
            process
            for process in psutil.Process().children(recursive=True)
            if process.name().startswith("ray::ServeReplica:lucid")
        ]
        gateway.kill()
        killed_s = time.monotonic()
        with pytest.raises(SessionError):
            await player.until(lambda: False, LIMIT_S)
        back = Player(url)
        query = {**player.query("token"), "protocol": 1, "resume": player.hello["resume_token"]}
        async with asyncio.timeout(LIMIT_S):
            while not back.hello and not back.errors:
                with suppress(OSError, InvalidHandshake):
                    await back.connect(urlencode(query))
                    await back.until(lambda: bool(back.hello or back.errors))
                await asyncio.sleep(0.1)
        kept = back.hello.get("session_id") == player.hello["session_id"]
        assert kept or time.monotonic() - killed_s > KEEP_S
        await back.close()


async def test_a_redeployment_tells_players_a_deadline_and_lets_them_go_on(url: str) -> None:
    async with playing(url) as player:
        changed = replace(HELLO, turn_s=60.0)
        deploying = asyncio.to_thread(
            cluster.deploy, [changed], cluster.Size(2, 2), FRONT, pytest.fail
        )
        deployed = asyncio.create_task(deploying)
        await player.until(lambda: player.said("server.stopping"), LIMIT_S)
        assert player.errors[-1]["message"] == "the server stops in 2 s"
        await player.plays_on()
        with pytest.raises(SessionError):
            await player.until(lambda: False, LIMIT_S)
        assert player.state == "ended"
        assert await deployed == [url]
    async with playing(url) as later:
        assert later.server != player.server


async def test_a_port_that_cannot_load_says_where_and_why(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ATTEMPTS", 1)
    missing = replace(HELLO.location, root=Path("/no/such/port"))
    with pytest.raises(MachineError, match=r"broken cannot start on node .*/no/such/port does not"):
        await asyncio.to_thread(
            cluster.deploy,
            [PortSpec("broken", missing)],
            cluster.Size(1, 1, 0),
            FRONT,
            lambda _: None,
        )


async def test_a_port_that_loads_on_one_node_only_plays_there_and_says_why(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ATTEMPTS", 20)
    (tmp_path / "torn.py").write_text(TORN)
    (tmp_path / "pyproject.toml").write_text(TORN_PROJECT)
    torn = PortSpec("torn", find_port(str(tmp_path), tmp_path), drain_s=0.0)
    said: list[str] = []
    async with playing(url) as elsewhere:
        deploying = asyncio.to_thread(
            cluster.deploy, [torn], cluster.Size(2, 2), FRONT, said.append
        )
        (torn_url,) = await deploying
        async with playing(torn_url):
            pass
        assert re.fullmatch(r"a replica of torn cannot start on node .* no driver", said[0])
        assert re.search(r"a replica could not start on node .* no driver", ask(url, "/"))
        await asyncio.to_thread(cluster.stop, ["torn"])
        assert "torn" not in ask(url, "/")
        await elsewhere.plays_on()


def test_too_few_gpus_are_named(url: str) -> None:
    with pytest.raises(MachineError, match="2 replicas with 1 GPU each do not fit"):
        cluster.deploy([HELLO], cluster.Size(2, 2, 1.0), FRONT, pytest.fail)


def test_what_cannot_be_stopped_is_said(url: str) -> None:
    with pytest.raises(MachineError, match="another: not deployed on this cluster") as refused:
        cluster.stop(["another"])
    assert "hello" in str(refused.value.hint)
    local = lucid_here("deploy", "examples/hello", "--stop", cwd=ROOT)
    assert local.returncode == 4
    assert "--stop needs the cluster that plays the ports" in local.stderr
