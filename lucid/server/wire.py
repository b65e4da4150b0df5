"""The messages of the wire, each as a model.

The server makes and parses messages with these models, and docs/protocol.md is generated from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from lucid.runtime.states import SessionState

Role = Literal["player", "spectator", "guest"]
MAX_SEQ = 2**53 - 1
"""The largest integer that a browser counts to."""
MAX_NAME = 200
MAX_SHIFT_MS = 50


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def dump(self) -> dict[str, Any]:
        """Return the message as it is sent."""
        return self.model_dump(mode="json")


class _FromPage(_Message):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Hello(_Message):
    """First, and first again when a lost session is resumed."""

    type: Literal["hello"] = "hello"
    protocol: int
    version: str
    """Lucid's."""
    role: Role
    """`spectator` by a watch key, `guest` by a play key."""
    session_id: str
    """For uploads and the routes below; empty for a spectator."""
    resumed: bool
    resume_token: str | None
    """The player's alone."""
    watch_key: str | None
    """The player's alone, like the links made of it and of the play key."""
    watch_url: str | None
    play_url: str | None
    manifest: dict[str, Any]


class Queue(_Message):
    """While other sessions play."""

    type: Literal["queue"] = "queue"
    position: int
    """1 is next."""


class State(_Message):
    """At every change."""

    type: Literal["state"] = "state"
    state: SessionState


class Progress(_Message):
    """While the model loads."""

    type: Literal["progress"] = "progress"
    stage: str
    fraction: float | None
    """0..1, null where it is not known."""


class Answer(_Message):
    """After an offer."""

    type: Literal["answer"] = "answer"
    sdp: str
    tracks: dict[str, str]
    """Output name by `mid`."""


class Error(_Message):
    """The session lives on, unless `failed` follows."""

    type: Literal["error"] = "error"
    code: str
    message: str
    hint: str | None
    seq: int | None
    """Of the refused input; null is about the session."""


class Gpu(_Message):
    """With each ping, where the server has an NVIDIA GPU."""

    type: Literal["gpu"] = "gpu"
    used_bytes: int
    total_bytes: int


class Ping(_Message):
    """Every 2 s; a page that is silent for 10 s is gone, and its session is kept for a while."""

    type: Literal["ping"] = "ping"


class Offer(_FromPage):
    """Once per socket, in state `ready`, or `running` or `paused` of a session that is joined."""

    type: Literal["offer"] = "offer"
    sdp: str
    """With all candidates, at most 64 KiB. The server reads the first 32 of each transport."""


class Pong(_FromPage):
    """For each ping."""

    type: Literal["pong"] = "pong"


class InputMessage(_FromPage):
    """Something that the player does."""

    type: Literal["input"] = "input"
    seq: Annotated[int, Field(ge=1, le=MAX_SEQ)]
    """Counts up from 1 within a session."""
    name: Annotated[str, Field(max_length=MAX_NAME)]
    args: dict[str, Any]
    """Fits the input's `arguments` schema; the message is nested at most 16 levels deep."""


class Pause(_FromPage):
    """Pause the session."""

    type: Literal["pause"] = "pause"


class Resume(_FromPage):
    """Let it go on."""

    type: Literal["resume"] = "resume"


class Step(_FromPage):
    """While it is paused: make one step."""

    type: Literal["step"] = "step"


class Align(_FromPage):
    """The display misses frames that come too close to its refresh. Shift the frames of the first
    video output."""

    type: Literal["align"] = "align"
    shift_ms: Annotated[float, Field(ge=-MAX_SHIFT_MS, le=MAX_SHIFT_MS)]
    """Later if positive, earlier if negative; at most 50 ms."""


class Receipt(_Message):
    """Of each video frame, once it is sent."""

    type: Literal["receipt"] = "receipt"
    output: str
    rtp: int
    """The RTP timestamp on the wire, as `requestVideoFrameCallback` gives it."""
    index: int
    """Counts the session's frames of this output from 0."""
    input_seq: int
    """The last input applied before the step that made the frame; 0 for none."""
    step_ms: float
    """The model's time for it."""
    age_ms: float
    """From when it was due to the socket."""


class Output(_Message):
    """One value of a json output."""

    type: Literal["output"] = "output"
    name: str
    ts_ms: float | None
    value: Any


SignalingMessage = Offer | Pong
ControlMessage = InputMessage | Pause | Resume | Step | Align

FROM_SERVER = (Hello, Queue, State, Progress, Answer, Error, Gpu, Ping)
FROM_PAGE = get_args(SignalingMessage)
CONTROL = get_args(ControlMessage)
CHANNEL = (Receipt, Output)
