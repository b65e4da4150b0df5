"""A port of a small torch model, and its repo on a local Hub."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from tests.hub_server import commit_of

REPO = "someone/world"
PYPROJECT = """\
[project]
name = "tiny"
version = "0"

[tool.lucid]
port = "tiny.port:TinyModel"
"""
PORT = '''\
"""How the model is played."""

from lucid import LoadContext, LucidModel, LucidSession, publish

from .engine import Engine


class TinySession(LucidSession["TinyModel"]):
    """One player."""

    async def run(self):
        """Play."""
        while True:
            await self.ctx.publish("main_video", self.model.engine.step())


class TinyModel(LucidModel):
    """The model."""

    name = "tiny"
    session_cls = TinySession
    outputs = (publish.video(name="main_video", width=64, height=64, fps=8),)

    def load(self, ctx: LoadContext) -> None:
        """Load it."""
        self.engine = Engine()
        self.engine.load(ctx)
'''
ENGINE = '''\
"""The world model."""

import json

import torch
from lucid import download_weights, read_weights
from lucid.conditioning import warm_up

REPO = {repo!r}
COMMIT = {commit!r}


class Net(torch.nn.Module):
    """Two layers, as wide as the config says."""

    def __init__(self, width):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(width, width) for _ in range(2))
        self.head = torch.nn.Linear(width, 3, bias=False)
        self.register_buffer("times", torch.arange(4), persistent=False)


class Engine:
    """It only loads."""

    def load(self, ctx):
        """Load the network."""
        files = ["config.json", "*.safetensors"]
        weights = download_weights(REPO, COMMIT, files, pickles={pickles!r})
        self.net = Net(json.loads((weights / "config.json").read_text())["width"])
{load}
        self.net = self.net.to("cuda", torch.bfloat16)
        assert self.net.times.tolist() == [0, 1, 2, 3]
        warm_up(self)

    def reset(self):
        """Start again."""

    def step(self):
        """A picture."""
        return self.net(torch.zeros(1))
'''


def write_port(
    folder: Path,
    load: str = 'self.net.load_state_dict(read_weights(weights / "model.safetensors"))',
    pickles: tuple[str, ...] = (),
) -> Path:
    """Write the port; ``load`` are the lines that load its weights."""
    lines = textwrap.indent(textwrap.dedent(load), " " * 8)
    engine = ENGINE.format(repo=REPO, commit=commit_of(REPO), load=lines, pickles=list(pickles))
    files = {"pyproject.toml": PYPROJECT, "tiny/__init__.py": "", "tiny/port.py": PORT}
    for path, text in {**files, "tiny/engine.py": engine}.items():
        (folder / "port" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "port" / path).write_text(text, "utf-8")
    return folder / "port"


def shapes(width: int = 8, prefix: str = "") -> dict[str, list[int]]:
    """The shapes of the network's tensors."""
    layers = {
        f"layers.{index}.{name}": [width] * sides
        for index in range(2)
        for name, sides in (("weight", 2), ("bias", 1))
    }
    own = {**layers, "head.weight": [3, width]}
    return {prefix + name: shape for name, shape in own.items()}


def write_repo(folder: Path, tensors: dict[str, list[int]], width: int = 8) -> Path:
    """Put the repo where ``hub_server`` serves it. Its weights have a header and no data."""
    repo = folder / "repos" / REPO.replace("/", "__")
    repo.mkdir(parents=True)
    (repo / "config.json").write_text(json.dumps({"width": width}), "utf-8")
    write_safetensors(repo / "model.safetensors", tensors)
    return repo


def write_safetensors(path: Path, tensors: dict[str, list[int]], length: int | None = None) -> None:
    """Write the header of a file of bfloat16 tensors. The file is sparse, and may be huge."""
    entries, end = {}, 0
    for name, shape in tensors.items():
        size = 2
        for side in shape:
            size *= side
        entries[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    header = json.dumps(entries).encode()
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + end if length is None else length)
