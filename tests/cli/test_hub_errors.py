"""What a user of ``lucid inspect`` and ``lucid new`` meets when the Hub says no."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import lucid
from tests.hub_server import hub_server

DATA = Path(__file__).resolve().parent.parent / "data" / "hub"
REPO = "Overworld/Waypoint-1.5-1B"
CASES = {
    "unknown": ("no/such", "no/such is not on the Hub, or it is private", "HF_TOKEN"),
    "gated": (REPO, f"{REPO} is gated: its terms must be accepted first", "hf auth login"),
    "busy": (REPO, "the Hub received too many requests from this address", "try again in 60 s"),
    "broken": (REPO, "the Hub could not answer", "try again later"),
    "revision": (REPO, f"{REPO} has no revision 'nope'", "or name none for main"),
    "unreachable": (REPO, "cannot be reached", "check the network"),
}


@pytest.mark.parametrize("command", ["inspect", "new"])
@pytest.mark.parametrize("case", CASES)
def test_it_is_said_with_the_next_step_and_nothing_is_written(
    tmp_path: Path, command: str, case: str
) -> None:
    repo, said, hint = CASES[case]
    port = tmp_path / "here"
    port.mkdir()
    arguments = ["inspect", repo] if command == "inspect" else ["new", "world", "--from-hf", repo]
    if case == "revision":
        arguments += ["--revision", "nope"]
    with hub_server(DATA) as hub:
        if case == "gated":
            hub.fail(403, path="/resolve/", X_Error_Code="GatedRepo")
        elif case == "busy":
            hub.fail(429, path="/api/models/", Retry_After="60")
        elif case == "broken":
            hub.fail(500, path="/api/models/", times=3)
        endpoint = "http://127.0.0.1:9" if case == "unreachable" else hub.endpoint
        run = lucid(*arguments, cwd=port, HF_ENDPOINT=endpoint, HF_HOME=str(tmp_path / "hf"))
    assert run.returncode == 3
    assert run.stdout == ""
    assert said in run.stderr
    assert hint in run.stderr
    assert "Traceback" not in run.stderr
    assert list(port.iterdir()) == []


def test_a_busy_hub_is_waited_for_aloud(tmp_path: Path) -> None:
    with hub_server(DATA) as hub:
        hub.fail(429, path="/api/models/", Retry_After="0")
        run = lucid("inspect", REPO, "--json", cwd=tmp_path, HF_ENDPOINT=hub.endpoint)
    assert run.returncode == 0
    assert "the Hub is busy; trying again in 0 s" in run.stderr
