"""A replica: one loaded model with Lucid's own HTTP server, as a deployment of Ray Serve."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import threading
import time
from dataclasses import dataclass
from typing import Any

import ray
import uvicorn
from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from lucid._target import PortLocation
from lucid.deploy.failures import marked, problem_here
from lucid.deploy.gateway import GATEWAY
from lucid.deploy.pool import REPORT_S, Report
from lucid.errors import LucidError, ModelLoadError, TargetError
from lucid.media.ice import ANY_PORT, IceSettings
from lucid.runtime.host import Host
from lucid.runtime.load_times import LoadTimes
from lucid.runtime.process_worker import ProcessWorker
from lucid.server.app import create_app
from lucid.server.run import listen, server_config
from lucid.server.sessions import Sessions

HANG_S = 4.0
"""A replica whose event loop stands still for this time kills itself, so that Ray replaces it."""
CHECK_S = 0.05

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PortSpec:
    """What a replica plays, and how."""

    name: str
    """The port's part of the URL."""
    location: PortLocation
    stub: bool = False
    turn_s: float | None = None
    drain_s: float = 60.0
    """How long players may go on when their replica stops."""
    ice: IceSettings = ANY_PORT


class ReplicaServer:
    """The Serve deployment of a port."""

    async def __init__(  # type: ignore[misc]  # Serve awaits it
        self, spec: PortSpec
    ) -> None:
        """Load the model and start the server; Serve counts the replica as running after that."""
        self._spec = spec
        self._name = f"r{secrets.token_hex(4)}"
        self._node = ray.util.get_node_ip_address()
        self._gateway = await _find_gateway()
        self._waiting = 0
        try:
            await self._start()
        except LucidError as error:
            raise await self._failed(error) from None
        kill_when_stuck(asyncio.get_running_loop())
        self._reporting = asyncio.create_task(self._report())

    async def _failed(self, error: LucidError) -> RuntimeError:
        """Tell the gateway why this replica cannot play. Return what tells Serve."""
        problem = problem_here(error)
        logger.error("%s cannot start %s", self._spec.name, problem[0])
        await self._gateway.fail.remote(self._spec.name, problem)
        return marked(problem)

    async def _start(self) -> None:
        location, spec = self._spec.location, self._spec
        if not location.root.is_dir():
            raise TargetError(
                f"{location.root} does not exist there",
                hint="put the port in the same folder on every node, or into their image",
            )
        self._worker = await asyncio.to_thread(ProcessWorker, location, stub=spec.stub)
        manifest = self._worker.manifest
        times = LoadTimes.of(manifest.model.name)
        self._host = Host(self._worker, times, spec.turn_s, self._name)
        access = await self._gateway.add.remote(spec.name)
        app = create_app(self._host, access, ice=spec.ice)
        self._sessions: Sessions = app.state.sessions
        listener = listen(self._node, 0)
        self._url = "http://{}:{}".format(*listener.getsockname())
        self._server = uvicorn.Server(server_config(app))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._host.ready:
            if (error := self._host.load_error) is not None:
                await self._stop()
                raise ModelLoadError(error.message, hint=error.hint)
            await asyncio.sleep(CHECK_S)

    async def _report(self) -> None:
        """Tell the gateway all the time what this replica can play."""
        while True:
            waits_s = self._host.wait_elsewhere(self._waiting)
            report = Report(
                port=self._spec.name,
                name=self._name,
                node=self._node,
                pid=os.getpid(),
                url=self._url,
                slots=self._slots,
                players=self._host.players,
                watch_key=self._sessions.oldest_queue_key,
                waits_s=tuple(waits_s),
            )
            with contextlib.suppress(RayError, RayServeException):  # the gateway starts again
                self._waiting = await self._gateway.report.remote(report)
            await asyncio.sleep(REPORT_S)

    @property
    def _slots(self) -> int:
        return self._host.manifest.model.max_sessions if self._host.ready else 0

    async def check_health(self) -> None:
        """Raise if the model was lost and cannot be loaded again: Serve replaces this replica."""
        if (error := self._host.load_error) is not None:
            raise await self._failed(ModelLoadError(error.message, hint=error.hint))

    def record_autoscaling_stats(self) -> dict[str, float]:
        """Return what ``policy.replicas`` reads."""
        return {"players": self._host.players + self._waiting, "slots": self._slots}

    async def __del__(self) -> None:
        """Tell the players when this replica stops, and let them finish; Serve calls this."""
        stop_s = time.monotonic() + self._spec.drain_s
        self._host.announce_stop(self._spec.drain_s)
        while not self._host.idle and time.monotonic() < stop_s:  # noqa: ASYNC110 - as uvicorn does
            await asyncio.sleep(CHECK_S)
        self._reporting.cancel()
        await self._stop()

    async def _stop(self) -> None:
        self._server.should_exit = True
        await self._serving
        await asyncio.to_thread(self._worker.__exit__)


def kill_when_stuck(loop: asyncio.AbstractEventLoop, limit_s: float = HANG_S) -> None:
    """Kill this process when its event loop stands still. Its model process ends with it."""

    def watch() -> None:
        while not loop.is_closed():
            turned = threading.Event()
            loop.call_soon_threadsafe(turned.set)
            if not turned.wait(limit_s):
                logger.error("the event loop stands still for %g s: this replica ends", limit_s)
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(limit_s / 10)

    threading.Thread(target=watch, name="lucid-watchdog", daemon=True).start()


async def _find_gateway() -> DeploymentHandle[Any]:
    while True:
        try:
            return serve.get_app_handle(GATEWAY)
        except RayServeException:  # a RayService deploys it at the same time
            await asyncio.sleep(CHECK_S)
