"""What catches each mistake in a generated port: a rule, the weights check, or its golden test.

Of the golden tests and the weights checks, three of the fastest ports run by default.
LUCID_TEST_LONG=1 runs all, and with LUCID_UPSTREAM those of ports whose upstream is no package.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lucid._target import PortLocation, find_port
from lucid.check.engine import check_port
from lucid.golden import Frames, Rollout
from lucid.weights.compare import check_weights
from tests.engines.mutants import MUTANTS, PROOF, page
from tests.engines.mutants.mutant import GOLDEN_TEST, WEIGHTS_CHECK, Mutant
from tests.engines.porting import Port, kept_port
from tests.engines.test_golden import CHECKOUTS, CODE, skip_if_absent

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
LONG = "LUCID_TEST_LONG" in os.environ
QUICK = {
    "every clip gets the same noise",
    "the gripper opens without a limit",
    "the keys of the network get other names",
}


class Remembered:
    """Upstream's loop, which runs once for the same steps: all mutants have the same weights."""

    known: ClassVar[dict[tuple[str, bytes], Sequence[Frames]]] = {}

    def __init__(self, folder: str, make: Callable[[], Callable[[Rollout], Sequence[Frames]]]):
        self._folder, self._make = folder, cache(make)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        key = (self._folder, pickle.dumps(steps))
        if key not in self.known:
            self.known[key] = self._make()(steps)
        return self.known[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)


@pytest.fixture
def port_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Port]]:
    """Write the port of a kept scaffold, with its upstream code."""
    ports = []

    def write(folder: str) -> Port:
        skip_if_absent(folder)
        port = kept_port(folder, tmp_path, monkeypatch)
        ports.append(port)
        if folder in CHECKOUTS:
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


def of_folder(port: Port) -> PortLocation:
    return find_port(port.name, port.folder.parent)


@contextmanager
def made(mutant: Mutant, port: Port) -> Iterator[None]:
    """Make the mistake in the port for a while."""
    file = port.folder / port.name / mutant.file
    text = file.read_text("utf-8")
    assert mutant.old in text
    file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    yield
    file.write_text(text, "utf-8")


@pytest.mark.parametrize(
    "mutant", [it for it in MUTANTS if it.rules], ids=lambda it: f"{it.folder}: {it.what}"
)
def test_these_rules_find_a_mistake(
    mutant: Mutant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = kept_port(mutant.folder, tmp_path, monkeypatch)
    right = {found.code for found in check_port(of_folder(port))}
    with made(mutant, port):
        assert {found.code for found in check_port(of_folder(port))} - right == mutant.rules


def that(name: str) -> pytest.MarkDecorator:
    """The mistakes that this finds."""
    found = [it for it in MUTANTS if name in it.caught]
    return pytest.mark.parametrize("mutant", found, ids=lambda it: f"{it.folder}: {it.what}")


def skip_if_long(mutant: Mutant) -> None:
    if not LONG and mutant.what not in QUICK:
        pytest.skip("it takes minutes: set LUCID_TEST_LONG=1")


@that(WEIGHTS_CHECK)
def test_the_weights_check_finds_a_mistake(mutant: Mutant, port_of: Callable[[str], Port]) -> None:
    skip_if_long(mutant)
    port = port_of(mutant.folder)
    weights = port.use_tiny_weights()
    with made(mutant, port):
        report = check_weights(of_folder(port), weights)
    assert (report.exit_code, report.stopped) == (1, None), report.text


@that(GOLDEN_TEST)
def test_the_golden_test_finds_a_mistake(mutant: Mutant, port_of: Callable[[str], Port]) -> None:
    skip_if_long(mutant)
    port = port_of(mutant.folder)
    # A frame differs, or upstream's code cannot do what the engine wants.
    with made(mutant, port), pytest.raises((AssertionError, RuntimeError)) as caught:
        compare(port, mutant.folder)
    print(mutant.what, caught.value)


def test_docs_proof_lists_these_mistakes() -> None:
    assert PROOF.read_text("utf-8") == page(), "python -m tests.engines.mutants"
