"""Each mistake in a generated port is caught by its own ``tests/test_engine.py`` or by a rule.

By default some mutants of the fastest port are tried. LUCID_TEST_LONG=1 tries all, and with
LUCID_UPSTREAM those of ports whose upstream is no package.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lucid._target import find_port
from lucid.check.engine import check_port
from lucid.golden import Frames, Rollout
from tests.engines.mutants import GOLDEN_TEST, MUTANTS, PROOF, Mutant, page
from tests.engines.porting import Port, kept_port
from tests.engines.test_golden import CHECKOUTS, PACKAGED, skip_if_too_new

pytest.importorskip("torch")
pytest.importorskip("diffusers")
LONG = "LUCID_TEST_LONG" in os.environ
QUICK = {"left and right are swapped", "a clip starts at the first frame of the one before"}
CODE = Path(os.environ.get("LUCID_UPSTREAM", "nowhere"))


class Remembered:
    """Upstream's loop, which runs once for the same steps: all mutants have the same weights."""

    frames: ClassVar[dict[tuple[str, bytes], Sequence[Frames]]] = {}

    def __init__(self, folder: str, make: Callable[[], Callable[[Rollout], Sequence[Frames]]]):
        self._folder, self._make = folder, cache(make)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        key = (self._folder, pickle.dumps(steps))
        if key not in self.frames:
            self.frames[key] = self._make()(steps)
        return self.frames[key]


@pytest.fixture
def port_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Port]]:
    ports = []

    def write(folder: str) -> Port:
        if folder not in PACKAGED and not (CODE / CHECKOUTS[folder]).is_dir():
            pytest.skip(f"LUCID_UPSTREAM has no {CHECKOUTS[folder]}")
        skip_if_too_new(folder)
        port = kept_port(folder, tmp_path, monkeypatch)
        ports.append(port)
        if folder not in PACKAGED:
            port.put_upstream(CODE / CHECKOUTS[folder])
        return port

    yield write
    for port in ports:
        port.close()


def compare(port: Port, folder: str) -> None:
    def remembering(module: Any) -> None:
        upstream = module.Upstream
        module.Upstream = lambda *given: Remembered(folder, lambda: upstream(*given))

    port.compare_with_upstream(remembering)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda it: f"{it.folder}: {it.what}")
def test_a_mistake_is_caught(mutant: Mutant, port_of: Callable[[str], Port]) -> None:
    if not LONG and (mutant.folder != "sana-wm" or mutant.what not in QUICK):
        pytest.skip("it takes minutes: set LUCID_TEST_LONG=1")
    port = port_of(mutant.folder)
    file = port.folder / port.name / mutant.file
    text = file.read_text("utf-8")
    assert mutant.old in text
    before = {found.code for found in check_port(find_port(port.name, port.folder.parent))}
    file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    found = {found.code for found in check_port(find_port(port.name, port.folder.parent))} - before
    if mutant.caught != GOLDEN_TEST:
        assert mutant.caught in found
        return
    with pytest.raises(AssertionError) as caught:
        compare(port, mutant.folder)
    print(mutant.what, caught.value, found)


def test_docs_proof_lists_these_mistakes() -> None:
    assert PROOF.read_text("utf-8") == page(), "python -m tests.engines.mutants"
