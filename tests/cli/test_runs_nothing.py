"""What inspect, new, update, plain check and sync run, as the interpreter's audit events tell."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.git_repo import GitRepo, write_lock
from tests.hub.weights.files import bomb

WATCHER = """
import json, os, sys
from pathlib import Path

watched, commands = sys.argv[1], json.loads(sys.argv[2])
seen = []


def audit(event, arguments):
    if event == "exec" and watched in getattr(arguments[0], "co_filename", ""):
        seen.append([event, arguments[0].co_filename])
    elif event == "import" and watched in str(arguments[1] or ""):
        seen.append([event, arguments[1]])
    elif event in ("pickle.find_class", "os.system", "os.exec", "os.posix_spawn"):
        seen.append([event, str(arguments)])
    elif event == "subprocess.Popen":
        seen.append([event, Path(arguments[1][0] if arguments[1] else arguments[0]).name])


from lucid.__main__ import main

sys.addaudithook(audit)
for command in commands:
    sys.argv = ["lucid", *command]
    try:
        main()
    except SystemExit:
        pass
    seen.append(["ran", command[0]])
    sys.stdout.flush()
sys.stderr.write("\\n" + json.dumps(seen))
os._exit(0)
"""
EVIL = """from pathlib import Path
Path(__file__).with_name("ran").touch()
raise SystemExit("this code ran")
"""


def events(watched: Path, *commands: list[str]) -> list[list[str]]:
    """Run commands in one process; return what they ran of the watched folder, and commands."""
    run = subprocess.run(
        [sys.executable, "-c", WATCHER, str(watched), json.dumps(commands)],
        cwd=watched.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = json.loads(run.stderr.splitlines()[-1])
    assert isinstance(found, list)
    return found


def hostile_repo(folder: Path) -> Path:
    """Write a model repo whose code and pickles must not run."""
    folder.mkdir()
    (folder / "config.json").write_text(
        json.dumps(
            {
                "architectures": ["WorldModel"],
                "auto_map": {"AutoModel": "modeling_world.WorldModel"},
                "model_type": "world",
            }
        )
    )
    for name in ("modeling_world", "setup", "__init__", "sitecustomize", "conftest", "numpy"):
        (folder / f"{name}.py").write_text(EVIL)
    (folder / "pyproject.toml").write_text('[tool.lucid]\nport = "modeling_world:WorldModel"\n')
    write_lock(folder, None)
    (folder / "pytorch_model.bin").write_bytes(bomb())
    with zipfile.ZipFile(folder / "model.pt", "w") as archive:
        archive.writestr("model/data.pkl", bomb())
    return folder


def test_inspect_check_and_update_run_nothing_of_a_repo_or_a_port(tmp_path: Path) -> None:
    repo = hostile_repo(tmp_path / "world")
    checks = ["inspect", str(repo)], ["inspect", str(repo), "--json"], ["check", str(repo)]
    found = events(repo, *checks, ["update", str(repo), "--check"])
    assert found == [["ran", name] for name in ("inspect", "inspect", "check", "update")]


def test_new_runs_only_the_port_that_it_wrote(tmp_path: Path) -> None:
    repo = hostile_repo(tmp_path / "world")
    found = events(repo, ["new", "mine", "--from-hf", str(repo), "--family", "prompt-stream"])
    own = ("('lucid.", "('builtins', 'getattr')")  # the process that plays the port sends these
    others = {tuple(event) for event in found if not event[1].startswith(own)}
    assert others == {("subprocess.Popen", Path(sys.executable).name), ("ran", "new")}
    assert (tmp_path / "mine" / "pyproject.toml").is_file()
    assert not (repo / "ran").exists()  # not in the process that plays the port, either


@pytest.mark.skipif(sys.platform == "win32", reason="git's name differs")
def test_sync_runs_nothing_but_git(tmp_path: Path) -> None:
    upstream = GitRepo(tmp_path / "remote" / "world")
    commit = upstream.commit({"setup.py": EVIL, "__init__.py": EVIL, "conftest.py": EVIL})
    port = tmp_path / "port"
    port.mkdir()
    (port / "engine.py").write_text(EVIL)
    (port / "pyproject.toml").write_text('[tool.lucid]\nport = "engine:Model"\n')
    write_lock(port, upstream.url, commit)
    found = events(port, ["sync", str(port)], ["sync", str(port)])
    assert {tuple(event) for event in found} == {("subprocess.Popen", "git"), ("ran", "sync")}
    assert (port / "upstream" / "world" / "setup.py").is_file()
