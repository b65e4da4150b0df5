"""``lucid doctor`` as a user runs it."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

from tests.cli.running import lucid, lucid_here
from tests.hub.repos import RECORDED
from tests.hub_server import hub_server

PORT = Path(__file__).resolve().parent.parent.parent / "scaffolds" / "waypoint-1.5"


def test_findings_are_printed_with_remedies(tmp_path: Path) -> None:
    run = lucid("doctor", "--port", "1", cwd=tmp_path, HF_HOME=str(tmp_path), HF_TOKEN="")
    assert "python" in run.stdout
    assert "-> run `hf auth login`" in run.stdout
    assert "Traceback" not in run.stderr


def test_a_taken_tcp_port_is_a_finding_and_exits_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tcp_port = str(listener.getsockname()[1])
        run = lucid("doctor", "--port", tcp_port, "--json", cwd=tmp_path, HF_HOME=str(tmp_path))
    report = json.loads(run.stdout)
    assert (run.returncode, report["ok"]) == (1, False)
    (found,) = (found for found in report["findings"] if found["id"] == "tcp_port")
    assert found["remedy"] == "run `lucid serve --port 0` to use a free port"


def test_a_port_s_repo_is_asked_for_access_and_size(tmp_path: Path) -> None:
    shutil.copytree(PORT, tmp_path / "port")
    with hub_server(RECORDED) as hub:
        environment = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "hf")}
        run = lucid("doctor", "port", "--json", cwd=tmp_path, **environment)
        ids = [found["id"] for found in json.loads(run.stdout)["findings"]]
        assert {"access", "fit"} <= set(ids)
        hub.fail(403, path="/resolve/", X_Error_Code="GatedRepo")
        gated = lucid("doctor", "port", "--json", cwd=tmp_path, **environment)
    report = {found["id"]: found for found in json.loads(gated.stdout)["findings"]}
    assert report["access"]["status"] == "fail"
    assert f"{hub.endpoint}/Overworld/Waypoint-1.5-1B" in report["access"]["remedy"]
    assert gated.returncode == 1


def test_a_broken_environment_of_the_port_is_one_finding_of_many(tmp_path: Path) -> None:
    shutil.copytree(PORT.parent / "oasis", tmp_path / "oasis")
    (tmp_path / "oasis" / ".lucid" / "venv").mkdir(parents=True)
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    run = lucid("doctor", "oasis", "--json", cwd=tmp_path, **offline)
    report = {found["id"]: found for found in json.loads(run.stdout)["findings"]}
    assert report["environment"]["status"] == "fail"
    assert "is incomplete" in report["environment"]["message"]
    assert report["environment"]["remedy"] == "run `lucid sync oasis`"
    assert {"python", "upstream", "disk"} <= report.keys()


def test_what_the_port_lacks_is_found_and_nothing_of_it_runs(tmp_path: Path) -> None:
    shutil.copytree(PORT.parent / "oasis", tmp_path / "oasis")
    with (tmp_path / "oasis" / "oasis" / "engine.py").open("a") as engine:
        engine.write("\nraise SystemExit('the port ran')\n")
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    run = lucid("doctor", "oasis", "--json", cwd=tmp_path, **offline)
    report = {found["id"]: found for found in json.loads(run.stdout)["findings"]}
    assert report["upstream"]["status"] == "fail"
    assert "lucid sync oasis" in report["upstream"]["remedy"]
    assert "timm" in report["packages"]["message"]
    assert report["packages"]["remedy"].startswith("run `lucid sync oasis`")
    assert report["weights"]["status"] == "warn"
    assert "engine" not in report
    shutil.copytree(PORT.parent / "krea-realtime", tmp_path / "krea")
    run = lucid("doctor", "krea", "--json", cwd=tmp_path, **offline)
    report = {found["id"]: found for found in json.loads(run.stdout)["findings"]}
    assert report["weights"]["remedy"] == "run `lucid update krea`"
    unknown = str(RECORDED / "_trap__empty-card")
    assert lucid_here("new", "empty", "--from-hf", unknown, cwd=tmp_path).returncode == 0
    run = lucid("doctor", "empty", "--json", cwd=tmp_path, **offline)
    report = {found["id"]: found for found in json.loads(run.stdout)["findings"]}
    assert "does not run the model yet" in report["engine"]["message"]


def test_a_port_without_a_lock_is_checked_too() -> None:
    run = lucid_here("doctor", "hello", "--json", cwd=PORT.parent.parent / "examples")
    report = {found["id"]: found for found in json.loads(run.stdout)["findings"]}
    assert {"python", "disk"} <= report.keys()
    assert "weights" not in report


def test_what_is_no_port_is_a_usage_error(tmp_path: Path) -> None:
    assert "nope: no such folder" in lucid_here("doctor", "nope", cwd=tmp_path).stderr
    (tmp_path / "odd").mkdir()
    assert "odd holds no port" in lucid_here("doctor", "odd", cwd=tmp_path).stderr
    (tmp_path / "odd" / "pyproject.toml").write_text('[tool.lucid]\nport = "odd:Odd"\n')
    for text in ("{", "[]", '{"source": 3}', '{"source": {"repo": 3, "commit": null}}'):
        (tmp_path / "odd" / "lucid.lock").write_text(text)
        run = lucid_here("doctor", "odd", cwd=tmp_path)
        assert run.returncode == 2
        assert "lucid.lock" in run.stderr
        assert "Traceback" not in run.stderr
