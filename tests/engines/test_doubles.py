"""A double is as awkward as upstream: its names, signatures and types are those of the source.

The source is a checkout in the folder LUCID_UPSTREAM, or a package that is installed. It is parsed
and never imported, so that none of its own packages is needed.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.porting import DOUBLES
from tests.engines.sources import differences

# The folders of modules of a double and of its checkout, if it is not the whole of both.
FOLDERS = {
    "Matrix-Game-2": ("Matrix-Game/Matrix-Game-2", "Matrix-Game/Matrix-Game-2"),
    "Matrix-Game-3": ("Matrix-Game/Matrix-Game-3", "Matrix-Game/Matrix-Game-3"),
    "diamond": ("diamond/src", "diamond/src"),
    "diamond-atari": ("diamond-atari/src", "diamond-atari/src"),
    "world_engine": ("world_engine/world_engine", "world_engine/src"),
}
PACKAGES = {"fastvideo": ("fastvideo",), "gymnasium": ("gymnasium", "ale_py")}
# What a double has for its tests alone: records, what it plays, and a text in place of a long one.
MADE_UP = {
    "YUME": {"texts"},
    "mineworld": {"made", "filled"},
    "Matrix-Game-3": {"matrix_game3.sample_neg_prompt"},
    "world_engine": {"made", "prompts", "thread"},
    "fastvideo": {"FIELDS", "_batch", "_latents", "_picture", "_start"},
    "gymnasium": {"frames", "resets"},
}


def files() -> Iterator[Any]:
    """Each file of a double, beside the folder that has the same file upstream."""
    upstream = Path(os.environ.get("LUCID_UPSTREAM", "nowhere"))
    for name in sorted({*(path.name for path in DOUBLES.iterdir()), *FOLDERS} - {"Matrix-Game"}):
        ours, theirs = FOLDERS.get(name, (name, name))
        double = DOUBLES / ours
        for file in sorted((*double.rglob("*.py"), *double.rglob("*.yaml"))):
            path = file.relative_to(double)
            marks: list[Any] = []
            if name in PACKAGES:
                found = importlib.util.find_spec(path.parts[0])
                reason = f"{path.parts[0]} is not installed"
                source = Path(str(found.origin)).parents[1] if found else None
            else:
                source = upstream / theirs
                reason = f"LUCID_UPSTREAM has no {theirs}"
            if source is None or not source.is_dir():
                marks.append(pytest.mark.skip(reason=reason))
            yield pytest.param(double, source, str(path), name, id=f"{name}/{path}", marks=marks)


@pytest.mark.parametrize(("double", "source", "file", "name"), [*files()])
def test_a_double_has_what_upstream_has(double: Path, source: Path, file: str, name: str) -> None:
    assert differences(double, source, file, MADE_UP.get(name, set()) | {"calls"}) == []


UPSTREAM = """
import torch
from torch import nn
from .parts import Part

SIZES = {"small": 8, "large": 16}

class Wrapper:
    def __init__(self, network, dtype=torch.float32):
        self.network = network
    def __getattr__(self, name):
        return getattr(self.network, name)
    @torch.no_grad()
    def step(self, x, *, scale=1.0):
        if scale < 0:
            raise ValueError("scale")
        return x, scale

class Network(nn.Module):
    def __init__(self, depth=2):
        super().__init__()
        self.register_buffer("freqs", torch.ones(2))
    def forward(self, x):
        return x
"""


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("class Wrapper:", "class Wrapper(nn.Module):", "its bases are"),
        ("class Network(nn.Module):", "class Network:", "its bases are"),
        ("def __getattr__", "def __missing__", "__getattr__: only upstream"),
        ("dtype=torch.float32", "dtype=torch.float16", "upstream's (self, network, dtype="),
        ("x, *, scale=1.0", "x, scale=1.0", "upstream's (self, x, *, scale"),
        ("    @torch.no_grad()\n", "", "its decorators are"),
        ("raise ValueError", "raise KeyError", "upstream raises no KeyError"),
        ("return x, scale", "return x, scale, 1", "it returns"),
        ("self.network = network", "self.model = network", "sets no self.model"),
        ('self.register_buffer("freqs", torch.ones(2))', "self.freqs = torch.ones(2)", "freqs"),
        ("def forward", "def predict", "predict: upstream has none"),
        ('"small": 8', '"small": 9', "SIZES: 'small' is 9"),
        ("class Network", "class Net", "upstream has no such name"),
    ],
)
def test_a_double_that_is_less_awkward_is_found(
    right: str, wrong: str, found: str, tmp_path: Path
) -> None:
    for name, code in (("ours", UPSTREAM.replace(right, wrong)), ("theirs", UPSTREAM)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.py").write_text(code, "utf-8")
    assert UPSTREAM.count(right) == 1
    made = differences(tmp_path / "ours", tmp_path / "theirs", "model.py", set())
    assert any(found in difference for difference in made), made
    assert differences(tmp_path / "theirs", tmp_path / "theirs", "model.py", set()) == []
