"""Measure Lucid's own cost: `python benchmarks/own_cost.py [SECONDS [REPEATS]]`.

Runs generated engines on tiny random weights, on a GPU if there is one: first in a bare loop of
``step()``, then in ``lucid serve`` with one viewer, in turns, each in a process of its own. The
engine of Self-Forcing needs upstream's code in the folder ``$LUCID_UPSTREAM/Self-Forcing``, and
the packages of that code. A port that cannot run here is left out, and the reason is printed. The
third port publishes noise of 1280x720 from the CPU.

Prints medians over the repeats as JSON:

- ``step_ms``: the wall time of a step in the bare loop.
- ``fps_of_bare``: the frames per second of ``lucid serve``, as a share of those of the bare loop.
  A port that is faster than its declared frame rate waits, which makes this share small.
- ``step_share``: the share of the model's thread's time that its steps have in ``lucid serve``,
  from CPU time on a CPU and wall time on a GPU. The rest is publishing; waits do not count.
- ``publish_cpu_ms``: the CPU time of the model's thread from the end of one step to the start of
  the next one, per frame.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

import numpy as np

import lucid.client
from lucid import LoadContext, LucidModel, LucidSession, publish
from lucid.golden import import_upstream, import_with_changes, tiny_port

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "OWN_COST_FOLDER"
"""The environment variable with the folder of the ports, weights and times of one run."""
WARM_STEPS = 2
"""The first steps of a process, which the figures leave out."""
MIN_STEPS = 4
"""The fewest steps that the figures are made of."""
SIZES = {"helios": (128, 64), "self_forcing": (64, 32)}
"""The width and height of each engine's frames on a CPU. On a GPU they have their real sizes."""
PACKAGES: dict[str, tuple[str, ...]] = {
    "noise": (),
    "helios": ("torch", "diffusers", "transformers"),
    "self_forcing": (
        *("torch", "diffusers", "transformers"),
        *("easydict", "einops", "ftfy", "omegaconf", "regex", "torchvision"),
    ),
}
"""What each port imports that the project does not need."""
COMPILED: dict[str, Callable[[Any], Any]] = {
    "helios": lambda engine: engine._pipe.transformer.compile(mode="reduce-overhead"),
    "self_forcing": lambda engine: engine._pipe.generator.model.compile(
        mode="max-autotune-no-cudagraphs"
    ),
}
"""Compile a network on a GPU: with CUDA graphs, and as the demo of Self-Forcing does."""

Times = list[tuple[float, float, float, float, int]]
"""Of each step: wall and CPU time at its start, both at its end, and its number of frames."""


class NoiseSession(LucidSession["NoiseModel"]):
    """Publishes what the engine makes."""

    async def run(self) -> None:
        """Step and publish until the end."""
        while self.ctx.running:
            await self.ctx.publish("main_video", self.model.engine.step())


class Noise:
    """Makes frames of noise: a step sleeps for 15 ms."""

    def __init__(self) -> None:
        self._frames = np.random.default_rng(0).integers(0, 256, (8, 720, 1280, 3), np.uint8)
        self._steps = 0

    def reset(self) -> None:
        """Do nothing."""

    def step(self) -> np.ndarray:
        """Return the next (720, 1280, 3) frame."""
        time.sleep(0.015)
        self._steps += 1
        frame: np.ndarray = self._frames[self._steps % 8]
        return frame


class NoiseModel(LucidModel):
    """Publishes noise of 1280x720, at most 60 frames per second."""

    name = "noise"
    session_cls = NoiseSession
    outputs = (publish.video(name="main_video", width=1280, height=720, fps=60),)

    def load(self, ctx: LoadContext) -> None:
        """Make the frames."""
        self.engine = Noise()


def model_of(world: str) -> type[LucidModel[Any]]:
    """Return the model class of a port whose engine notes the times of its steps."""
    base: type[LucidModel[Any]] = NoiseModel
    if world != "noise":
        base = _tiny_model(world)

    class Timed(base):  # type: ignore[valid-type,misc]  # a class that is known at run time only
        """Notes the times of the engine's steps."""

        def load(self, ctx: LoadContext) -> None:
            super().load(ctx)
            torch = sys.modules.get("torch")
            if torch is not None and torch.cuda.is_available() and world in COMPILED:
                COMPILED[world](self.engine)
            self._times = (Path(os.environ[FOLDER]) / "times.txt").open("a", buffering=1)
            self.engine.step = partial(_timed, self.engine.step, _sync(torch), self._times)

    return Timed


def _timed(
    step: Callable[..., Any], sync: Callable[[], None], times: TextIO, *arguments: Any
) -> Any:
    """Call ``step``, and write a line with its times."""
    start = time.monotonic(), time.thread_time()
    made = step(*arguments)
    sync()
    count = len(made) if made.ndim == 4 else 1
    times.write(f"{start[0]} {start[1]} {time.monotonic()} {time.thread_time()} {count}\n")
    return made


def _sync(torch: Any) -> Callable[[], None]:
    """Return a function that waits for the GPU, so that a step's time contains its work there."""
    has_gpu = torch is not None and torch.cuda.is_available()
    return torch.cuda.synchronize if has_gpu else lambda: None


def _tiny_model(world: str) -> type[LucidModel[Any]]:
    """Import the port of a kept scaffold, with tiny weights. It stays until the process ends."""
    import torch

    torch.set_num_threads(1)  # so that the CPU time of the model's thread has all of its work
    folder = Path(os.environ[FOLDER])
    port, weights = folder / "port", folder / "weights"
    sys.path.insert(0, str(port))
    size = SIZES[world] if not torch.cuda.is_available() else None
    golden = _golden_test(port, size if world == "self_forcing" else None)
    stack = ExitStack()
    if world == "self_forcing":
        if size:
            stack.enter_context(golden.on_a_cpu())
        checkout = import_upstream(world, modules=("wan", "omegaconf"))
        for name, changes in golden.PATCHES.items():
            import_with_changes(checkout, name, changes)
        import_module("wan.modules.model").flash_attention = golden.attention  # type: ignore[attr-defined]
    if not weights.exists():
        weights.mkdir()
        golden.save_weights(weights)
    changed: dict[str, Any] = {"FPS": 60} | ({"WIDTH": size[0], "HEIGHT": size[1]} if size else {})
    module = stack.enter_context(tiny_port(world, weights, **changed))
    _KEPT.append(stack)
    name = "".join(part.capitalize() for part in world.split("_"))
    model_cls: type[LucidModel[Any]] = getattr(module, f"{name}Model")
    return model_cls


_KEPT: list[ExitStack] = []


def _golden_test(port: Path, size: tuple[int, int] | None) -> ModuleType:
    """Import the port's own comparison with upstream, which saves tiny weights."""
    file = port / "tests" / "test_engine.py"
    if size is not None:
        source, small = file.read_text("utf-8"), "WIDTH, HEIGHT = 32, 16"
        assert small in source
        file = file.with_name("test_engine_sized.py")
        file.write_text(source.replace(small, f"WIDTH, HEIGHT = {size[0]}, {size[1]}"), "utf-8")
    spec = spec_from_file_location("golden_test", file)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- the runs -----------------------------------------------------------------------------------


def prepare(world: str, folder: Path) -> str | None:
    """Put a port into a folder; return why it cannot run on this machine, or None if it can."""
    if missing := [name for name in PACKAGES[world] if find_spec(name) is None]:
        return f"{', '.join(missing)} cannot be imported"
    (folder / "own_port.py").write_text(
        f"from benchmarks.own_cost import model_of\n\nModel = model_of({world!r})\n", "utf-8"
    )
    if world == "noise":
        return None
    shutil.copytree(ROOT / "scaffolds" / world.replace("_", "-"), folder / "port")
    if world == "self_forcing":
        code = Path(os.environ.get("LUCID_UPSTREAM", "nowhere")) / "Self-Forcing"
        if not code.is_dir():
            return "LUCID_UPSTREAM has no Self-Forcing"
        lock = json.loads((folder / "port" / "lucid.lock").read_text("utf-8"))["upstream"]
        checkout = folder / "port" / "upstream" / "Self-Forcing"
        shutil.copytree(code, checkout, ignore=shutil.ignore_patterns(".git"))
        (checkout / ".git").mkdir()
        (checkout / ".git" / "HEAD").write_text(lock["commit"], "utf-8")
    return None


def bare(seconds: float) -> None:
    """Load the engine and step it, in this process."""
    import logging

    sys.path.insert(0, os.environ[FOLDER])
    model = import_module("own_port").Model()
    model.load(LoadContext(logging.getLogger("bench"), lambda stage, fraction: None))
    model.engine.reset()
    end_s = None
    steps = 0
    while end_s is None or time.monotonic() < end_s or steps < WARM_STEPS + MIN_STEPS:
        model.engine.step()
        steps += 1
        if steps == WARM_STEPS:
            end_s = time.monotonic() + seconds


def run_bare(folder: Path, seconds: float) -> Times:
    """Run the bare loop in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.own_cost", "--bare", str(seconds)]
    subprocess.run(command, env=_environment(folder), cwd=ROOT, check=True)
    return _times(folder)


def run_served(folder: Path, seconds: float) -> Times:
    """Run ``lucid serve``, and watch it."""
    command = [sys.executable, "-m", "lucid", "serve", "own_port:Model", "--port", "0"]
    server = subprocess.Popen(
        command, env=_environment(folder), cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        with lucid.client.connect(url, timeout_s=300) as world:
            world.frame(timeout_s=300)
            times = folder / "times.txt"
            end_s, steps = None, 0
            while end_s is None or time.monotonic() < end_s or steps < WARM_STEPS + MIN_STEPS:
                time.sleep(0.1)
                steps = len(times.read_text("utf-8").splitlines())
                if end_s is None and steps >= WARM_STEPS:
                    end_s = time.monotonic() + seconds
    finally:
        server.terminate()
        server.communicate()
    return _times(folder)


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, FOLDER: str(folder), "PYTHONPATH": str(ROOT)}


def _times(folder: Path) -> Times:
    """Read and remove the file of times."""
    file = folder / "times.txt"
    lines = [line.split() for line in file.read_text("utf-8").splitlines()]
    file.unlink()
    rows = [(*map(float, line[:4]), int(line[4])) for line in lines if len(line) == 5]
    return rows[WARM_STEPS:]  # type: ignore[return-value]  # four floats and a number each


def compare(bare_times: Times, served: Times) -> dict[str, float]:
    """Return the figures of one bare run and one run of ``lucid serve``."""
    on_gpu = _has_gpu()

    def steps_s(times: Times) -> float:
        spent = [(end - start, end_cpu - cpu) for start, cpu, end, end_cpu, _ in times]
        return statistics.median(wall if on_gpu else used for wall, used in spent)

    def fps(times: Times) -> float:
        return sum(row[4] for row in times[1:]) / (times[-1][2] - times[0][2])

    published = [(after[1] - before[3], before[4]) for before, after in pairwise(served)]
    publish_s = statistics.median(cpu for cpu, _ in published)
    per_frame_s = statistics.median(cpu / count for cpu, count in published)
    return {
        "step_ms": 1000 * statistics.median(row[2] - row[0] for row in bare_times),
        "fps_of_bare": fps(served) / fps(bare_times),
        "step_share": steps_s(served) / (steps_s(served) + publish_s),
        "publish_cpu_ms": 1000 * per_frame_s,
        "steps": len(served),
    }


def _has_gpu() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["--bare"]:
        bare(float(sys.argv[2]))
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    runs: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as root:
        for world in PACKAGES:
            (folder := Path(root) / world).mkdir()
            if reason := prepare(world, folder):
                print(f"{world} is left out: {reason}", file=sys.stderr)
                continue
            runs[world] = []
        for _ in range(repeats):
            for world, figures in runs.items():
                folder = Path(root) / world
                figures.append(compare(run_bare(folder, seconds), run_served(folder, seconds)))
                print(world, figures[-1], file=sys.stderr)
    medians = {
        world: {name: round(statistics.median(run[name] for run in of), 3) for name in of[0]}
        for world, of in runs.items()
    }
    print(json.dumps(medians, indent=2))


if __name__ == "__main__":
    main()
