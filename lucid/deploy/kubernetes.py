"""``lucid deploy --kubernetes``: a port as a RayService, for the KubeRay operator.

``rayservice.yaml`` follows KubeRay's reference of ``ray.io/v1`` (v1.7.0). Values are inserted as
JSON, which is valid YAML.
"""

import json
import math
from pathlib import Path
from string import Template
from typing import Any

import ray

from lucid.deploy.builders import GatewayArguments, PortArguments

_TEMPLATE = Template(Path(__file__).with_name("rayservice.yaml").read_text("utf-8"))


def manifests(image: str, gateway: GatewayArguments, port: PortArguments) -> str:
    """Return a RayService with its PodDisruptionBudget and NetworkPolicy.

    With ``--udp-ports``, replicas use the network of their nodes, one pod on each. A policy cannot
    select such pods, so it then allows everybody all ports but the dashboard's, and Ray's token has
    to protect them.
    """
    resource = port.name.replace("_", "-").lower()
    ours = {"matchLabels": {"lucid-port": resource}}
    others: dict[str, Any] = {"from": [{"podSelector": ours}]}
    affinity: dict[str, Any] = {}
    on_host = port.udp_ports is not None
    if on_host:
        others = {"ports": [{"port": 1, "endPort": 8264}, {"port": 8266, "endPort": 65535}]}
        alone = {"labelSelector": ours, "topologyKey": "kubernetes.io/hostname"}
        affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [alone]}}
    per_pod = int(1 / port.gpus) if 0 < port.gpus < 1 else 1
    values = {
        "name": resource,
        "port": port.name,
        "image": image,
        "ray": ray.__version__,
        "keep_s": max(60, math.ceil(port.drain_s)),
        "gateway": gateway.model_dump(),
        "replicas": port.model_dump(),
        "tcp_port": gateway.tcp_port,
        "grows": port.most > port.least,
        "least": math.ceil(port.least / per_pod),
        "most": math.ceil(port.most / per_pod),
        "on_host": on_host,
        "dns": "ClusterFirstWithHostNet" if on_host else "ClusterFirst",
        "affinity": affinity,
        "others": others,
    }
    gpus = f', nvidia.com/gpu: "{math.ceil(port.gpus)}"' if port.gpus else ""
    return _TEMPLATE.substitute({key: json.dumps(one) for key, one in values.items()}, gpus=gpus)
