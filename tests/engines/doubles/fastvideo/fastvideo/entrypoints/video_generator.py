"""As fastvideo 0.2.1, entrypoints/video_generator.py: how a generator is made."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastvideo.worker.executor import Executor


class VideoGenerator:
    def __init__(
        self, fastvideo_args: Any, executor_class: Any, log_stats: bool, *, log_queue: Any = None
    ) -> None:
        self.fastvideo_args = fastvideo_args
        self.executor = executor_class(fastvideo_args, log_queue=log_queue)

    @classmethod
    def from_pretrained(cls, model_path: Any = None, **kwargs: Any) -> Any:
        assert (Path(model_path) / "model_index.json").is_file()
        values = {"model_path": model_path, "distributed_executor_backend": "mp", **kwargs}
        return cls.from_fastvideo_args(SimpleNamespace(**values), log_queue=None)

    @classmethod
    def from_fastvideo_args(cls, fastvideo_args: Any, *, log_queue: Any = None) -> Any:
        assert log_queue is None
        return cls(fastvideo_args, Executor.get_class(fastvideo_args), log_stats=False)
