"""``lucid deploy``: play ports on a Ray cluster."""

import re
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from lucid.cli.printing import echo, progress
from lucid.cli.serve import IceServers, PublicUrls, Stub, Turn, UdpPorts, exits_on_sigterm
from lucid.errors import MachineError, TargetError, needs_extra

Ports = Annotated[
    list[str], typer.Argument(metavar="PORT...", help="Folders of ports, or module:Class.")
]
Replicas = Annotated[
    str,
    typer.Option(
        metavar="MIN:MAX",
        help="How many replicas each port has. Between MIN and MAX, there is always one more than "
        "its players need.",
    ),
]
Gpus = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        min=0,
        help="GPUs of each replica; 0.5 puts two on one GPU. The default is 1 if the cluster has "
        "GPUs.",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Address of a running Ray cluster, such as ray://HOST:10001. The default is a new "
        "cluster on this machine, which ends with this command.",
    ),
]
Bind = Annotated[
    str | None,
    typer.Option(
        "--host",
        help="Address to listen on, on the head node. The default is 127.0.0.1 for a new cluster, "
        "and 0.0.0.0 with --address.",
    ),
]
Drain = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0,
        help="How long players may go on when their replica stops. They are told.",
    ),
]


GatewayPort = Annotated[
    int, typer.Option("--port", help="TCP port of the gateway.", min=0, max=65535)
]
Stop = Annotated[bool, typer.Option("--stop", help="Stop these ports on the cluster at --address.")]
Kubernetes = Annotated[
    str | None,
    typer.Option(
        metavar="IMAGE",
        help="Print what the KubeRay operator of a Kubernetes cluster needs to play the port in "
        "this image. Nothing is deployed.",
    ),
]


def deploy(
    targets: Ports,
    replicas: Replicas = "1:1",
    gpus: Gpus = None,
    address: Address = None,
    bind: Bind = None,
    tcp_port: GatewayPort = 8420,
    public_url: PublicUrls = None,
    ice_server: IceServers = None,
    udp_ports: UdpPorts = None,
    turn: Turn = None,
    drain: Drain = 60.0,
    stub: Stub = False,
    stop: Stop = False,
    kubernetes: Kubernetes = None,
) -> None:
    """Play ports on a Ray cluster, behind one address with a queue."""
    import os

    from lucid._target import find_port

    with needs_extra("ray", "lucid deploy"):
        from lucid.deploy import builders, cluster
        from lucid.deploy.kubernetes import manifests
        from lucid.deploy.replica import PortSpec
        from lucid.server.ice_options import read_ice_options
        from lucid.server.run import read_public_urls
    ice = read_ice_options(ice_server or [], udp_ports, None, os.environ)
    locations = [find_port(target, Path.cwd()) for target in targets]
    specs = [
        PortSpec(one.module.partition(".")[0], one, stub, turn, drain, ice) for one in locations
    ]
    names = [spec.name for spec in specs]
    _check_names(names)
    least, most = _read_range(replicas)
    urls = read_public_urls(public_url or [])
    front = cluster.Front(bind or ("0.0.0.0" if address else "127.0.0.1"), tcp_port, urls)
    if kubernetes is not None:
        _check_alone(bool(address or bind or stop or len(specs) > 1))
        size = cluster.Size(least, most, 1.0 if gpus is None else gpus)
        gateway = builders.GatewayArguments(tcp_port=tcp_port, public_urls=public_url or [])
        port = builders.PortArguments.of(specs[0], size, ice_server or [], udp_ports)
        echo(manifests(kubernetes, gateway, port), nl=False)
        return
    _check_stop(stop, address)
    with progress("Starting a cluster" if address is None else f"Joining {address}"):
        cluster.start(address)
    if stop:
        cluster.stop(names)
        return
    with exits_on_sigterm():
        size = cluster.Size(least, most, cluster.default_gpus() if gpus is None else gpus)
        with progress("Deploying"):
            addresses = cluster.deploy(specs, size, front, lambda text: echo(text, err=True))
        for url in addresses:
            echo(url)
        if address is None:
            _wait_for_signal()
            echo(f"Players may go on for {drain:g} s; Ctrl-C again ends at once.", err=True)
            cluster.stop()


def _check_alone(has_others: bool) -> None:
    if has_others:
        raise MachineError(
            "--kubernetes prints the manifests of one port, and asks no cluster",
            hint="name one port, and leave out --address, --host and --stop",
        )


def _check_stop(stop: bool, address: str | None) -> None:
    if stop and address is None:
        raise MachineError(
            "--stop needs the cluster that plays the ports",
            hint="add --address; a cluster that this command started ends with Ctrl-C",
        )


def _check_names(names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise TargetError(
            f"two ports have the same package: {', '.join(names)}",
            hint="the package is the port's path in the URL; rename one of them",
        )


def _read_range(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,4})(?::([0-9]{1,4}))?", text)
    least, most = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= least <= most:
        raise MachineError(
            f"--replicas {text}: this is not a range",
            hint="write the least and the most number of replicas, for example 2:8",
        )
    return least, most


def _wait_for_signal() -> None:
    """Wait for Ctrl-C or SIGTERM. A second signal ends the process as before."""
    over = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: over.set()) for number in signals]
    over.wait()
    for number, handler in zip(signals, before, strict=True):
        signal.signal(number, handler)
