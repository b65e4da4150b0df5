"""Ports written for a test and played: with the upstream code, or a double of it, underneath.

The doubles in ``doubles/`` keep upstream's signatures, checks and failures, as read at the commit
that each names. If LUCID_UPSTREAM is a folder of checkouts, named like their repos, the same
tests also run on these.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable
from importlib.util import module_from_spec, spec_from_file_location
from inspect import signature
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from huggingface_hub import constants

from lucid import LoadContext, LucidModel
from lucid.hub.cache import snapshot_folder
from lucid.hub.facts import RepoFacts
from lucid.scaffold.plan import plan
from lucid.scaffold.prepare import usable_facts
from lucid.scaffold.write import write
from tests.scaffold.facts import recorded_facts
from tests.scaffold.golden import GOLDEN, NOT_KEPT, golden_choices

_NUMBERS = count(1)
DOUBLES = Path(__file__).resolve().parent / "doubles"


def upstream_params(repo: str) -> list[Any]:
    """The double of an upstream repo, and the real one where it is on this machine."""
    return [pytest.param(DOUBLES / repo, id="double"), real_param(repo, id="real")]


def real_param(repo: str, *others: Any, id: str) -> Any:
    """The real upstream repo, and other parameters, where it is on this machine."""
    real = Path(os.environ.get("LUCID_UPSTREAM", "nowhere")) / repo
    absent = pytest.mark.skipif(not real.is_dir(), reason=f"LUCID_UPSTREAM has no {repo}")
    return pytest.param(real, *others, id=id, marks=absent)


class Port:
    """A port that ``lucid new`` would write from these facts, in a folder of its own.

    Each has a new name: a module is imported once in a process.
    """

    def __init__(
        self, world: str, facts: RepoFacts, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.name = f"{world}_no{next(_NUMBERS)}"  # as no scaffold is called
        self.folder = folder / self.name
        write(plan(self.name, usable_facts(facts)), self.folder)
        monkeypatch.syspath_prepend(self.folder)
        self._monkeypatch = monkeypatch
        self._cleanups: list[Callable[[], None]] = []

    @property
    def engine(self) -> ModuleType:
        """Its ``engine.py``."""
        return importlib.import_module(f"{self.name}.engine")

    def put_upstream(self, code: Path, *changed: Path) -> Path:
        """Put a copy of upstream code where ``lucid sync`` would; its checkout.

        ``changed`` are folders of files that a fork has in their place. Its modules are forgotten
        at the end: other upstream code has some of the same names.
        """
        lock = json.loads((self.folder / "lucid.lock").read_text("utf-8"))["upstream"]
        checkout: Path = self.folder / "upstream" / lock["url"].rpartition("/")[2]
        ignored = shutil.ignore_patterns(".git", "__pycache__")
        for folder in (code, *changed):
            shutil.copytree(folder, checkout, ignore=ignored, dirs_exist_ok=True)
        (checkout / ".git").mkdir()
        (checkout / ".git" / "HEAD").write_text(lock["commit"], "utf-8")
        before = set(sys.modules)

        def places(name: str) -> list[str]:
            # A folder without an __init__.py is a module too, with a path and no file.
            module = sys.modules[name]
            path = getattr(module, "__path__", ())
            own = path if isinstance(path, Iterable) else ()  # not that of torch.classes
            return [str(getattr(module, "__file__", None)), *own]

        def forget() -> None:
            # All are found before one goes: such a folder's path is looked up through its parent.
            new = set(sys.modules) - before
            ours = [name for name in new if any(p.startswith(str(checkout)) for p in places(name))]
            for name in ours:
                del sys.modules[name]
            sys.path[:] = [path for path in sys.path if not path.startswith(str(checkout))]

        self._cleanups.append(forget)
        return checkout

    def close(self) -> None:
        """Forget the upstream modules."""
        for cleanup in self._cleanups:
            cleanup()

    def set(self, **constants: Any) -> None:
        """Other constants in ``engine.py``: before its ``port.py`` is imported."""
        assert f"{self.name}.port" not in sys.modules
        for name, value in constants.items():
            self._monkeypatch.setattr(self.engine, name, value)

    @property
    def model_cls(self) -> type[LucidModel[Any]]:
        """Its model."""
        module = importlib.import_module(f"{self.name}.port")
        prefix = "".join(part.capitalize() for part in self.name.split("_"))
        model_cls: type[LucidModel[Any]] = getattr(module, f"{prefix}Model")
        return model_cls

    @property
    def engine_test(self) -> ModuleType:
        """Its ``tests/test_engine.py``."""
        name = f"{self.name}_test_engine"
        spec = spec_from_file_location(name, self.folder / "tests" / "test_engine.py")
        assert spec and spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def use_tiny_weights(self) -> Path:
        """Save the weights of its ``tests/test_engine.py``, where the engine finds them."""
        weights = self.folder / "weights"
        weights.mkdir()
        self.engine_test.save_weights(weights)
        self._monkeypatch.setenv("LUCID_WEIGHTS", str(weights))
        return weights

    def compare_with_upstream(self, change: Callable[[ModuleType], None] | None = None) -> None:
        """Run the tests of its ``tests/test_engine.py``, changed by a function if there is one."""
        module = self.engine_test
        if change:
            change(module)
        tests = [getattr(module, name) for name in vars(module) if name.startswith("test_")]
        with warnings.catch_warnings(action="ignore"):  # its own marks do not hold here
            for test in tests:
                folder = self.folder / test.__name__
                folder.mkdir()
                test(**({"tmp_path": folder} if signature(test).parameters else {}))

    def loaded(self) -> Any:
        """Its engine, loaded."""
        engine = self.engine.Engine()
        engine.load(load_context())
        return engine


def kept_port(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Port:
    """The port of ``scaffolds/<folder>``, or of one that is not kept, under a name of its own."""
    name, repo = (GOLDEN | NOT_KEPT)[folder]
    return Port(name, recorded_facts(repo, golden_choices(folder)), tmp_path, monkeypatch)


def put_in_cache(repo: str, commit: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder where the Hub's cache has this repo at this commit: put its files there."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    snapshot = snapshot_folder(repo, commit)
    snapshot.mkdir(parents=True)
    return snapshot


def put_locally(repo: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *paths: str) -> Path:
    """Put files of one byte where an engine finds a repo that it would download."""
    monkeypatch.setenv("LUCID_WEIGHTS", str(folder / "local"))
    for path in paths:
        file = folder / "local" / repo / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return folder / "local" / repo


def has_a_world_of_its_own(engine: Any, *action: Any) -> None:
    """Check that a rollout plays the same again after a reset, and draws no number of others'."""
    import torch

    before = torch.get_rng_state()
    rollouts = []
    for _ in range(2):
        engine.reset()
        rollouts.append([np.asarray(engine.step(*action)) for _ in range(3)])
        torch.rand(5)
    torch.set_rng_state(before)
    engine.reset()
    engine.step(*action)
    assert torch.equal(torch.get_rng_state(), before)
    for first, second in zip(*rollouts, strict=True):
        assert np.array_equal(first, second)


def refuses_other_sizes(engine: Any) -> None:
    """Check that a seed frame of another size is one clear error."""
    for shape in ((7, 9, 3), (7, 9), (5, 7, 9, 3)):
        with pytest.raises(ValueError, match="of this model is uint8 of shape"):
            engine.reset(np.zeros(shape, np.uint8))


def load_context() -> LoadContext:
    """Says nothing."""
    return LoadContext(logging.getLogger("test"), lambda stage, fraction: None)
