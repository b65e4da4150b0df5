from __future__ import annotations

from rich.console import Console

from lucid.hub.evidence_report import render_evidence
from lucid.hub.facts import Cost, Fact, RepoFacts, RepoFile
from lucid.hub.families import load_families
from lucid.hub.machine_fit import Fit
from tests.hub.repos import RECORDED, folder_facts, inspected
from tests.scaffold.facts import recorded_facts


def printed(facts: RepoFacts) -> str:
    console = Console(width=160, record=True, file=None, quiet=False, highlight=False)
    with console.capture() as capture:
        console.print(render_evidence(facts, load_families()), crop=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_the_report_says_what_it_is_what_you_can_do_and_why() -> None:
    facts = folder_facts(RECORDED / "Overworld__Waypoint-1.5-1B")
    text = printed(facts)
    for line in (
        "  strong  config.yaml:model_type=waypoint-1.5  Waypoint's own model type",
        "  fps                60  config.yaml:inference_fps",
        "  frames per step    4  config.yaml:temporal_compression",
        "  licence      GPL-3.0",
    ):
        assert line in text.splitlines()
    assert "size               1280x720  config.yaml:taehv_ae=true" in text
    assert "keyboard  hold keys and buttons" in text
    assert "apache-2.0  README.md:license" in text
    assert "Overworld-Models/taehv1_5: autoencoder, 22.8 MB, commit a0253886" in text
    assert f"Next: lucid new NAME --from-hf {facts.repo}" in text


def test_weights_are_listed_shards_as_one_and_never_added_up() -> None:
    facts = inspected({}).model_copy(
        update={
            "files": (
                RepoFile(path="model-00001-of-00002.safetensors", size_bytes=3_000_000_000),
                RepoFile(path="model-00002-of-00002.safetensors", size_bytes=1_500_000_000),
                RepoFile(path="ckpt.pt", size_bytes=6_811_962_067),
                RepoFile(path="vae.bin", size_bytes=None),
                RepoFile(path="small.pth", size_bytes=999),
                RepoFile(path="config.json", size_bytes=100),
            )
        }
    )
    lines = printed(facts).splitlines()
    start = lines.index("Weights (some may be the same weights in another format)")
    assert [line.split() for line in lines[start + 1 : start + 5]] == [
        ["6.81", "GB", "ckpt.pt"],
        ["4.50", "GB", "model-*-of-00002.safetensors"],
        ["999", "B", "small.pth"],
        ["size", "unknown", "vae.bin"],
    ]


def test_long_lists_are_cut() -> None:
    text = printed(inspected({}, *(f"{n:02}.pt" for n in range(30))))
    assert "00.pt, 01.pt, 02.pt, 03.pt, 04.pt, 05.pt, 06.pt, 07.pt and 22 more" in text
    assert "and 22 more" in text.partition("would run code")[0]


def test_an_unknown_repo_says_what_was_looked_for() -> None:
    text = printed(folder_facts(RECORDED / "_trap__empty-card"))
    assert "Not recognised." in text
    assert "No file or key says what this is." in text
    assert "config.yaml or transformer/config.json:model_type  strong" in text
    assert "What can a player do" in text


def test_text_from_the_repo_cannot_write_markup_or_control_the_terminal() -> None:
    text = printed(inspected({}, "[red]a[/red].py", "\x1b[2Jb.pt", "[/c].pt"))
    assert "[red]a[/red].py" in text
    assert "[/c].pt" in text
    assert "\\x1b[2Jb.pt" in text
    assert "\x1b[2J" not in text


def test_the_next_command_keeps_the_revision_that_was_inspected() -> None:
    facts = inspected({}).model_copy(update={"revision": "v2"})
    assert f"--from-hf someone/something --revision {'0' * 40}" in printed(facts)
    folder = inspected({}).model_copy(update={"repo": "/my models/x", "revision": None})
    assert "--from-hf '/my models/x'" in printed(folder)


def test_a_refusal_stands_at_the_top_and_ends_without_a_next_step() -> None:
    text = printed(folder_facts(RECORDED / "_trap__worldmodel-llm"))
    assert text.splitlines()[1] == (
        "No world model to play. This is a language model: it makes text, not frames."
    )
    assert "Next:" not in text
    assert "Open questions" not in text


def test_variants_needs_and_limits_are_told() -> None:
    text = printed(recorded_facts("Skywork/Matrix-Game-2.0"))
    assert "templerun  keyboard, image; keyboard_dim=7" in text
    text = printed(recorded_facts("tencent/HY-WorldPlay"))
    assert "FLUX.1-Redux-dev: image encoder (gated: accept its terms too)" in text
    assert "not licensed in the European Union" in text


def test_a_gated_repo_names_the_page_to_accept() -> None:
    gate = {"gated": Fact(value=True, evidence="here"), "accept_url": "https://hub/a/b"}
    assert "accept the terms at https://hub/a/b" in printed(inspected({}).model_copy(update=gate))


def test_the_fit_and_the_cost_are_told() -> None:
    facts = inspected({}).model_copy(update={"cost": Cost(requests=5, received_bytes=4200)})
    console = Console(width=120, highlight=False)
    with console.capture() as capture:
        fit = Fit(verdict="tight", reasons=("24 GB are asked for",))
        console.print(render_evidence(facts, load_families(), fit))
    assert "It may just fit this machine." in capture.get()
    assert "24 GB are asked for" in capture.get()
    assert "Cost: 5 requests, 4.2 kB." in capture.get()
