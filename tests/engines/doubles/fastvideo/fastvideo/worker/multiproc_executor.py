"""As fastvideo 0.2.1, worker/multiproc_executor.py: calls to the pipeline's process."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image

from fastvideo.worker.executor import Executor


class MultiprocExecutor(Executor):
    calls: ClassVar[list[dict[str, Any]]] = []

    def _init_executor(self) -> None:
        self._streaming_enabled = False
        self._batch: Any = None

    def execute_streaming_clear(self) -> None:
        # The worker listens to its queue only, once that is on: it never answers the pipe.
        assert not self._streaming_enabled, "waits forever"
        self._batch = None

    def submit_reset(self, forward_batch: Any, fastvideo_args: Any) -> None:
        self._streaming_enabled = True
        self.execute_streaming_reset(forward_batch, fastvideo_args)

    def execute_streaming_reset(self, forward_batch: Any, fastvideo_args: Any) -> None:
        """The pipeline's stages before denoising."""
        batch = forward_batch
        latents = (batch.num_frames - 1) // 4 + 1
        assert latents % 3 == 0, "num_frames must be divisible by num_frame_per_block"
        for cond, size in ((batch.mouse_cond, 2), (batch.keyboard_cond, None)):
            assert cond.dim() == 3 and cond.shape[-1] == (size or cond.shape[-1])
            assert cond.shape[1] >= batch.num_frames, "the last blocks would have no action"
        assert batch.grid_sizes.tolist() == [latents, batch.height // 8, batch.width // 8]
        seed = Image.open(batch.image_path).resize((batch.width, batch.height))
        self._batch, self._latents, self._start = batch, latents, 0
        self._picture = torch.from_numpy(np.array(seed)).permute(2, 0, 1).float() / 255
        self.calls.append({"reset": batch.image_path, "colour": int(np.array(seed)[0, 0, 0])})

    def execute_streaming_step(self, keyboard_action: Any, mouse_action: Any) -> Any:
        assert self._batch is not None, "Streaming not initialized! Call streaming_reset first."
        batch = self._batch
        if self._start >= self._latents:
            return SimpleNamespace(output=None)
        first = 0 if self._start == 0 else 1 + 4 * (self._start - 1)
        count = keyboard_action.shape[1]
        batch.keyboard_cond[:, first : first + count] = keyboard_action
        batch.mouse_cond[:, first : first + count] = mouse_action
        self._start += 3
        seen = 1 + 4 * (self._start - 1)
        self.calls.append(
            {
                "keyboard": batch.keyboard_cond[0, :seen].tolist(),
                "mouse": batch.mouse_cond[0, :seen].tolist(),
            }
        )
        steered = batch.keyboard_cond[0, first:seen].mean() / 4
        frames = (self._picture + steered).clamp(0, 1)[None, :, None]
        return SimpleNamespace(output=frames.repeat(1, 1, seen - first, 1, 1))

    def shutdown(self) -> None:
        """Nothing runs."""
