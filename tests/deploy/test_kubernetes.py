"""``lucid deploy --kubernetes``. No schema of KubeRay is in a package: see docs/scale.md."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.running import lucid_here

if importlib.util.find_spec("ray") is None:
    pytest.skip("the extra ray is not installed; .ci/run installs it", allow_module_level=True)
with warnings.catch_warnings():  # of Ray itself
    warnings.simplefilter("ignore")
    import ray
    from ray.serve.schema import ServeDeploySchema

    from lucid.deploy import builders

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "registry.example.org/hello:1"

pytestmark = pytest.mark.filterwarnings("default")


def manifests(*options: str) -> list[dict[str, Any]]:
    run = lucid_here("deploy", "examples/hello", "--kubernetes", IMAGE, *options, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return list(yaml.safe_load_all(run.stdout))


def test_a_port_is_a_rayservice_whose_dashboard_only_the_operator_reaches() -> None:
    service, budget, policy = manifests("--replicas", "2:8", "--gpus", "0.5")
    assert [one["kind"] for one in (service, budget, policy)] == [
        "RayService",
        "PodDisruptionBudget",
        "NetworkPolicy",
    ]
    cluster = service["spec"]["rayClusterConfig"]
    assert cluster["rayVersion"] == ray.__version__
    assert cluster["authOptions"] == {"mode": "token"}
    assert cluster["enableInTreeAutoscaling"] is True
    head, (workers,) = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    assert (head["serviceType"], head["enableIngress"]) == ("ClusterIP", False)
    assert (workers["minReplicas"], workers["maxReplicas"]) == (1, 4)  # two replicas share a GPU
    labels = {"lucid-port": "hello"}
    for template in (head["template"], workers["template"]):
        (container,) = template["spec"]["containers"]
        assert container["image"] == IMAGE
        assert container["envFrom"] == [{"secretRef": {"name": "hello"}}]
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True
        assert template["metadata"]["labels"] == labels
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert template["spec"]["hostNetwork"] is False
    assert budget["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
    everybody, inside, operator = policy["spec"]["ingress"]
    assert everybody == {"ports": [{"port": 8420}]}
    assert inside == {"from": [{"podSelector": {"matchLabels": labels}}]}
    assert {"port": 8265} in operator["ports"]
    assert "kuberay-operator" in str(operator["from"])


def test_serve_accepts_its_configuration_and_builds_both_applications() -> None:
    options = "--replicas", "3", "--gpus", "2", "--turn", "60", "--drain", "90", "--stub"
    service, *_ = manifests(*options, "--public-url", "https://example.org/lab/", "--port", "8500")
    assert service["spec"]["rayClusterDeletionDelaySeconds"] == 90
    config = ServeDeploySchema.model_validate(yaml.safe_load(service["spec"]["serveConfigV2"]))
    gateway, port = config.applications
    assert (gateway.name, gateway.route_prefix) == ("lucid", None)
    assert gateway.import_path == "lucid.deploy.builders:gateway"
    front = builders.GatewayArguments.model_validate(gateway.args)
    assert (front.tcp_port, front.public_urls) == (8500, ["https://example.org/lab/"])
    assert builders.gateway(front)._bound_deployment.name == "lucid"
    assert (port.name, port.import_path) == ("hello", "lucid.deploy.builders:port")
    settings = builders.PortArguments.model_validate(port.args)
    assert (settings.turn_s, settings.drain_s, settings.stub) == (60, 90, True)
    here = settings.model_copy(update={"folder": str(ROOT / "examples" / "hello")})
    replicas = builders.port(here)._bound_deployment
    assert (replicas.name, replicas.num_replicas) == ("hello", 3)
    assert replicas.ray_actor_options == {"num_gpus": 2, "num_cpus": 0}


def test_udp_ports_need_the_network_of_the_nodes() -> None:
    service, _, policy = manifests("--udp-ports", "50000-50099", "--gpus", "1")
    (workers,) = service["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    pod = workers["template"]["spec"]
    assert (pod["hostNetwork"], pod["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")
    assert "kubernetes.io/hostname" in str(pod["affinity"])
    _, others, _ = policy["spec"]["ingress"]
    assert all(not one["port"] <= 8265 <= one["endPort"] for one in others["ports"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["examples/band"], "one port"),
        (["--address", "ray://head:10001"], "--address"),
        (["--udp-ports", "90000-1"], "not a range of ports"),
        (["--public-url", "example"], "not the URL of a page"),
    ],
)
def test_what_cannot_be_written_is_said(options: list[str], said: str) -> None:
    run = lucid_here("deploy", "examples/hello", *options, "--kubernetes", IMAGE, cwd=ROOT)
    assert (run.returncode, run.stdout) == (4, "")
    assert said in run.stderr
