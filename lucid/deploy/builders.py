"""What a RayService deploys: Serve calls these functions in the cluster, with these arguments."""

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel
from ray.serve import Application

from lucid._target import find_port
from lucid.deploy.cluster import Front, Size, gateway_application, port_application
from lucid.deploy.replica import PortSpec
from lucid.server.ice_options import read_ice_options
from lucid.server.run import read_public_urls


class GatewayArguments(BaseModel):
    """The options of ``lucid deploy`` about the gateway."""

    tcp_port: int
    public_urls: list[str] = []


class PortArguments(BaseModel):
    """The options of ``lucid deploy`` about a port."""

    name: str
    folder: str = "/home/ubuntu/port"
    """Where the ``Dockerfile`` of a port puts it."""
    least: int = 1
    most: int = 1
    gpus: float = 1.0
    turn_s: float | None = None
    drain_s: float = 60.0
    ice_servers: list[str] = []
    udp_ports: str | None = None
    stub: bool = False

    @classmethod
    def of(cls, spec: PortSpec, size: Size, ice_servers: list[str], udp_ports: str | None) -> Self:
        """Return the arguments that make this deployment, from a folder in an image."""
        return cls(
            name=spec.name,
            least=size.least,
            most=size.most,
            gpus=size.gpus,
            turn_s=spec.turn_s,
            drain_s=spec.drain_s,
            ice_servers=ice_servers,
            udp_ports=udp_ports,
            stub=spec.stub,
        )


def gateway(arguments: GatewayArguments) -> Application:
    """Return the gateway, which listens on all addresses of the head pod."""
    urls = read_public_urls(arguments.public_urls)
    return gateway_application(Front("0.0.0.0", arguments.tcp_port, urls))


def port(arguments: PortArguments) -> Application:
    """Return the replicas of a port."""
    ice = read_ice_options(arguments.ice_servers, arguments.udp_ports, None, os.environ)
    location = find_port(arguments.folder, Path.cwd())
    spec = PortSpec(
        arguments.name, location, arguments.stub, arguments.turn_s, arguments.drain_s, ice
    )
    return port_application(spec, Size(arguments.least, arguments.most, arguments.gpus))
