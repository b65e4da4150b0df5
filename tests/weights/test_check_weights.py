"""``lucid check PORT --weights`` on a small port and a local Hub."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from lucid import MachineError, RepoGatedError
from lucid._target import find_port
from lucid.cli import app
from lucid.weights.compare import check_weights
from lucid.weights.report import WeightsReport
from tests.hub_server import HubServer, hub_server
from tests.weights.tiny_port import shapes, write_port, write_repo, write_safetensors

pytest.importorskip("torch")
import torch

EMA = 'tensors = read_weights(weights / "model.pt", pickles=True)["generator_ema"]'


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A Hub, and an empty cache."""
    with hub_server(tmp_path / "repos") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.delenv("HF_HUB_CACHE", raising=False)
        yield server


def check(port: Path, folder: Path | None = None) -> WeightsReport:
    return check_weights(find_port(str(port), port.parent), folder)


def test_a_huge_checkpoint_matches_and_only_its_header_is_read(
    hub: HubServer, tmp_path: Path
) -> None:
    repo = write_repo(tmp_path, shapes(70_000), width=70_000)
    assert (repo / "model.safetensors").stat().st_size > 19e9
    report = check(write_port(tmp_path))
    assert report.text == "Net: 5 tensors match (someone/world/model.safetensors)"
    assert (report.exit_code, report.stopped) == (0, None), report.stopped
    assert hub.sent_bytes < 40_000


def test_a_missing_a_renamed_an_extra_and_a_wrong_tensor_are_named_with_both_shapes(
    hub: HubServer, tmp_path: Path
) -> None:
    tensors = shapes(prefix="model.")
    tensors["model.layers.0.proj.weight"] = tensors.pop("model.layers.0.weight")
    del tensors["model.layers.1.bias"]
    tensors |= {"model.head.weight": [4, 8], "model.tail": [2]}
    write_repo(tmp_path, tensors)
    port = write_port(
        tmp_path,
        """
        tensors = read_weights(weights / "model.safetensors")
        tensors = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
        self.net.load_state_dict(tensors)
        """,
    )
    report = check(port)
    assert report.text.splitlines() == [
        "Net: 2 of 5 tensors match (someone/world/model.safetensors: model)",
        "  missing: layers.0.weight (8, 8) in the module: map layers.0.proj.weight to it in "
        "Engine.load",
        "  missing: layers.1.bias (8) in the module: no file that was loaded into it has this "
        "tensor",
        "  wrong shape: head.weight (3, 8) in the module, model.head.weight (4, 8) in "
        "someone/world/model.safetensors: build the module with the checkpoint's own config",
        "  extra: model.layers.0.proj.weight (8, 8) in someone/world/model.safetensors (loaded as "
        "layers.0.proj.weight), not in the module: map its key in Engine.load, or leave it out "
        "there",
        "  extra: model.tail (2) in someone/world/model.safetensors (loaded as tail), not in the "
        "module: map its key in Engine.load, or leave it out there",
    ]
    assert report.exit_code == 1


def test_of_a_pickle_the_branch_that_no_module_reads_is_listed(
    hub: HubServer, tmp_path: Path
) -> None:
    repo = write_repo(tmp_path, {})
    branches = {
        branch: {f"model.{name}": torch.zeros(shape) for name, shape in shapes().items()}
        for branch in ("generator", "generator_ema")
    }
    torch.save({**branches, "step": 7}, repo / "model.pt")
    port = write_port(
        tmp_path,
        EMA
        + """
        self.net.load_state_dict({name[6:]: tensor for name, tensor in tensors.items()})
        """.replace("        ", ""),
        ("model.pt",),
    )
    report = check(port)
    assert report.text.splitlines() == [
        "Net: 5 tensors match (someone/world/model.pt: generator_ema.model)",
        "not read: someone/world/model.pt: generator (5 tensors)",
    ]
    assert report.exit_code == 0


def test_modules_that_load_their_own_files_count_too(hub: HubServer, tmp_path: Path) -> None:
    """Upstream code may call torch.load, safetensors and the Hub itself, and load a part."""
    repo = write_repo(tmp_path, shapes())
    torch.save({"state_dict": {"weight": torch.zeros(2, 9)}}, repo / "ckpt.pt")
    (repo / "movie.mp4").write_bytes(b"x")
    write_safetensors(repo / "head.safetensors", {"weight": [3, 8]})
    port = write_port(
        tmp_path,
        """
        import huggingface_hub
        from safetensors import safe_open
        from safetensors.torch import load_model

        load_model(self.net, str(weights / "model.safetensors"))
        self.late = torch.nn.Linear(9, 2, device="cuda")
        ckpt = huggingface_hub.hf_hub_download(REPO, "ckpt.pt")
        self.late.load_state_dict(torch.load(ckpt)["state_dict"], strict=False)
        with safe_open(weights / "head.safetensors", framework="pt") as file:
            head = {name: file.get_tensor(name) for name in file.keys()}
        self.net.head.load_state_dict(head)
        self.forgotten = [torch.nn.Sequential(self.late, torch.nn.LayerNorm(2))]
        big = torch.zeros(1 << 40, device="cuda")
        """,
    )
    report = check(port)
    assert report.text.splitlines() == [
        "Net: 5 tensors match (someone/world/model.safetensors)",
        "Linear: 1 of 2 tensors match (someone/world/ckpt.pt: state_dict)",
        "  missing: bias (2) in the module: no file that was loaded into it has this tensor",
        "Linear (2): 1 tensors match (someone/world/head.safetensors)",
        "LayerNorm: no file fills its 2 tensors: load its weights in Engine.load",
    ]
    assert "/resolve/" in hub.requests[-1][1]
    assert not any("movie" in path for _, path in hub.requests)


@pytest.mark.parametrize(
    ("load", "message", "hint"),
    [
        pytest.param(
            'raise RuntimeError("Found no NVIDIA driver on your system")',
            "loading stopped at tiny/engine.py:31: RuntimeError: Found no NVIDIA driver",
            "this code needs a GPU to be imported or loaded: run the check on a machine with one",
            id="needs a GPU",
        ),
        pytest.param(
            'self.net.load_state_dict(read_weights(weights / "model.safetensors"))\n'
            "print(self.net.head.weight.sum().item())",
            "RuntimeError: Tensor.item() cannot be called on meta tensors",
            "the code computes with weights while it loads, and this check has none",
            id="computes with weights",
        ),
        pytest.param(
            '(weights / "tokenizer.json").read_text()',
            "FileNotFoundError: [Errno 2] No such file or directory",
            "name it in download_weights in Engine.load, or put it where the message says",
            id="needs a file",
        ),
        pytest.param(
            'raise SystemExit("no CUDA device")',
            "loading stopped at tiny/engine.py:31: SystemExit: no CUDA device",
            "run the check on a machine with one",
            id="exits without a GPU",
        ),
        pytest.param(
            'compile("def f(:", "upstream/model.py", "exec")',
            "loading stopped at tiny/engine.py:31, in upstream/model.py:1: SyntaxError",
            "this code may be written for another Python than 3.",
            id="needs another Python",
        ),
        pytest.param(
            "from typing import no_such_name",
            "ImportError: cannot import name 'no_such_name' from 'typing'",
            "change requires-python or the requirement in pyproject.toml, and run `lucid sync ",
            id="needs another version",
        ),
        pytest.param(
            'open(__import__("os").path.expanduser("~/x.txt"), "w")',
            "writes outside the port's folder: opens",
            "read that line",
            id="writes outside",
        ),
    ],
)
def test_what_stops_the_load_is_one_message(
    load: str, message: str, hint: str, hub: HubServer, tmp_path: Path, monkeypatch: Any
) -> None:
    for variable in ("HOME", "TMPDIR"):  # the port may write to temporary folders
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "TMPDIR"))
    write_repo(tmp_path, shapes())
    report = check(write_port(tmp_path, load))
    stopped = report.stopped
    assert stopped is not None
    assert report.modules or "weights: nothing was compared, in" in report.summary
    assert message in stopped.message
    assert hint in stopped.hint


def test_a_load_that_hangs_is_killed_and_its_stacks_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load = """
    ctx.progress("read everything")
    import time
    def wait_forever():
        time.sleep(10**6)
    wait_forever()
    """
    location = find_port(str(write_port(tmp_path, load)), tmp_path)
    with pytest.raises(MachineError, match="silent for 5 s in the stage 'read everything'"):
        check_weights(location, write_repo(tmp_path, shapes()), silence_s=5)
    assert "wait_forever" in caplog.text


def test_the_command_says_what_it_runs_and_writes_json_and_junit(tmp_path: Path) -> None:
    repo = write_repo(tmp_path, shapes() | {"head.weight": [4, 8]})
    port, junit = write_port(tmp_path), tmp_path / "junit.xml"
    options = ["--weights", str(repo), "--format", "json", "--junit", str(junit)]
    run = CliRunner().invoke(app, ["check", str(port), *options])
    assert run.exit_code == 1
    report = json.loads(run.stdout)
    assert (report["ok"], report["modules"][0]["matched"]) == (False, 4)
    [difference] = report["modules"][0]["differences"]
    assert difference["kind"] == "shape"
    assert (difference["module_shape"], difference["checkpoint_shape"]) == ([3, 8], [4, 8])
    [case] = ElementTree.parse(junit).iter("testcase")
    assert case.attrib["name"] == "Net"
    assert "wrong shape: head.weight" in str(case[0].text)
    assert run.stderr.startswith("Running the port's load() and upstream's code with the headers")


def test_a_gated_repo_is_one_error_with_the_next_step(hub: HubServer, tmp_path: Path) -> None:
    write_repo(tmp_path, shapes())
    hub.fail(403, path="/resolve/", times=9, X_Error_Code="GatedRepo")
    with pytest.raises(RepoGatedError, match="someone/world is gated") as raised:
        check(write_port(tmp_path))
    assert "hf auth login" in str(raised.value.hint)
