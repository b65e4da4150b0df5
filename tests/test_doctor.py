from __future__ import annotations

from dataclasses import replace

import pytest

from lucid.doctor import Finding, Surroundings, examine
from lucid.errors import RepoGatedError
from lucid.hub.facts import Fact
from lucid.machine import Gpu, Machine
from tests.hub.repos import inspected

GPU = Gpu("Some GPU", 24 * 10**9, 4 * 10**9, 20 * 10**9, "570.1")
MACHINE = Machine("3.11.7", "2.13.0", (GPU,), None, 10**12)
FACTS = inspected({}).model_copy(
    update={
        "download_bytes": Fact(value=10**9, evidence=""),
        "vram_bytes": Fact(value={"stored": 10**10}, evidence=""),
    }
)
GATED = RepoGatedError("it is gated", hint="accept them at X")
AROUND = Surroundings(
    cuda="CUDA 12.8",
    cuda_works=True,
    encoders=("libvpx",),
    tcp_port=8420,
    tcp_port_free=True,
    tcp_port_is_lucids=False,
    has_token=True,
    repo="a/b",
    facts=FACTS,
    access_problem=None,
)


def findings(machine: Machine = MACHINE, around: Surroundings = AROUND) -> dict[str, Finding]:
    return {found.id: found for found in examine(machine, around)}


def test_a_machine_that_has_all_has_nothing_to_do() -> None:
    assert {found.status for found in findings().values()} == {"ok"}
    assert [found.remedy for found in findings().values() if found.remedy] == []
    assert list(findings()) == [
        "python", "torch", "gpu", "access", "fit", "token", "tcp_port", "codec", "disk",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("machine", "around", "name", "status", "remedy"),
    [
        (replace(MACHINE, torch=None), AROUND, "torch", "warn", "pip install torch"),
        (replace(MACHINE, gpus=()), AROUND, "gpu", "warn", "--stub"),
        (MACHINE, replace(AROUND, cuda_works=False), "gpu", "fail", "torch build"),
        (MACHINE, replace(AROUND, has_token=False), "token", "warn", "hf auth login"),
        (MACHINE, replace(AROUND, tcp_port_free=False), "tcp_port", "fail", "--port 0"),
        (MACHINE, replace(AROUND, encoders=()), "codec", "fail", "lucid-runtime[serve]"),
        (replace(MACHINE, disk_free_bytes=10**9), AROUND, "disk", "warn", "HF_HOME"),
        (replace(MACHINE, gpus=()), AROUND, "fit", "fail", "--stub"),
        (
            MACHINE,
            replace(
                AROUND,
                facts=None,
                access_problem=GATED,
            ),
            "access",
            "fail",
            "accept them at X",
        ),
    ],
)
def test_each_lack_has_a_remedy(
    machine: Machine, around: Surroundings, name: str, status: str, remedy: str
) -> None:
    found = findings(machine, around)[name]
    assert found.status == status
    assert remedy in (found.remedy or "")


def test_without_a_port_nothing_is_said_of_a_repo() -> None:
    ids = set(findings(around=replace(AROUND, repo=None, facts=None)))
    assert not ids & {"access", "fit"}


def test_a_server_of_lucids_own_is_no_problem() -> None:
    around = replace(AROUND, tcp_port_free=False, tcp_port_is_lucids=True)
    assert findings(around=around)["tcp_port"].status == "ok"


def test_a_port_that_does_not_fit_names_a_gpu_that_would_do() -> None:
    fit = findings(replace(MACHINE, gpus=()))["fit"]
    assert fit.remedy is not None and "RTX 4070 (12 GB)" in fit.remedy  # for 10 GB of weights
