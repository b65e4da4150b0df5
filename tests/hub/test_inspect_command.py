from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
import typer
from typer.testing import CliRunner

from lucid.cli.inspect import inspect
from lucid.errors import RepoNotFoundError
from tests.hub.repos import RECORDED
from tests.hub_server import HubServer, commit_of, hub_server

WAYPOINT = "Overworld/Waypoint-1.5-1B"

app = typer.Typer()
app.command()(inspect)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with hub_server(RECORDED) as server:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.endpoint)
        yield server


def test_json_is_the_facts_and_nothing_else(hub: HubServer) -> None:
    result = CliRunner().invoke(app, [WAYPOINT, "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    facts = json.loads(result.stdout)
    assert facts["repo"] == WAYPOINT
    assert facts["commit"] == commit_of(WAYPOINT)
    assert facts["family"] == "waypoint"
    assert facts["outputs"][0]["value"] == "video"
    assert [asked["id"] for asked in facts["open_questions"]] == ["download_size"]
    assert facts["realtime"]["value"] is True
    assert facts["fit"]["verdict"] in ("yes", "tight", "no", "unknown")


def test_the_report_goes_to_stdout(hub: HubServer) -> None:
    result = CliRunner().invoke(app, [WAYPOINT, "--revision", commit_of(WAYPOINT)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Waypoint (Overworld)" in result.stdout


def test_an_error_is_left_to_the_border(hub: HubServer) -> None:
    result = CliRunner().invoke(app, ["[/no]/such"])
    assert isinstance(result.exception, RepoNotFoundError)
    assert result.stdout == ""


def test_a_gated_repo_closed_to_you_is_reported_with_the_page_to_accept(
    hub: HubServer, tmp_path: Path
) -> None:
    listing = {"gated": "manual", "siblings": [{"rfilename": "model-480p-4fps.pt", "size": 4}]}
    (tmp_path / "a__b").mkdir()
    (tmp_path / "a__b" / "_siblings.json").write_text(json.dumps(listing))
    hub.root = tmp_path
    hub.fail(403, path="/resolve/", X_Error_Code="GatedRepo")
    result = CliRunner().invoke(app, ["a/b"])
    assert result.exit_code == 0
    assert "Robot action to video" in result.stdout
    assert f"accept the terms at {hub.endpoint}/a/b" in " ".join(result.stdout.split())
