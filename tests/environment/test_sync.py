"""``lucid sync`` builds an environment, and the model's process runs in it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import psutil
import pytest

from lucid._target import PortLocation, find_port
from lucid.conformance.api import check_port
from lucid.conformance.promise import Outcome
from lucid.conformance.script import variants
from lucid.environment.find import find_interpreter
from lucid.environment.sync import REQUIREMENTS
from lucid.environment.tools import Pip, Uv
from lucid.errors import MachineError
from tests.cli.running import lucid, lucid_here
from tests.environment.ports import (
    find_python,
    find_uv,
    hanging_package,
    variables,
    write_port,
    write_pyproject,
    write_wheels,
)
from tests.runtime.workers import hosting, joined
from tests.waits import LIMIT_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths and signals of POSIX")

ROOT = Path(__file__).resolve().parent.parent.parent
UV = find_uv()


@pytest.mark.parametrize(
    ("python", "numpy", "tinydep"), [("3.12", "numpy<2", "1.0"), ("3.13", "numpy>=2.1", "2.0")]
)
def test_ports_with_packages_that_exclude_each_other_play_in_their_own_environments(
    tmp_path: Path, python: str, numpy: str, tinydep: str
) -> None:
    program = find_python(python)
    if program is None:
        pytest.skip(f"there is no Python {python} on PATH or in ~/.pyenv/versions")
    if UV is None:
        pytest.skip("pip takes a minute for this, so it needs uv (.ci/wheel.py syncs with pip)")
    port = write_port(tmp_path / "port", f"=={python}.*", numpy, f"tinydep=={tinydep}")
    wheels = write_wheels(tmp_path / "wheels")
    env = variables(wheels, program.parent, UV.parent)

    run = lucid("sync", "port", cwd=tmp_path, **env)
    assert run.returncode == 0, run.stderr
    assert run.stdout == f"{port}/.lucid/venv/bin/python\n"
    commands = [line for line in run.stderr.splitlines() if line.startswith("$ ")]
    assert len(commands) == 2
    assert f"tinydep=={tinydep}" in commands[1]

    location = find_port(str(port), tmp_path)
    about = asyncio.run(play(location))
    assert about["python"].startswith(python)
    assert about["numpy"].partition(".")[0] == ("1" if tinydep == "1.0" else "2")
    assert about["tinydep"] == tinydep

    report = check_port(location, "full", ids=["O03", "R02"])
    assert report.python_version == about["python"]
    outcomes = {result.id: result.outcome for result in report.results}
    assert (outcomes["O03"], outcomes["R02"]) == (Outcome.PASSED, Outcome.PASSED), report.as_json()
    bench = lucid_here("bench", "port", "--seconds", "1", "--json", cwd=tmp_path)
    assert json.loads(bench.stdout)["step_ms"]["count"] > 0

    again = lucid("sync", "port", cwd=tmp_path, **env)
    assert (again.returncode, again.stderr.count("$ ")) == (0, 0)
    assert "already fits the port" in again.stderr

    write_pyproject(port, f"=={python}.*", numpy, "tinydep==9")
    changed = lucid_here("bench", "port", cwd=tmp_path)
    assert (changed.returncode, changed.stdout) == (4, "")
    assert "was built before pyproject.toml changed" in changed.stderr
    assert f"run `lucid sync {port}`" in changed.stderr
    failed = lucid("sync", "port", cwd=tmp_path, **env)
    assert (failed.returncode, failed.stdout) == (4, "")
    assert "tinydep" in failed.stderr.partition("error: the environment")[2]
    assert "the previous environment, if any, is unchanged" in failed.stderr
    write_pyproject(port, f"=={python}.*", numpy, f"tinydep=={tinydep}")
    python_path = find_interpreter(port)
    assert python_path is not None
    subprocess.run([python_path, "-c", "import tinydep, lucid"], check=True)

    break_environment(port)


async def play(location: PortLocation) -> dict[str, str]:
    """Play a session with pictures, sound and inputs; return what the port says about itself."""
    async with hosting("process", location) as host:
        player = await joined(host)
        await player.until(lambda: bool(player.messages and player.audio_samples))
        about: dict[str, str] = json.loads(player.messages[0].payload)
        assert player.audio_samples[0].samples.shape == (160, 1)
        dark = (await player.next_frames())[0].i420.mean()
        bright = (await player.frame_after(player.send("glow", pressed=True))).i420.mean()
        assert bright > dark + 20
        (look_at,) = (spec for spec in host.manifest.inputs if spec.name == "look_at")
        await player.frame_after(player.send("look_at", **next(variants(look_at)).args))
        assert player.errors == []
        return about


def break_environment(port: Path) -> None:
    """Remove one part after another of a good environment; each is one error with the next step."""
    venv = port / ".lucid" / "venv"
    location = find_port(str(port), port)
    stamp = venv / "lucid-environment.json"
    (package,) = venv.glob("lib/python3*/site-packages/lucid")
    other = json.loads(stamp.read_text("utf-8")) | {"lucid_sha256": "0"}
    stamp.write_text(json.dumps(other), "utf-8")
    for problem in ("contains another version of Lucid", "is broken", "is incomplete"):
        if problem == "is broken":
            package.rename(port / "lucid")
        elif problem == "is incomplete":
            stamp.unlink()
        with pytest.raises(MachineError, match=problem) as refused:
            check_port(location, "full", ids=["I01"])
        assert refused.value.hint == f"run `lucid sync {port}`"


def test_packages_that_do_not_exist_are_one_error_with_the_last_lines_of_the_resolver(
    tmp_path: Path,
) -> None:
    port = write_port(tmp_path / "port", ">=3.11", "tinydep==3.0")
    env = variables(write_wheels(tmp_path / "wheels"), UV and UV.parent)
    offline = {"PIP_NO_INDEX": "1", "UV_NO_INDEX": "1"}
    run = lucid("sync", "port", cwd=tmp_path, **env, **offline)
    assert (run.returncode, run.stdout) == (4, "")
    message = run.stderr.partition(f"error: the environment of {port} cannot be built")[2]
    assert "tinydep" in message
    assert f"Correct {port}/pyproject.toml" in message
    assert "Traceback" not in run.stderr
    assert not (port / ".lucid" / "venv").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, *([signal.SIGTERM] if UV else [])])
def test_an_interrupted_sync_leaves_no_process_and_no_environment(
    tmp_path: Path, how: signal.Signals
) -> None:
    mark = tmp_path / "mark"
    package = hanging_package(tmp_path / "hangs", mark)
    port = write_port(tmp_path / "port", ">=3.11", package)
    env = variables(write_wheels(tmp_path / "wheels"), UV and UV.parent)
    sync = subprocess.Popen(
        [sys.executable, "-m", "lucid", "sync", str(port)],
        env={**os.environ, **env, "PIP_NO_INDEX": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline_s = time.monotonic() + LIMIT_S
    while not mark.exists():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    sync.send_signal(how)
    _, messages = sync.communicate(timeout=LIMIT_S)
    assert sync.returncode == 130
    assert messages.splitlines()[-1] == (
        "Interrupted: the previous environment, if any, is unchanged. "
        f"Run `lucid sync {port}` to build the new one"
    )
    assert not (port / ".lucid" / "venv").exists()
    assert not is_running(int(mark.read_text()))


def is_running(pid: int) -> bool:
    """Return whether a process runs. One that has ended may wait to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("python", "package", "code", "said"),
    [
        ("==3.99.*", "a", 4, "the port needs Python ==3.99.*,>=3.11, and this machine has none"),
        (">=three", "a", 2, "requires-python = '>=three' in pyproject.toml is not a range"),
        (">=3.11", "--index-url=https://example.org", 2, "org' is not a requirement: Expected"),
    ],
)
def test_what_no_environment_can_have_is_one_error(
    tmp_path: Path, python: str, package: str, code: int, said: str
) -> None:
    port = write_port(tmp_path / "port", python, package)
    run = lucid_here("sync", "port", cwd=tmp_path, PATH=os.defpath)
    assert (run.returncode, run.stdout) == (code, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert not (port / ".lucid" / "venv").exists()


@pytest.mark.parametrize(("backend", "left_out"), [("cpu", True), ("cu128", False)])
def test_a_build_for_another_machine_s_gpu_includes_flash_attn(
    tmp_path: Path, backend: str, left_out: bool
) -> None:
    write_port(tmp_path / "port", ">=3.11", "flash-attn>=2.7")
    uv = tmp_path / "uv"  # it fails, so that nothing is installed
    uv.write_text("#!/bin/sh\nexit 1\n")
    uv.chmod(0o755)
    run = lucid_here("sync", "port", cwd=tmp_path, PATH=str(tmp_path), UV_TORCH_BACKEND=backend)
    assert run.returncode == 4
    assert ("Leaving out flash-attn>=2.7: this machine has no NVIDIA GPU" in run.stderr) == left_out


def test_torch_comes_from_the_index_that_the_user_has_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    pip, uv = Pip(sys.executable), Uv("uv", "3.12")
    assert (pip.has_own_index(), uv.has_own_index()) == (False, False)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://example.org")
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text('[[index]]\nurl = "https://example.org"\n', "utf-8")
    assert (pip.has_own_index(), uv.has_own_index()) == (True, True)
    assert "--torch-backend" not in uv.install(tmp_path, ["torch"], None)
    assert uv.install(tmp_path, ["torch"], "cu128")[-3:] == ["--torch-backend", "cu128", "torch"]
    assert pip.install(tmp_path, ["torch"], "cu128")[-2].endswith("/cu128")


def test_a_port_without_extras_needs_no_environment(tmp_path: Path) -> None:
    port = write_port(tmp_path / "port", ">=3.11")
    text = (port / "pyproject.toml").read_text("utf-8").replace("engine =", "docs =")
    (port / "pyproject.toml").write_text(text, "utf-8")
    run = lucid("sync", "port", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "")
    assert "pyproject.toml has no extra named engine or dev" in run.stderr


def test_the_wheel_for_an_environment_asks_for_no_more_than_lucid_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(REQUIREMENTS) <= {"av>=14", *project["dependencies"]}


def test_the_processes_of_a_port_import_what_its_environment_has() -> None:
    modules = [
        "lucid.runtime.model_process_main",
        "lucid.conformance.child",
        "lucid.conformance.bench",
        "lucid.conformance.plugin",
        "lucid.weights.child",
        "lucid.golden.check",
        "lucid.conditioning",
        "lucid.hub.download",
        "lucid.authoring.weights",
    ]
    code = (
        f"import sys, {', '.join(modules)}; "
        "print(*{name.partition('.')[0] for name in sys.modules if '__file__' in "
        "vars(sys.modules[name])} - set(sys.stdlib_module_names))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {name for name in run.stdout.split() if not name.startswith(("_", "cython"))}
    of_pytest = {"pytest", "py", "pluggy", "iniconfig", "packaging", "pygments"}
    of_pydantic = {"pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}
    required = {"av", "huggingface_hub", "numpy", "PIL", "pydantic", "lucid"}
    assert found - of_pytest - of_pydantic == found & required
