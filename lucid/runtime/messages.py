"""Messages to a session, and events of a worker, as data that processes can exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lucid.authoring.captures import Captured
from lucid.authoring.files import InputFile
from lucid.errors import InputError, LucidError
from lucid.media.i420 import to_i420

# --- messages to a session ------------------------------------------------------------------


@dataclass(frozen=True)
class Input:
    """A player's input; ``seq`` counts up within a session."""

    seq: int
    name: str
    args: Mapping[str, Any]
    guest: int = 0
    """The number of the guest who sent it, with a ``seq`` of its own; 0 for the player."""


@dataclass(frozen=True)
class Pause:
    """Pause the session."""


@dataclass(frozen=True)
class Resume:
    """Resume the session."""


@dataclass(frozen=True)
class Step:
    """Make one step while the session is paused."""


@dataclass(frozen=True)
class ReleaseAll:
    """Release every held input, since the player left or the page lost focus."""


@dataclass(frozen=True)
class Align:
    """Shift the time of all further frames, to align them with the player's display."""

    shift_ms: float
    """A positive shift makes the frames later."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a session between two steps: the data of its port, and of Lucid."""

    data: bytes
    """The result of ``snapshot()``."""
    steps: int
    """The number of complete steps."""
    frames: Mapping[str, int]
    """The number of published frames of each video output, in the order of the outputs."""
    held: Mapping[str, dict[str, Any]]
    """The arguments of each held input."""
    rngs: tuple[Any, ...]
    """The states of the global random generators."""

    @property
    def frame(self) -> int:
        """The index of the next frame of the first video output."""
        return next(iter(self.frames.values()))


@dataclass(frozen=True)
class Restore:
    """Restore a snapshot at the end of the running step, and play a script from there."""

    snapshot: Snapshot
    inputs: Sequence[InputApplied] = ()
    frames: int = 0
    hidden: int = 0
    """These are as in ``Script``."""


ControlMessage = Input | Pause | Resume | Step | ReleaseAll | Align | Restore

# --- events of a worker ---------------------------------------------------------------------


@dataclass(frozen=True)
class ErrorInfo:
    """A LucidError as data."""

    code: str
    message: str
    hint: str | None

    @classmethod
    def of(cls, error: LucidError) -> ErrorInfo:
        """Return the error's code, message and hint."""
        return cls(error.code, error.message, error.hint)

    def as_error(self) -> LucidError:
        """Return the error, of its own class."""
        known = [LucidError]
        for kind in known:
            known += kind.__subclasses__()
        kind = next((kind for kind in known if kind.code == self.code), LucidError)
        error = kind.__new__(kind)  # some classes make the message from other arguments
        LucidError.__init__(error, self.message, hint=self.hint)
        return error


@dataclass(frozen=True)
class LoadProgress:
    """What ``load`` is doing."""

    stage: str
    fraction: float | None
    """How much of it is done, 0..1; None if unknown."""
    last_s: float | None = None
    """How long this stage took last time on this machine; None if unknown. The host adds it."""


@dataclass(frozen=True)
class Loaded:
    """The model has loaded: sessions can start."""


@dataclass(frozen=True)
class LoadFailed:
    """The model failed to load: no session can start."""

    error: ErrorInfo
    final: bool = True
    """False if the worker tries again when the port's files change. Players can wait for that."""


@dataclass(frozen=True)
class Reloading:
    """The port's files changed: the model loads again, and sessions then start again."""


@dataclass(frozen=True)
class ManifestChanged:
    """The port was reloaded with other declarations, so the manifest of the players is outdated."""


@dataclass(frozen=True)
class WorkerLost:
    """The model process died, and its sessions are over. The worker starts another process."""

    error: ErrorInfo


@dataclass(frozen=True)
class SessionStarted:
    """The port's ``run()`` is about to start."""

    session_id: str
    rng_seed: int | None = None
    """The seed of the global random generators, if they were seeded."""


@dataclass(frozen=True)
class SessionPaused:
    """The session was paused or resumed."""

    session_id: str
    paused: bool


@dataclass(frozen=True)
class InputApplied:
    """The port accepted an input, or a held input was released. See ``SteppedSession.step``."""

    session_id: str
    step: int
    """The number of complete steps. An input that comes while the last frames of a step wait
    belongs to the next step."""
    after: int
    """The number of samples that the port had published in this step."""
    name: str
    args: Mapping[str, Any] | None
    """A file has no data here. None for a camera frame or for sound."""

    @classmethod
    def of(
        cls, session_id: str, place: tuple[int, int], name: str, args: Mapping[str, Any]
    ) -> InputApplied:
        """Return the event for an input; ``place`` is (complete steps, samples in this step)."""
        if any(isinstance(value, Captured) for value in args.values()):
            return cls(session_id, *place, name, None)
        light = {
            parameter: replace(value, data=b"") if isinstance(value, InputFile) else value
            for parameter, value in args.items()
        }
        return cls(session_id, *place, name, light)


@dataclass(frozen=True)
class InputRefused:
    """An input was refused; the session goes on."""

    session_id: str
    seq: int
    error: ErrorInfo
    guest: int = 0
    """``seq`` and ``guest`` are those of the input."""

    @classmethod
    def of(cls, session_id: str, message: Input, error: InputError) -> InputRefused:
        """Return the event for an input and its error."""
        return cls(session_id, message.seq, ErrorInfo.of(error), message.guest)


@dataclass(frozen=True)
class SnapshotTaken:
    """A snapshot was taken, after the inputs that were applied before this event."""

    session_id: str
    snapshot: Snapshot


@dataclass(frozen=True)
class SessionRestored:
    """The session goes on from a snapshot."""

    session_id: str
    done: bool
    """False if the port could not restore it. Its state is then unknown."""


@dataclass(frozen=True)
class SessionWarning:
    """The session's outputs have an error; the session goes on."""

    session_id: str
    error: ErrorInfo


@dataclass(frozen=True)
class SessionOver:
    """The port's ``close()`` has returned."""

    session_id: str
    error: ErrorInfo | None
    """Why the session ended; None if a player or the host ended it."""


@dataclass(frozen=True)
class FrameInfo:
    """A frame of a video output without its picture, so that it holds no shared memory."""

    session_id: str
    output: str
    index: int
    """The frame's number within its session and output, from 0."""
    due_s: float
    """When to show the frame, on the monotonic clock."""
    input_seq: int
    """``seq`` of the last input applied before the frame's step; 0 for none."""
    inference_ms: float


@dataclass(frozen=True)
class Frame(FrameInfo):
    """A frame of a video output."""

    pixels: np.ndarray
    """Read-only uint8: RGB in the layout of the output or, from a GPU, (H * 3 / 2, W) I420."""

    @property
    def i420(self) -> np.ndarray:
        """Convert the pixels to (H * 3 / 2, W) uint8, planar I420 in BT.601 limited range."""
        return to_i420(self.pixels)

    @property
    def info(self) -> FrameInfo:
        """Return the frame without its picture."""
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
    due_s: float
    """When to play the first of them, on the monotonic clock."""


@dataclass(frozen=True)
class Message:
    """A value of a json output (as JSON text) or of a bytes output."""

    session_id: str
    output: str
    payload: str | bytes
    ts_ms: float | None


SessionEvent = (
    SessionStarted
    | SessionPaused
    | InputApplied
    | InputRefused
    | SnapshotTaken
    | SessionRestored
    | SessionWarning
    | SessionOver
    | Frame
    | AudioSamples
    | Message
)
ModelEvent = LoadProgress | Loaded | LoadFailed | Reloading | ManifestChanged | WorkerLost
WorkerEvent = ModelEvent | SessionEvent
