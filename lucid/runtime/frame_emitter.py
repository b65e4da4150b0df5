"""FrameEmitter: copies frames into memory of the worker, and emits them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from lucid.authoring.outputs import VideoOutput
from lucid.errors import LucidError, SessionFailedError
from lucid.media.i420 import PixelWriter
from lucid.runtime.messages import ErrorInfo, Frame, SessionWarning, WorkerEvent
from lucid.runtime.port_calls import PORT_ERRORS
from lucid.runtime.samples import Extremes, FrameValueCheck

Allocate = Callable[[tuple[int, ...]], np.ndarray | None]
"""Returns memory for uint8 pixels of this shape, or None if none is free."""
Copy = tuple[np.ndarray, Callable[[], None] | None]
"""The memory of a frame, and a function that waits until a GPU has copied its pixels there."""


class FrameEmitter:
    """Checks and emits the frames of one session, on the model's thread."""

    def __init__(
        self,
        videos: Sequence[VideoOutput],
        emit: Callable[[WorkerEvent], None],
        allocate: Allocate,
        fail: Callable[[LucidError], None],
        logger: logging.Logger,
    ) -> None:
        """``fail`` ends the session."""
        self._writers = {output.name: PixelWriter(output) for output in videos}
        self._value_checks = {output.name: FrameValueCheck(output) for output in videos}
        self._emit, self._allocate, self._fail, self._logger = emit, allocate, fail, logger
        self._gpu_copies = ThreadPoolExecutor(1, "lucid-gpu-copies")
        """Waits for copies from a GPU; its thread starts with the first of them."""

    def copy(self, output: str, frame: Any) -> Copy | None:
        """Start to copy a frame; return None if there is no memory for it."""
        writer = self._writers[output]
        pixels = self._allocate(writer.shape_of(frame))
        return None if pixels is None else (pixels, writer.write(frame, pixels))

    def emit(self, event: Frame, frame: Any, wait_for_copy: Callable[[], None] | None) -> None:
        """Emit a frame after its copy is complete."""
        extremes = self._value_checks[event.output].measure(event.index, frame)
        if wait_for_copy is None:
            self._emit_copied(event, extremes)
        else:
            loop = asyncio.get_running_loop()
            self._gpu_copies.submit(self._wait, wait_for_copy, event, extremes, loop)

    def close(self) -> None:
        """End the thread that waits for a GPU."""
        self._gpu_copies.shutdown(wait=False)

    def _wait(
        self,
        wait_for_copy: Callable[[], None],
        event: Frame,
        extremes: Extremes | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        try:
            wait_for_copy()
        except PORT_ERRORS as raised:  # a GPU reports errors of earlier steps here, too
            self._logger.error("a frame could not be copied from the GPU", exc_info=raised)
            error = SessionFailedError(
                f"a frame could not be copied from the GPU: {type(raised).__name__}: {raised}",
                hint="its traceback is in the server's log; play again starts a new session",
            )
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._fail, error)
        else:
            self._emit_copied(event, extremes)

    def _emit_copied(self, event: Frame, extremes: Extremes | None) -> None:
        event.pixels.flags.writeable = False
        self._emit(event)
        if extremes and (error := self._value_checks[event.output].judge(extremes)):
            self._logger.warning("%s", error)
            self._emit(SessionWarning(event.session_id, ErrorInfo.of(error)))
