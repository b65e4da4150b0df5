"""The benchmark's world as a reactor-runtime application; run with Python 3.12.

``BENCH_PACED=1``: the model keeps its own pace, so that nothing waits in the runtime's queue.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from reactor_runtime import InputField, InputState, Output, ReactorApp, Video

from peers.world import FPS, World

PACED = os.environ.get("BENCH_PACED") == "1"


class BenchState(InputState):
    number: int = InputField(default=0, description="What the frames name.")


class BenchOutput(Output):
    main_video: Video


class BenchApp(ReactorApp):
    state: BenchState
    fps = FPS

    def load(self, config_path: Path | None) -> None:
        self.world = World()
        self.due_s = 0.0

    def generate(self, input: BenchState) -> BenchOutput:
        if PACED:
            self.due_s = max(self.due_s + 1 / FPS, time.perf_counter() - 1 / FPS)
            time.sleep(max(0.0, self.due_s - time.perf_counter()))
        return BenchOutput(main_video=self.world.frame(input.number))
