"""As fastvideo 0.2.1, worker/executor.py: calls to the process that holds the pipeline."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Executor(ABC):
    def __init__(self, fastvideo_args: Any, *, log_queue: Any = None) -> None:
        self.fastvideo_args = fastvideo_args
        self._init_executor()

    @abstractmethod
    def _init_executor(self) -> None:
        raise NotImplementedError

    @staticmethod
    def get_class(fastvideo_args: Any) -> type[Executor]:
        from fastvideo.worker.multiproc_executor import MultiprocExecutor

        assert fastvideo_args.distributed_executor_backend == "mp"
        return MultiprocExecutor
