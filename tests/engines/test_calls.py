"""What the engines use of upstream's code is there, and can be called so.

Upstream's code is a checkout in the folder LUCID_UPSTREAM. It is parsed and never imported.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lucid.scaffold.plan import plan
from lucid.scaffold.prepare import usable_facts
from lucid.scaffold.write import write
from tests.engines.calls import misfits
from tests.engines.test_golden import CHECKOUTS, CODE
from tests.scaffold.facts import recorded_facts
from tests.scaffold.golden import GOLDEN, NOT_KEPT, golden_choices


@pytest.mark.parametrize("folder", CHECKOUTS)
def test_an_engine_calls_what_upstream_has(folder: str, tmp_path: Path) -> None:
    checkout = CODE / CHECKOUTS[folder]
    if not checkout.is_dir():
        pytest.skip(f"LUCID_UPSTREAM has no {CHECKOUTS[folder]}")
    name, repo = (GOLDEN | NOT_KEPT)[folder]
    write(plan(name, usable_facts(recorded_facts(repo, golden_choices(folder)))), tmp_path / name)
    assert misfits(tmp_path / name / name / "engine.py", checkout) == []


ENGINE = """
FOLDER = "code"

class Engine:
    def load(self, ctx):
        use_upstream(__file__, FOLDER)
        from world.pipe import Pipe, make

        self._pipe = Pipe(make("small"), device="cpu").to("cuda")

    def step(self, action):
        torch, pipe = self._torch, self._pipe
        pipe.network(action, time=0)
        pipe.reset(seed=1)
        pipe.kept = pipe.scale
        return pipe.kept
"""
UPSTREAM = """
from torch import nn

def make(size, *, dtype=None):
    ...

class Network(nn.Module):
    def forward(self, x, time, cache=None):
        ...

class Pipe(nn.Module):
    def __init__(self, vae, device, network=None):
        super().__init__()
        self.vae = vae
        self.scale = 2
        self.network = Network() if network is None else network

    def reset(self, seed):
        ...
"""


@pytest.mark.parametrize(
    ("theirs", "other", "found"),
    [
        ("def make", "def create", "world.pipe has no make"),
        ("class Pipe", "class Pipeline", "world.pipe has no Pipe"),
        ("device, network=None", "network=None", "Pipe.__init__ takes no device"),
        ("network=None):", "network=None, *, config):", "Pipe.__init__ needs config"),
        ("make(size, *", "make(*", "make takes 0 arguments, not 1"),
        ("x, time,", "x, times,", "Network.forward takes no time"),
        ("self, seed", "self, rng_seed", "Pipe.reset needs rng_seed"),
        ("def reset", "def restart", "Pipe has no reset"),
        ("self.scale", "self.factor", "Pipe has no scale"),
    ],
)
def test_what_upstream_has_otherwise_is_found(
    theirs: str, other: str, found: str, tmp_path: Path
) -> None:
    engine = tmp_path / "engine.py"
    engine.write_text(ENGINE, "utf-8")
    assert UPSTREAM.count(theirs) == 1
    assert found in misfits(engine, checkout(tmp_path / "other", UPSTREAM.replace(theirs, other)))
    assert misfits(engine, checkout(tmp_path / "same", UPSTREAM)) == []


def checkout(root: Path, source: str) -> Path:
    """Write upstream's one module; each checkout needs a folder of its own, as files are cached."""
    module = root / "code/world/pipe.py"
    module.parent.mkdir(parents=True)
    module.write_text(source, "utf-8")
    return root


def test_a_module_that_upstream_lacks_is_found(tmp_path: Path) -> None:
    engine, module = tmp_path / "engine.py", tmp_path / "upstream/code/world/pipes.py"
    module.parent.mkdir(parents=True)
    engine.write_text(ENGINE, "utf-8")
    module.write_text(UPSTREAM, "utf-8")
    assert misfits(engine, tmp_path / "upstream") == ["upstream has no module world.pipe"]
