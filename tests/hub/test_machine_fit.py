from __future__ import annotations

import pytest

from lucid.hub.facts import Derived, Engine, Fact, RepoFacts
from lucid.hub.machine_fit import check_fit
from lucid.machine import Gpu, Machine
from tests.hub.repos import inspected

GB = 10**9


def machine(
    total_gb: float | None = None, free_gb: float | None = None, disk_gb: float = 1000
) -> Machine:
    gpus: tuple[Gpu, ...] = ()
    if total_gb is not None:
        free = total_gb if free_gb is None else free_gb
        total_bytes, free_bytes = int(total_gb * GB), int(free * GB)
        gpus = (Gpu("Some GPU", total_bytes, total_bytes - free_bytes, free_bytes, "570.1"),)
    return Machine("3.11.7", None, gpus, None, int(disk_gb * GB))


def facts(
    stored_gb: float | None, *, asked_gb: float | None = None, download_gb: float | None = 10
) -> RepoFacts:
    known = inspected({})
    stored = None if stored_gb is None else {"stored": int(stored_gb * GB)}
    return known.model_copy(
        update={
            "vram_bytes": None if stored is None else Fact(value=stored, evidence=""),
            "download_bytes": None
            if download_gb is None
            else Fact(value=int(download_gb * GB), evidence=""),
            "facts": {
                **known.facts,
                "vram_gb": None if asked_gb is None else Fact(value=asked_gb, evidence=""),
            },
        }
    )


@pytest.mark.parametrize(
    ("repo", "here", "verdict"),
    [
        (facts(10), machine(24), "yes"),
        (facts(10), machine(24, free_gb=12), "tight"),
        (facts(22), machine(24), "no"),
        (facts(10, asked_gb=40), machine(24), "no"),
        (facts(30, asked_gb=16), machine(24), "yes"),
        (facts(10), machine(None), "no"),
        (facts(None), machine(24), "unknown"),
        (facts(10, download_gb=None), machine(24), "unknown"),
        (facts(10, download_gb=2000), machine(24), "no"),
    ],
)
def test_the_verdict_follows_from_memory_and_disk(
    repo: RepoFacts, here: Machine, verdict: str
) -> None:
    assert check_fit(repo, here).verdict == verdict


def test_the_reasons_name_both_sides() -> None:
    reasons = check_fit(facts(10), machine(24)).reasons
    assert reasons == (
        "the download takes 10.0 GB; 1000 GB of disk are free",
        "the weights alone take 10.0 GB of GPU memory; Some GPU has 24.0 GB, 24.0 of them free",
    )


def with_settings(**chosen: str) -> RepoFacts:
    """A network of 28 GB in bf16 with a text encoder of 11 GB, and an engine with settings."""
    known = facts(39)
    settings: dict[str, tuple[str, ...]] = {"precision": ("bf16", "fp8"), "offload": ("no", "yes")}
    engine = Engine(name="e", entry="e.E", requirement=None, settings=settings)
    sizes = {"stored": 39, "network": 28, "largest": 28, "rest": 11, "bf16": 39, "fp8": 25}
    return known.model_copy(
        update={
            "engine": Fact(value=engine, evidence=""),
            "vram_bytes": Fact(
                value={name: size * GB for name, size in sizes.items()}, evidence=""
            ),
            "facts": known.facts
            | {name: Fact(value=value, evidence="") for name, value in chosen.items()},
        }
    )


@pytest.mark.parametrize(
    ("chosen", "gpu", "smaller", "settings"),
    [
        ({}, "L40S (48 GB)", "RTX 4090 (24 GB)", {"precision": "fp8", "offload": "yes"}),
        ({"precision": "fp8"}, "RTX 5090 (32 GB)", "RTX 4090 (24 GB)", {"offload": "yes"}),
        ({"precision": "fp8", "offload": "yes"}, "RTX 4090 (24 GB)", None, {}),
    ],
)
def test_the_settings_count_and_a_smaller_gpu_is_named_with_the_ones_that_it_needs(
    chosen: dict[str, str], gpu: str, smaller: str | None, settings: dict[str, str]
) -> None:
    fit = check_fit(with_settings(**chosen), machine(8))
    assert (fit.verdict, fit.gpu, fit.smaller_gpu) == ("no", gpu, smaller)
    assert settings.items() <= fit.settings.items()


def test_the_reason_names_the_precision_and_the_largest_part() -> None:
    (reason,) = check_fit(with_settings(precision="fp8"), machine(8)).reasons
    assert reason.startswith("the weights alone take 25.0 GB of GPU memory with fp8;")
    (reason,) = check_fit(with_settings(precision="fp8", offload="yes"), machine(8)).reasons
    assert reason.startswith("the largest part takes 14.0 GB of GPU memory with fp8;")
    assert check_fit(with_settings(precision="fp8", offload="yes"), machine(24)).verdict == "yes"


def test_what_upstream_asks_for_does_not_hold_with_other_settings() -> None:
    asked = with_settings(precision="fp8").facts | {"vram_gb": Fact(value=80, evidence="")}
    fit = check_fit(with_settings().model_copy(update={"facts": asked}), machine(32))
    assert fit.verdict == "tight"


def test_what_upstream_asks_for_does_not_hold_for_a_quantised_copy() -> None:
    copy = Fact(value=Derived(relation="quantized", how="fp8", base="a/b"), evidence="")
    fit = check_fit(facts(10, asked_gb=80).model_copy(update={"derived": copy}), machine(24))
    assert fit.verdict == "yes"


def test_an_engine_that_always_offloads_needs_room_for_one_of_its_networks() -> None:
    one_of_two = with_settings()
    engine = Engine(name="e", entry="e.E", requirement=None, settings={"offload": ("yes",)})
    assert one_of_two.vram_bytes is not None
    sizes = one_of_two.vram_bytes.value | {"largest": 14 * GB}
    known = {
        "engine": Fact(value=engine, evidence=""),
        "vram_bytes": Fact(value=sizes, evidence=""),
    }
    fit = check_fit(one_of_two.model_copy(update=known), machine(8))
    assert (fit.gpu, fit.smaller_gpu) == ("RTX 4090 (24 GB)", None)
    assert fit.reasons[0].startswith("the largest part takes 14.0 GB of GPU memory;")


def test_a_local_folder_is_not_downloaded_again() -> None:
    folder = facts(10, download_gb=2000).model_copy(update={"commit": None})
    assert check_fit(folder, machine(24)).verdict == "yes"


def test_something_tiny_is_not_zero() -> None:
    reasons = " ".join(check_fit(facts(0.0001, download_gb=0.0002), machine(24)).reasons)
    assert "under 1 MB" in reasons
    assert "0 MB" not in reasons.replace("1000 MB", "")
