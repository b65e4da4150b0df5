"""The verdict of ``lucid inspect``: short, whole sentences, and the next step."""

from __future__ import annotations

import pytest

from lucid.hub.facts import Fact, RepoFacts
from lucid.hub.families import load_families
from lucid.hub.machine_fit import Fit, check_fit
from lucid.hub.report import render_report
from tests.hub.repos import RECORDED, folder_facts, inspected
from tests.hub.test_machine_fit import machine
from tests.scaffold.facts import recorded_facts

REPOS = sorted(folder.name for folder in RECORDED.iterdir() if folder.is_dir())


def lines(facts: RepoFacts, fit: Fit | None = None) -> list[str]:
    return render_report(facts, load_families(), fit).plain.splitlines()


def row(facts: RepoFacts, label: str, fit: Fit | None = None) -> str:
    """Return the text of a row, without its line breaks."""
    found = lines(facts, fit)
    start = next(n for n, line in enumerate(found) if line.startswith(f"{label} "))
    own = [found[start].removeprefix(label)]
    for line in found[start + 1 :]:
        if not line.startswith(" "):
            break
        own.append(line)
    return " ".join(" ".join(own).split())


@pytest.mark.parametrize("repo", REPOS)
def test_a_verdict_fits_on_a_small_terminal(repo: str) -> None:
    name = repo.replace("__", "/", 1)
    facts = folder_facts(RECORDED / repo).model_copy(update={"repo": name})
    gated = {"gated": Fact(value=True, evidence=""), "accept_url": "https://hf.co/" + "a" * 50}
    for one in (facts, facts.model_copy(update=gated)):
        verdict = lines(one, None if one.refusal else check_fit(one, machine(24)))
        assert len(verdict) <= 14
        assert all(len(line) <= 80 or "https://" in line for line in verdict)


def test_it_says_what_it_is_what_you_can_do_and_what_to_run_next() -> None:
    facts = recorded_facts("Overworld/Waypoint-1.5-1B")
    assert lines(facts)[1].startswith("Waypoint (Overworld). A first-person world")
    assert row(facts, "You can") == (
        "hold keys and buttons, turn the view, scroll, start from a picture"
    )
    assert row(facts, "Plays") == "1280x720, 60 fps, 4 frames per step"
    assert row(facts, "Licence") == "apache-2.0: commercial use allowed"
    assert row(facts, "Next") == "lucid new NAME --from-hf Overworld/Waypoint-1.5-1B"
    worldplay = recorded_facts("tencent/HY-WorldPlay")
    assert row(worldplay, "Models").startswith("ar_distilled, ar_rl, ar, bidirectional")


def test_a_repo_that_does_not_fit_says_only_why_and_which_gpu_would() -> None:
    facts = recorded_facts("tencent/HY-WorldPlay")  # 72 GB
    fit = check_fit(facts, machine(24))
    assert row(facts, "Fits here", fit).startswith("No: upstream asks for 72 GB of GPU memory;")
    nowhere = row(facts, "Fits here", check_fit(facts, machine()))
    assert nowhere.startswith("No: no NVIDIA GPU was found here;")
    assert "disk" not in row(facts, "Fits here", fit)
    assert row(facts, "GPU", fit) == "A100 or H100 (80 GB) or larger has enough memory"


def test_a_gated_repo_names_the_page_to_accept() -> None:
    gate = {"gated": Fact(value=True, evidence="here"), "accept_url": "https://hub/a/b"}
    assert (
        row(inspected({}).model_copy(update=gate), "Gated") == "accept the terms at https://hub/a/b"
    )


def test_the_page_of_a_long_name_is_not_cut() -> None:
    page = "https://huggingface.co/" + "a" * 60
    gate = {"gated": Fact(value=True, evidence="here"), "accept_url": page}
    assert f"  {page}" in lines(inspected({}).model_copy(update=gate))


def test_a_long_command_is_two_lines_that_a_shell_reads_as_one() -> None:
    facts = inspected({}).model_copy(update={"repo": f"someone/{'long-' * 10}name"})
    first, second = lines(facts)[-2:]
    assert first == "Next       lucid new NAME \\"
    assert second == f"  --from-hf {facts.repo}"


def test_a_row_keeps_its_end_when_its_names_are_cut() -> None:
    asked = recorded_facts("RiemannDynamics/Matrix-Game-3.5-Distilled")
    assert row(asked, "Open").endswith("… (--evidence explains)")
    assert row(recorded_facts("zhuhz22/Causal-Forcing"), "Models").endswith("… (--variant)")


def test_a_smaller_gpu_is_named_only_with_the_settings_that_it_needs() -> None:
    facts = recorded_facts("seedleap/Zing-0.5")
    assert row(facts, "GPU", check_fit(facts, machine(0))) == (
        "RTX 5090 (32 GB) or larger has enough memory"
    )


def test_the_next_command_keeps_the_revision_that_was_inspected() -> None:
    facts = inspected({}).model_copy(update={"revision": "v2"})
    assert f"--from-hf someone/something --revision {'0' * 40}" in row(facts, "Next")
    folder = inspected({}).model_copy(update={"repo": "/my models/x", "revision": None})
    assert "--from-hf '/my models/x'" in row(folder, "Next")


def test_a_refusal_says_what_the_repo_is_and_names_no_next_step() -> None:
    facts = folder_facts(RECORDED / "_trap__worldmodel-llm")
    assert lines(facts)[1] == (
        "No world model to play. This is a language model: it makes text, not frames."
    )
    assert not any(line.startswith("Next") for line in lines(facts))


def test_text_from_the_repo_cannot_control_the_terminal() -> None:
    facts = inspected({}).model_copy(
        update={"repo": "a/\x1b[2Jb", "licence": Fact(value="[red]\x1b[2J\nmit", evidence="")}
    )
    text = "\n".join(lines(facts))
    assert "\x1b" not in text
    assert "[red]" in text
