"""The benchmark's world as a reactor-runtime application; needs Python 3.12.

With ``BENCH_PACED=1``, the model paces itself, so that no frame waits in the runtime's queue.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from reactor_runtime import InputField, InputState, Output, ReactorApp, Video

from peers.world import FPS, World

PACED = os.environ.get("BENCH_PACED") == "1"


class BenchState(InputState):
    number: int = InputField(default=0, description="The number to show in the frames.")


class BenchOutput(Output):
    main_video: Video


class BenchApp(ReactorApp):
    state: BenchState
    if not PACED:  # otherwise the runtime derives the rate from the time of a step
        fps = FPS

    def load(self, config_path: Path | None) -> None:
        self.world = World()
        self.due_s = 0.0

    def generate(self, input: BenchState) -> BenchOutput:
        if PACED:
            self.due_s = max(self.due_s + 1 / FPS, time.perf_counter() - 1 / FPS)
            time.sleep(max(0.0, self.due_s - time.perf_counter()))
        return BenchOutput(main_video=self.world.frame(input.number))
