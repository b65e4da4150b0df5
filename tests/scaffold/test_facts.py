"""Every recorded repo: its port says the same as the inspection, in each of its files."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lucid import manifest
from lucid.authoring.bindings import AxisBinding, HoldBinding
from lucid.authoring.manifest import Manifest
from lucid.authoring.outputs import VideoOutput
from lucid.errors import ChoiceError
from lucid.hub.facts import RepoFacts
from lucid.hub.weights.copies import is_weights
from lucid.lock import Choices, Lock, read_lock
from lucid.scaffold.plan import plan
from lucid.scaffold.write import write
from tests.hub.repos import RECORDED
from tests.hub.test_recorded import WORLDS
from tests.scaffold.facts import port_facts, recorded_facts, recorded_snapshot

CONSTANTS = {
    "width": "WIDTH",
    "height": "HEIGHT",
    "fps": "FPS",
    "frames_per_step": "FRAMES_PER_STEP",
    "first_step_frames": "FIRST_FRAMES",
    "denoising_steps": "DENOISING_STEPS",
    "context_steps": "CONTEXT_STEPS",
    "layout": "LAYOUT",
    "pixel_range": "PIXEL_RANGE",
    "keyboard_dim": "KEYBOARD_SIZE",
    "action_dim": "ACTION_SIZE",
    "latents_per_block": "LATENTS_PER_STEP",
}
"""The engine's constant for each fact."""


@dataclass(frozen=True)
class Port:
    """A port that `lucid new` writes for one model of a recorded repo."""

    folder: Path
    facts: RepoFacts
    engine: ModuleType
    manifest: Manifest
    lock: Lock

    def text(self, path: str) -> str:
        return (self.folder / path).read_text("utf-8")

    @property
    def source(self) -> str:
        return inspect.getsource(self.engine)


@dataclass(frozen=True)
class Download:
    """One call of ``download_weights``."""

    repo: str
    commit: str
    files: frozenset[str]
    pickles: frozenset[str]


def models() -> list[tuple[str, str | None]]:
    """Each repo with each of its models."""
    found: list[tuple[str, str | None]] = []
    for name in WORLDS:
        repo = name.replace("__", "/")
        variants = recorded_facts(repo).variants
        found += [(repo, variant.name) for variant in variants] or [(repo, None)]
    return found


@pytest.fixture(scope="module", params=models(), ids=lambda model: " ".join(filter(None, model)))
def port(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Port]:
    repo, variant = request.param
    choices = Choices(variant=variant)
    facts = recorded_facts(repo, choices)
    folder = tmp_path_factory.mktemp("facts") / "facts_port"
    write(plan("facts_port", facts, choices), folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(folder)
        engine = importlib.import_module("facts_port.engine")
        model_cls = importlib.import_module("facts_port.port").FactsPortModel
        yield Port(folder, facts, engine, manifest(model_cls), read_lock(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "facts_port"]:
        del sys.modules[name]


def downloads(engine: ModuleType) -> Iterator[Download]:
    """Read the calls of ``download_weights`` from the source, without running them."""
    for function in ast.walk(ast.parse(inspect.getsource(engine))):
        if isinstance(function, ast.FunctionDef):
            names = dict(vars(engine))
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
                    with suppress(NameError):
                        exec(ast.unparse(node), names)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "download_weights":
                    by_name = {word.arg: word.value for word in node.keywords}
                    pickles = by_name.get("pickles", ast.Tuple([], ast.Load()))
                    repo, commit, files, pickled = (
                        eval(ast.unparse(argument), names) for argument in (*node.args, pickles)
                    )
                    yield Download(repo, commit, frozenset(files), frozenset(pickled))


def not_listed(repo: str) -> list[str]:
    """Patterns of files that the repo has, although its recording lacks their names."""
    provenance = json.loads((RECORDED / repo.replace("/", "__") / "_provenance.json").read_text())
    patterns: list[str] = provenance.get("not_listed", {}).get("patterns", [])
    return patterns


def value(facts: RepoFacts, name: str) -> Any:
    fact = facts.facts.get(name)
    return fact.value if fact else None


def test_the_engine_has_the_values_of_the_inspection(port: Port) -> None:
    known = {name: value(port.facts, name) for name in CONSTANTS}
    differs = {
        name: (getattr(port.engine, constant), known[name])
        for name, constant in CONSTANTS.items()
        if known[name] is not None
        and hasattr(port.engine, constant)
        and getattr(port.engine, constant) != known[name]
    }
    assert differs == {}


def test_the_engine_downloads_what_the_repo_has(port: Port) -> None:
    has = [file.path for file in port.facts.files] + not_listed(port.facts.repo)
    needed = {repo.repo: repo for repo in port.facts.needed_repos if repo.is_downloaded}
    asked = {download.repo: download for download in downloads(port.engine)}
    own = asked.pop(port.facts.repo, None)
    if own is not None:
        assert own.commit == port.facts.commit
        lacks = [p for p in own.files | own.pickles if not any(fnmatchcase(h, p) for h in has)]
        assert lacks == []
        assert asked == {
            repo: Download(repo, need.commit, frozenset(need.files), frozenset(need.pickles))
            for repo, need in needed.items()
        }
    assert {need.repo: need.commit for need in port.lock.needed} == {
        repo: need.commit for repo, need in needed.items()
    }


def test_the_port_binds_the_keys_of_the_inspection(port: Port) -> None:
    bound: set[str] = set()
    for spec in port.manifest.inputs:
        if isinstance(spec.binding, HoldBinding):
            bound |= set(spec.binding.keys)
        elif isinstance(spec.binding, AxisBinding):
            bound |= {*spec.binding.positive_keys[:1], *spec.binding.negative_keys[:1]}
    for given in port.facts.inputs:
        keys = set(given.details.get("keys", ()))
        if keys and port.facts.family == "waypoint":
            assert bound <= keys  # its network takes any key; the port binds those of games
        elif keys and not keys & bound:
            assert keys == {key.value for key in port.engine.Key}  # the network's own names
        else:
            assert keys <= bound
    controls = port.text("README.md").partition("## Controls")[2].partition("## ")[0]
    shown = {part for label in re.findall(r"`([^`]+)`", controls) for part in label.split()}
    assert shown == {key.removeprefix("Key").removeprefix("Digit") for key in bound}


def test_the_port_publishes_what_the_engine_makes(port: Port) -> None:
    (video,) = (output for output in port.manifest.outputs if isinstance(output, VideoOutput))
    engine = port.engine
    assert (video.width, video.height) == (engine.WIDTH, engine.HEIGHT)
    assert (video.fps, video.layout) == (engine.FPS, engine.LAYOUT)
    assert video.pixel_range == engine.PIXEL_RANGE
    longest = max(engine.FRAMES_PER_STEP, value(port.facts, "first_step_frames") or 1)
    tools = tomllib.loads(port.text("pyproject.toml"))["tool"]["lucid"]
    chunk_s = tools.get("conformance", {}).get("chunk_s", 1)
    assert longest / engine.FPS <= chunk_s < max(1, longest / engine.FPS) + 0.2


def test_the_texts_name_the_sizes_and_chunks_of_the_engine(port: Port) -> None:
    engine = port.engine
    source = re.sub(r"(?m)^#.*\n(?=LENS)", "", port.source)  # a lens has the size of its own
    texts = "\n".join([source, port.text("facts_port/port.py"), port.text("README.md")])
    sizes = {(int(w), int(h)) for w, h in re.findall(r"\b(\d{3,4})x(\d{3,4})\b", texts)}
    assert sizes <= {(engine.WIDTH, engine.HEIGHT)}
    chunks = {int(n) for n in re.findall(r"chunk of (\d+) frames", texts)}
    assert chunks <= {engine.FRAMES_PER_STEP}
    firsts = {int(n) for n in re.findall(r"\b(\d+) (?:at first|in the first step)", texts)}
    assert firsts <= {value(port.facts, "first_step_frames")}


def test_lock_and_notes_repeat_the_inspection(port: Port) -> None:
    facts = port.facts
    assert port.lock.source is not None
    assert (port.lock.source.repo, port.lock.source.commit) == (facts.repo, facts.commit)
    assert [file.path for file in port.lock.source.files] == [file.path for file in facts.files]
    answers = {name: value(facts, name) for name in facts.facts}
    assert port.lock.answers == {**answers, "inputs": [given.kind for given in facts.inputs]}
    notes = port.text("AGENTS.md")
    for name, answer in answers.items():
        if isinstance(answer, int | str) and not isinstance(answer, bool):
            assert f"- {name}: `{answer}`, from" in notes
    for repo in port.lock.needed:
        assert f"also downloads `{repo.repo}`, commit `{repo.commit}`" in notes
    assert facts.repo in port.text("README.md")


def test_an_engine_is_written_only_for_a_repo_that_has_its_files(port: Port) -> None:
    snapshot, choices = recorded_snapshot(port.facts.repo), port.lock.choices
    own = [each for each in downloads(port.engine) if each.repo == port.facts.repo]
    for pattern in sorted({pattern for each in own for pattern in each.files | each.pickles}):
        kept = tuple(file for file in snapshot.files if not fnmatchcase(file.path, pattern))
        paths = {file.path for file in kept}
        configs = {path: text for path, text in snapshot.configs.items() if path in paths}
        lacking = replace(snapshot, files=kept, configs=configs)
        if len(kept) == len(snapshot.files) or not any(map(is_weights, paths)):
            continue  # the recording does not name it, or only code is left: `lucid new` refuses it
        with suppress(ChoiceError):  # the chosen model was in that file
            facts = port_facts(lacking, choices)
            asked = {question.id for question in facts.open_questions}
            assert asked & {"engine", "engine_calls", "engine_files"}, pattern
