"""Measure `lucid deploy`: `python benchmarks/cluster.py [CASE...]`, by default all cases.

Starts a Ray cluster of three nodes on this machine, with faked GPUs, and deploys a small port
(160x96 at 5 fps, 4 slots) in 4 replicas. The players are clients in this process. Prints as JSON:

- ``start``: from the offer to its answer, from the connection to the first frame, for 12 players
  one after the other; the same with `lucid serve`.
- ``queue``: 22 players at once on 16 slots.
- ``kill``: SIGKILL of a replica. When its players are told, and when one of them plays again.
- ``hang``: SIGSTOP of a replica.
- ``node``: a node with two replicas is removed.
- ``redeploy``: a new version, while 8 players play.
- ``cpu``: CPU seconds per session and second, of the gateway, the replicas and their models, for
  4, 8 and 16 sessions, over WebRTC and over the WebSocket. What they use without sessions does not
  count.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "1" * 64, "RAY_worker_niceness": "0"}

import psutil
import ray
from ray.cluster_utils import Cluster

from lucid._target import find_port
from lucid.client.async_world import AsyncWorld, Wire
from lucid.deploy import cluster
from lucid.deploy.replica import PortSpec
from lucid.errors import LucidError

LIMIT_S = 60.0
CPU_S = 20.0
PORT = """
import numpy as np
from lucid import LucidModel, LucidSession, publish


class SmallSession(LucidSession):
    async def run(self):
        step = 0
        while self.ctx.running:
            step += 1
            await self.ctx.publish("main_video", np.full((96, 160, 3), step % 256, np.uint8))


class SmallModel(LucidModel):
    name = "small"
    session_cls = SmallSession
    max_sessions = 4
    outputs = (publish.video(name="main_video", width=160, height=96, fps=5),)

    def create_session(self, ctx):
        return SmallSession(self, ctx)
"""
PROJECT = '[project]\nname = "small"\nversion = "0"\n[tool.lucid]\nport = "small:SmallModel"\n'


class Player(AsyncWorld):
    """A player that remembers when what happened."""

    def __init__(self, url: str, wire: Wire = "webrtc") -> None:
        super().__init__(url, wire)
        self.at_s: dict[str, float] = {"begun": time.monotonic()}

    def _mark(self, what: str) -> None:
        self.at_s.setdefault(what, time.monotonic())

    async def signal(self, message: Mapping[str, Any]) -> None:
        self._mark(message["type"])
        await super().signal(message)

    def on_signal(self, message: dict[str, Any]) -> None:
        self._mark(message.get("code", message.get("state", message["type"])))
        super().on_signal(message)

    def on_frame(self, output: str, frame: Any) -> None:
        self._mark("frame")
        super().on_frame(output, frame)

    def took_ms(self, first: str, last: str) -> float:
        return (self.at_s[last] - self.at_s[first]) * 1000

    @property
    def server(self) -> str:
        return str(self.hello.get("session_id", "")).rpartition(".")[2]

    async def play(self) -> Player:
        await self.join(LIMIT_S)
        await self.until(lambda: "frame" in self.at_s, LIMIT_S)
        return self

    async def over(self) -> None:
        try:
            await self.until(lambda: False, LIMIT_S)
        except LucidError:
            self._mark("over")


async def playing(url: str, count: int, wire: Wire = "webrtc") -> list[Player]:
    return await asyncio.gather(*(Player(url, wire).play() for _ in range(count)))


async def close(players: list[Player]) -> None:
    await asyncio.gather(*(player.close() for player in players))


def rows(url: str) -> list[dict[str, Any]]:
    """Return the replicas that the gateway knows."""
    with urllib.request.urlopen(url.replace("/small/", "/api/replicas")) as answer:
        replicas: list[dict[str, Any]] = json.load(answer)["small"]["replicas"]
    return replicas


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - players make it true
            await asyncio.sleep(0.01)


async def until_idle(url: str, count: int = 4) -> None:
    """Wait until this many replicas have no session."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            known = await asyncio.to_thread(rows, url)
            if len(known) == count and all(r["slots"] and not r["players"] for r in known):
                return
            await asyncio.sleep(0.2)


def spread(values: list[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(values), 1), "max": round(max(values), 1)}


class Bench:
    """The cluster, and one method for each case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "small.py").write_text(PORT)
        (folder / "pyproject.toml").write_text(PROJECT)
        head = {"num_cpus": 1, "include_dashboard": False}
        self.nodes = Cluster(initialize_head=True, head_node_args=head)
        self.workers = [self.nodes.add_node(num_cpus=1, num_gpus=2) for _ in range(2)]
        cluster.start(self.nodes.address)
        self.spec = PortSpec("small", find_port(str(folder), folder), drain_s=5.0)
        self.url = self.deploy(self.spec)

    def deploy(self, spec: PortSpec) -> str:
        size = cluster.Size(4, 4, 0.5)
        return cluster.deploy([spec], size, cluster.Front(tcp_port=0), print)[0]

    async def start(self) -> Any:
        served = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs meanwhile
            [sys.executable, "-m", "lucid", "serve", str(self.folder), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert served.stdout is not None
            plain = served.stdout.readline().strip()
            return {
                "lucid deploy": await _starts(self.url),
                "lucid serve": await _starts(plain),
            }
        finally:
            served.terminate()
            served.wait()

    async def queue(self) -> Any:
        players = [Player(self.url) for _ in range(22)]
        joins = [asyncio.create_task(player.play()) for player in players]
        await until(lambda: all({"frame", "queue"} & p.at_s.keys() for p in players))
        await until(lambda: sum("frame" in p.at_s for p in players) == 16)
        play = [p for p in players if "frame" in p.at_s]
        wait = [p for p in players if "frame" not in p.at_s]
        result = {
            "play": len(play),
            "wait": len(wait),
            "errors": sum(len(p.errors) for p in players),
            "all_play_ms": round(max(p.took_ms("begun", "frame") for p in play)),
            "all_know_their_position_ms": round(max(p.took_ms("begun", "queue") for p in wait)),
        }
        for join in joins:
            join.cancel()
        await asyncio.gather(*joins, return_exceptions=True)
        await close(players)
        return result

    async def kill(self) -> Any:
        return await self._lose(lambda row: self._signal(row, signal.SIGKILL))

    async def hang(self) -> Any:
        return await self._lose(lambda row: self._signal(row, signal.SIGSTOP))

    async def node(self) -> Any:
        return await self._lose(self._remove_node)

    def _signal(self, row: dict[str, Any], number: int) -> None:
        os.kill(row["pid"], number)

    def _remove_node(self, row: dict[str, Any]) -> None:
        raylet = psutil.Process(row["pid"]).parent()
        node = next(one for one in self.workers if raylet and _raylet(one) == raylet.pid)
        self.nodes.remove_node(node, allow_graceful=False)
        self.workers.remove(node)

    async def _lose(self, act: Callable[[dict[str, Any]], None]) -> Any:
        """Act on a replica while 8 sessions play, two on each."""
        players = await playing(self.url, 8)
        known = rows(self.url)
        victim = next(row for row in known if row["name"] == players[0].server)
        parents = {row["name"]: psutil.Process(row["pid"]).ppid() for row in known}
        begun_s = time.monotonic()
        acting = asyncio.create_task(asyncio.to_thread(act, victim))
        await players[0].over()
        again = await Player(self.url).play()
        if act == self._remove_node:
            lost = {name for name, ppid in parents.items() if ppid == parents[victim["name"]]}
        else:
            lost = {victim["name"]}
        hurt = [player for player in players if player.server in lost]
        others = [player for player in players if player.server not in lost]
        await asyncio.gather(*(player.over() for player in hurt))
        goals = {p: p.frame_counts["main_video"] + 5 for p in others}
        await asyncio.gather(
            *(p.until(lambda p=p: p.frame_counts["main_video"] > goals[p], 10) for p in others)
        )
        result = {
            "told": f"{sum('model.process' in p.at_s for p in hurt)} of {len(hurt)}",
            "told_ms": spread([(p.at_s["model.process"] - begun_s) * 1000 for p in hurt]),
            "plays_again_ms": round(again.took_ms("begun", "frame")),
            "others_play_on": len(others),
        }
        await acting
        if len(self.workers) < 2:
            self.workers.append(self.nodes.add_node(num_cpus=1, num_gpus=2))
        await close([*players, again])
        await until_idle(self.url)
        return {**result, "four_replicas_again_s": round(time.monotonic() - begun_s, 1)}

    async def redeploy(self) -> Any:
        players = await playing(self.url, 8)
        changed = replace(self.spec, turn_s=600.0)
        deploying = asyncio.create_task(asyncio.to_thread(self.deploy, changed))
        await asyncio.gather(*(player.over() for player in players))
        await deploying
        told = [p for p in players if "server.stopping" in p.at_s]
        result = {
            "told": f"{len(told)} of 8",
            "cut_without_a_message": 8 - len(told),
            "went_on_s": spread([p.took_ms("server.stopping", "over") / 1000 for p in told]),
        }
        await close(players)
        return result

    async def cpu(self) -> Any:
        idle_s = await _used_s()
        wires: tuple[Wire, ...] = ("webrtc", "socket")
        result = {}
        for wire in wires:
            for count in (4, 8, 16):
                await until_idle(self.url)
                players = await playing(self.url, count, wire)
                before = sum(p.frame_counts["main_video"] for p in players)
                used_s = await _used_s() - idle_s
                frames = sum(p.frame_counts["main_video"] for p in players) - before
                result[f"{wire}, {count} sessions"] = {
                    "cpu_per_session": round(used_s / CPU_S / count, 4),
                    "fps": round(frames / CPU_S / count, 1),
                }
                await close(players)
        return result


async def _starts(url: str) -> Any:
    players = []
    for _ in range(13):
        players.append(await Player(url).play())
        await close(players[-1:])
    played = players[1:]  # the model may have loaded during the first
    return {
        "answer_ms": spread([p.took_ms("offer", "answer") for p in played]),
        "first_frame_ms": spread([p.took_ms("begun", "frame") for p in played]),
    }


def _raylet(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


async def _used_s() -> float:
    """Return the CPU time of the gateway, the replicas and their models in the next ``CPU_S``."""
    before_s = _cpu_s()
    await asyncio.sleep(CPU_S)
    return _cpu_s() - before_s


def _cpu_s() -> float:
    every = psutil.Process().children(recursive=True)
    servers = [one for one in every if one.name().startswith("ray::ServeReplica")]
    total_s = 0.0
    for process in {child for one in servers for child in [one, *one.children(recursive=True)]}:
        times = process.cpu_times()
        total_s += times.user + times.system
    return total_s


async def run(bench: Bench, cases: list[str]) -> None:
    for case in cases:
        await until_idle(bench.url)
        work: Awaitable[Any] = getattr(bench, case)()
        load = round(psutil.getloadavg()[0], 1)
        print(json.dumps({case: await work, "load_before": load}), flush=True)


def main() -> None:
    """Print the figures."""
    cases = sys.argv[1:] or ["start", "queue", "cpu", "kill", "hang", "node", "redeploy"]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            asyncio.run(run(bench, cases))
            cluster.stop()
        finally:
            ray.shutdown()
            bench.nodes.shutdown()


if __name__ == "__main__":
    main()
