"""Players on a real Ray cluster of two nodes; one deployment serves all tests."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest
from PIL import Image

from lucid._target import find_port
from lucid.client.async_world import AsyncWorld
from lucid.errors import MachineError, SessionError
from tests.cli.running import lucid_here
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
FRONT = cluster.Front(tcp_port=0)

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
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    nodes.add_node(num_cpus=2)
    try:
        cluster.start(nodes.address)
        yield cluster.deploy([HELLO], cluster.Size(2, 2), FRONT, pytest.fail)[0]
        cluster.stop()
    finally:
        ray.shutdown()
        nodes.shutdown()


def replicas(url: str) -> dict[str, int]:
    """Return the processes of the replicas by their names."""
    parts = urlsplit(url)
    with urllib.request.urlopen(urlunsplit(parts._replace(path="/api/replicas"))) as answer:
        return {row["name"]: row["pid"] for row in json.load(answer)["hello"]["replicas"]}


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


async def test_a_killed_replica_ends_only_its_own_sessions_with_a_reason(url: str) -> None:
    async with playing(url) as hurt, playing(url) as other:
        os.kill(replicas(url)[hurt.server], signal.SIGKILL)
        with pytest.raises(SessionError):
            await hurt.until(lambda: False, LIMIT_S)
        assert hurt.state == "failed"
        assert hurt.said("model.process")
        await other.plays_on()
        async with playing(url) as again:
            assert again.server not in (hurt.server, other.server)


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
