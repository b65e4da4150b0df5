"""As fastvideo 0.2.1, entrypoints/streaming_generator.py: what reset and step take and give."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from fastvideo.entrypoints.video_generator import VideoGenerator
from fastvideo.worker.executor import Executor

FIELDS = {"image_path", "height", "width", "mouse_cond", "keyboard_cond", "grid_sizes"}
FIELDS |= {"num_inference_steps", "seed", "output_path"}


class StreamingVideoGenerator(VideoGenerator):
    def __init__(
        self,
        fastvideo_args: Any,
        executor_class: Any,
        log_stats: bool,
        use_queue_mode: bool = True,
    ) -> None:
        super().__init__(fastvideo_args, executor_class, log_stats)
        self.accumulated_frames: list[Any] = []
        self.sampling_param: Any = None
        self.batch: Any = None
        self._use_queue_mode = use_queue_mode

    @classmethod
    def from_fastvideo_args(cls, fastvideo_args: Any) -> Any:  # type: ignore[override] # there too
        return cls(fastvideo_args, Executor.get_class(fastvideo_args), log_stats=False)

    def reset(
        self,
        prompt: str = "A gameplay video of a cyberpunk city",
        image_path: str | None = None,
        num_frames: int = 120,
        **kwargs: Any,
    ) -> None:
        self.accumulated_frames = []
        self.executor.execute_streaming_clear()
        if self.sampling_param is None:
            self.sampling_param = SimpleNamespace(image_path=None)
        assert set(kwargs) <= FIELDS, "received unknown field(s)"
        vars(self.sampling_param).update(kwargs)
        if image_path:
            self.sampling_param.image_path = image_path
        self.sampling_param.num_frames = num_frames
        self.batch = SimpleNamespace(**vars(self.sampling_param))
        if self._use_queue_mode:
            self.executor.submit_reset(self.batch, self.fastvideo_args)
        else:
            self.executor.execute_streaming_reset(self.batch, self.fastvideo_args)

    def step(self, keyboard_cond: Any, mouse_cond: Any) -> tuple[list[Any], None]:
        if self.batch is None:
            raise RuntimeError("Call reset() before step()")
        made = self.executor.execute_streaming_step(
            keyboard_action=keyboard_cond, mouse_action=mouse_cond
        ).output
        if made is None:
            return [], None
        pictures = made[0].permute(1, 2, 3, 0)
        frames = [(picture * 255).cpu().numpy().astype(np.uint8) for picture in pictures]
        self.accumulated_frames.extend(frames)
        return frames, None
