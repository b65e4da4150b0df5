"""What goes into a worker and what comes out: plain data, fit to cross a process border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.errors import LucidError

# --- into a session -------------------------------------------------------------------------


@dataclass(frozen=True)
class Input:
    """A player's input; ``seq`` counts up within a session."""

    seq: int
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class Pause:
    """Pause the session."""


@dataclass(frozen=True)
class Resume:
    """Resume the session."""


@dataclass(frozen=True)
class Step:
    """While the session is paused: make one step."""


@dataclass(frozen=True)
class ReleaseAll:
    """Release every held input: the player is gone, or its page lost focus."""


@dataclass(frozen=True)
class Align:
    """Let the frames come so much later, or earlier: in step with the player's display."""

    shift_ms: float


ControlMessage = Input | Pause | Resume | Step | ReleaseAll | Align

# --- out of a worker ------------------------------------------------------------------------


@dataclass(frozen=True)
class ErrorInfo:
    """A LucidError as data."""

    code: str
    message: str
    hint: str | None

    @classmethod
    def of(cls, error: LucidError) -> ErrorInfo:
        """The error's code, message and hint."""
        return cls(error.code, error.message, error.hint)


@dataclass(frozen=True)
class LoadProgress:
    """What ``load`` does, and how much of it is done (0..1, None: unknown)."""

    stage: str
    fraction: float | None


@dataclass(frozen=True)
class Loaded:
    """The model is loaded: sessions can start."""


@dataclass(frozen=True)
class LoadFailed:
    """The model did not load: no session can start."""

    error: ErrorInfo
    final: bool = True
    """False where the worker tries again once the port's files change: players may wait."""


@dataclass(frozen=True)
class Reloading:
    """The port's files changed: the model is loaded again, and what played starts again then."""


@dataclass(frozen=True)
class ManifestChanged:
    """The port was reloaded and declares something else: what players were shown is outdated."""


@dataclass(frozen=True)
class WorkerLost:
    """The model's process died: its sessions are over. The worker starts another one."""

    error: ErrorInfo


@dataclass(frozen=True)
class SessionStarted:
    """The port's run() is about to run."""

    session_id: str


@dataclass(frozen=True)
class SessionPaused:
    """The session is paused, or goes on."""

    session_id: str
    paused: bool


@dataclass(frozen=True)
class InputRefused:
    """An input was not applied; the session goes on."""

    session_id: str
    seq: int
    error: ErrorInfo


@dataclass(frozen=True)
class SessionWarning:
    """Something is wrong with what the session plays, and it goes on."""

    session_id: str
    error: ErrorInfo


@dataclass(frozen=True)
class SessionOver:
    """The port's close() has returned; ``error`` says why, where it was not asked to end."""

    session_id: str
    error: ErrorInfo | None


@dataclass(frozen=True)
class FrameInfo:
    """One frame of a video output, without its picture: keeping it keeps no memory in use."""

    session_id: str
    output: str
    index: int
    """Counts a session's frames of this output from 0."""
    due_s: float
    """When to show it, on the monotonic clock."""
    input_seq: int
    """The last input applied before the step that made it; 0 for none."""
    inference_ms: float


@dataclass(frozen=True)
class Frame(FrameInfo):
    """One frame of a video output."""

    i420: np.ndarray
    """(H * 3 / 2, W) uint8, planar I420 in BT.601 limited range; nobody writes to it."""

    @property
    def info(self) -> FrameInfo:
        """The frame without its picture."""
        return FrameInfo(
            self.session_id,
            self.output,
            self.index,
            self.due_s,
            self.input_seq,
            self.inference_ms,
        )


@dataclass(frozen=True)
class AudioSamples:
    """Samples of an audio output."""

    session_id: str
    output: str
    samples: np.ndarray
    """(N, channels) int16."""


@dataclass(frozen=True)
class Message:
    """One value of a json output (text) or a bytes output."""

    session_id: str
    output: str
    payload: str | bytes
    ts_ms: float | None


SessionEvent = (
    SessionStarted
    | SessionPaused
    | InputRefused
    | SessionWarning
    | SessionOver
    | Frame
    | AudioSamples
    | Message
)
ModelEvent = LoadProgress | Loaded | LoadFailed | Reloading | ManifestChanged | WorkerLost
WorkerEvent = ModelEvent | SessionEvent
