"""Start or join a Ray cluster, and deploy ports on it."""

import logging
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import ray
from ray import serve
from ray.exceptions import RayError
from ray.serve.config import AutoscalingConfig, AutoscalingPolicy
from ray.serve.exceptions import RayServeException

from lucid.deploy.failures import Problem, read
from lucid.deploy.gateway import GATEWAY, Gateway
from lucid.deploy.replica import PortSpec, ReplicaServer
from lucid.errors import MachineError
from lucid.server.addresses import PublicUrl

HEAD = "node:__internal_head__"
"""The resource that only the head node has."""
MARGIN_S = 5.0
"""Further time that Serve gives a replica to stop."""
KNOCK_S = 5.0
CHECK_S = 0.2
ATTEMPTS = 3
"""How often Serve tries to start a replica of a new deployment before it gives up."""


@dataclass(frozen=True)
class Size:
    """How many replicas a port has, and how many GPUs each of them."""

    least: int = 1
    most: int = 1
    gpus: float = 0.0


@dataclass(frozen=True)
class Front:
    """The address of the gateway."""

    bind: str = "127.0.0.1"
    tcp_port: int = 8420
    public_urls: tuple[PublicUrl, ...] = ()


def start(address: str | None) -> None:
    """Join the cluster at ``ray://HOST:10001``, ``HOST:6379`` or ``auto``, or start one here.

    A new cluster is on this machine, and ends with this process. Only who has its token can use it,
    unless RAY_AUTH_MODE says otherwise.

    Raises:
        MachineError: there is no cluster, it refuses this machine, or it has another version.
    """
    if address is None:
        os.environ.setdefault("RAY_worker_niceness", "0")  # players wait for these workers
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # Without a token here, Ray writes one to ~/.ray/auth_token, which other users may read.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        _init(address="local", include_dashboard=False, _node_ip_address="127.0.0.1")
        return
    try:
        _knock(address)
        _init(address=address)
    except (OSError, RayError, RuntimeError, ValueError, AssertionError) as error:
        text = str(error).strip().partition("\n")[0]
        if "ersion mismatch" in text:
            there, here = re.findall(r"(Ray: \S+)\s+(Python: \S+)", str(error))
            raise MachineError(
                "{} has {} and {}, and this machine has {} and {}".format(
                    address, *(name.replace(":", "") for name in (*there, *here))
                ),
                hint="install the same versions of Ray and Python here as in the cluster",
            ) from None
        raise MachineError(
            f"there is no Ray cluster to use at {address}: {text}",
            hint="check the address, and that RAY_AUTH_TOKEN is the cluster's token if it has one",
        ) from None


def _knock(address: str) -> None:
    """Open a TCP connection, because Ray would try for minutes to reach a wrong address."""
    host, colon, tcp_port = address.removeprefix("ray://").rpartition(":")
    if colon:
        socket.create_connection((host, int(tcp_port)), KNOCK_S).close()


def _init(**options: Any) -> None:
    ray.init(logging_level=logging.ERROR, log_to_driver=False, namespace="serve", **options)
    logging.getLogger("ray.serve").setLevel(logging.ERROR)


def default_gpus() -> float:
    """Return how many GPUs a replica gets: 1 if the cluster has any."""
    return 1.0 if ray.cluster_resources().get("GPU") else 0.0


def deploy(
    specs: Sequence[PortSpec], size: Size, front: Front, warn: Callable[[str], None]
) -> list[str]:
    """Deploy ports, and wait until each has a replica. Return the URLs, the best address first.

    ``warn`` is called with problems of single replicas. The players of a port that was deployed
    before are told, and may go on for ``drain_s``.

    Raises:
        MachineError: the cluster is too small, or the gateway cannot start.
        LucidError: a port cannot be loaded on any node.
    """
    names = [spec.name for spec in specs]
    serve.start(proxy_location="Disabled")
    _check_room(names, size)
    _start_gateway(front)
    _run({spec.name: port_application(spec, size) for spec in specs}, warn)
    gateway = serve.get_app_handle(GATEWAY)
    return list(gateway.urls.remote(names).result())


def stop(names: Sequence[str] | None = None) -> None:
    """Stop these ports, or all of them. Players are told, and may finish first.

    The gateway stops with the last port.

    Raises:
        MachineError: one of these ports is not deployed.
    """
    try:
        running = serve.status().applications.keys() - {GATEWAY}
    except RayServeException:  # nothing was ever deployed
        running = set()
    stopping = running if names is None else set(names)
    if missing := stopping - running:
        raise MachineError(
            f"{', '.join(sorted(missing))}: not deployed on this cluster",
            hint=f"it plays {', '.join(sorted(running)) or 'no port'}",
        )
    _delete(stopping)
    if running == stopping:
        serve.delete(GATEWAY)


def _delete(names: Set[str]) -> None:
    """Stop ports, which their players may delay, and remove them from the gateway."""
    for name in names:
        serve.delete(name, _blocking=False)
    while names & serve.status().applications.keys():
        time.sleep(CHECK_S)
    for name in names - {GATEWAY}:
        serve.get_app_handle(GATEWAY).remove.remote(name).result()


def port_application(spec: PortSpec, size: Size) -> serve.Application:
    """Return the replicas of a port, for Serve."""
    spread: dict[str, Any] = {"num_replicas": size.least}
    if size.most > size.least:
        spread = {
            "autoscaling_config": AutoscalingConfig(
                min_replicas=size.least,
                max_replicas=size.most,
                metrics_interval_s=1,
                look_back_period_s=2,
                upscale_delay_s=0,
                downscale_delay_s=120,
                policy=AutoscalingPolicy(policy_function="lucid.deploy.policy:replicas"),
            )
        }
    return (
        serve.deployment(ReplicaServer)
        .options(
            name=spec.name,
            ray_actor_options={"num_gpus": size.gpus, "num_cpus": 0 if size.gpus else 1},
            graceful_shutdown_timeout_s=spec.drain_s + MARGIN_S,
            graceful_shutdown_wait_loop_s=0.1,
            health_check_period_s=2,
            health_check_timeout_s=5,
            max_constructor_retry_count=ATTEMPTS,
            **spread,
        )
        .bind(spec)
    )


def gateway_application(front: Front) -> serve.Application:
    """Return the gateway, for Serve. Its token is ``LUCID_TOKEN``, or a new one."""
    token = os.environ.get("LUCID_TOKEN") or secrets.token_urlsafe(24)
    return (
        serve.deployment(Gateway)
        .options(
            name=GATEWAY,
            ray_actor_options={"num_cpus": 0, "resources": {HEAD: 0.001}},
            max_ongoing_requests=10_000,
            graceful_shutdown_wait_loop_s=0.1,
            health_check_period_s=1,  # pages wait for the next one
            max_constructor_retry_count=ATTEMPTS,
        )
        .bind(front.bind, front.tcp_port, token, front.public_urls)
    )


def _start_gateway(front: Front) -> None:
    if GATEWAY not in serve.status().applications:  # else its players stay connected
        _run({GATEWAY: gateway_application(front)}, lambda _: None)


def _run(applications: Mapping[str, Any], warn: Callable[[str], None]) -> None:
    targets = [
        serve.RunTarget(application, name=name, route_prefix=None)
        for name, application in applications.items()
    ]
    serve.run_many(targets, wait_for_applications_running=False)
    _wait_for(list(applications), warn)


def _check_room(names: Sequence[str], size: Size) -> None:
    kind, each = ("GPU", size.gpus) if size.gpus else ("CPU", 1.0)
    has = [node["Resources"].get(kind, 0.0) for node in ray.nodes() if node["Alive"]]
    free = ray.available_resources().get(kind, 0.0)
    replaced = [app for name, app in serve.status().applications.items() if name in names]
    for deployment in (one for app in replaced for one in app.deployments.values()):
        free += each * sum(deployment.replica_states.values())
    needed = len(names) * size.least
    if min(sum(int(count / each) for count in has), free / each) < needed:
        raise MachineError(
            f"{needed} replicas with {each:g} {kind} each do not fit: the cluster has {sum(has):g} "
            f"{kind} on {len(has)} nodes, of which {min(free, sum(has)):g} are free",
            hint="pass a smaller --replicas"
            + (", or a smaller --gpus if several replicas fit on one GPU" if size.gpus else "")
            + ", or add nodes",
        )


def _wait_for(names: Sequence[str], warn: Callable[[str], None]) -> None:
    """Wait until all replicas run, or at least one of each port while others fail."""
    warned: set[Problem] = set()
    waits = True
    while waits:
        time.sleep(CHECK_S)
        waits = False
        applications = serve.status().applications
        for name in names:
            application = applications[name]
            deployment = next(iter(application.deployments.values()), None)
            runs = deployment is not None and deployment.replica_states.get("RUNNING", 0)
            problem = deployment.message if deployment is not None else application.message
            said = read(problem)
            if application.status == "DEPLOY_FAILED" and not runs:
                _delete({name})
                raise _error(name, said, problem)
            if said and said not in warned:
                warned.add(said)
                warn(f"a replica of {name} cannot start {said[0]}")
            waits |= application.status != "RUNNING" and not (said and runs)


def _error(name: str, said: Problem | None, problem: str) -> MachineError:
    name = "the gateway" if name == GATEWAY else name
    if said is not None:
        return MachineError(f"{name} cannot start {said[0]}", hint=said[1])
    lines = [line for line in problem.splitlines() if line.strip()]
    return MachineError(
        f"{name} cannot start: {lines[-1] if lines else 'Ray Serve gave no reason'}",
        hint="see the logs of Ray on its node, below /tmp/ray/session_latest/logs/serve",
    )
