"""The protocol's messages as pydantic models.

The server creates and parses messages with them, and docs/protocol.md is generated from them.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from lucid.media.codecs import Codec
from lucid.runtime.states import SessionState

Role = Literal["player", "spectator", "guest"]
MAX_SEQ = 2**53 - 1
"""The largest integer that JavaScript represents exactly."""
MAX_NAME = 200
MAX_SHIFT_MS = 50
MAX_HELD, MAX_CHANGES = 256, 32
_Seq = Annotated[int, Field(ge=1, le=MAX_SEQ)]
_Name = Annotated[str, Field(max_length=MAX_NAME)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def dump(self) -> dict[str, Any]:
        """Return the message as a JSON object."""
        return self.model_dump(mode="json")


class _FromPage(_Message):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Hello(_Message):
    """The first message on every socket, also when a session is resumed. Behind `lucid deploy`, a
    page that waits for a slot gets `queue` first."""

    type: Literal["hello"] = "hello"
    protocol: int
    version: str
    """Version of Lucid."""
    role: Role
    """`spectator` with a watch key, `guest` with a play key."""
    session_id: str
    """Used in uploads and in the routes below; empty for a spectator."""
    resumed: bool
    resume_token: str | None
    """Null if the page is not the player's."""
    watch_key: str | None
    """Null if the page is not the player's."""
    watch_url: str | None
    """Link to watch the session; only for the player."""
    play_url: str | None
    """Link to play the session together; only for the player."""
    may_play: bool
    """Whether this page may also join the queue, which a link to watch does not allow if the server
    has a token."""
    ice_servers: list[dict[str, str]]
    """STUN and TURN servers for the page's peer connection, as `RTCIceServer` objects."""
    manifest: dict[str, Any]


class Queue(_Message):
    """The session waits for other sessions to end."""

    type: Literal["queue"] = "queue"
    position: int
    """1 means that this session is next."""
    wait_s: float | None
    """How long the wait is likely to be, or null if that is not known."""
    watch_key: str | None
    """The key to watch the session that is played, on a second socket; null if there is none."""


class Turn(_Message):
    """Others begin to wait, or nobody waits any more. It is sent only with a turn limit."""

    type: Literal["turn"] = "turn"
    left_s: float | None
    """After this time the session ends with the error `session.turn`. Null: no limit."""


class State(_Message):
    """The session's state changed."""

    type: Literal["state"] = "state"
    state: SessionState


class Guest(_Message):
    """A guest, in `sharing`."""

    number: int
    """Counts the guests of the session from 1."""
    muted: bool


class Sharing(_Message):
    """The player's links and guests, sent after `hello` and whenever they change."""

    type: Literal["sharing"] = "sharing"
    watch_url: str
    play_url: str
    left_s: float
    """After this time, nobody can join with these links. Guests and spectators stay."""
    guests: list[Guest]


class Progress(_Message):
    """Progress of loading the model."""

    type: Literal["progress"] = "progress"
    stage: str
    fraction: float | None
    """0..1, or null if unknown."""
    last_s: float | None
    """How long this stage took last time on this machine, or null if unknown."""


class Answer(_Message):
    """The reply to an offer."""

    type: Literal["answer"] = "answer"
    sdp: str
    tracks: dict[str, str]
    """Output name by `mid`."""


class Connected(_Message):
    """The reply to `connect`: outputs follow on this socket, and inputs are accepted on it."""

    type: Literal["connected"] = "connected"
    codec: Codec
    """The codec of all video outputs."""


class Error(_Message):
    """An error. The session continues, unless state `failed` follows."""

    type: Literal["error"] = "error"
    code: str
    message: str
    hint: str | None
    seq: int | None
    """The `seq` of the refused input; null if the error concerns the session."""


class Gpu(_Message):
    """GPU memory, sent with each ping if the server has an NVIDIA GPU."""

    type: Literal["gpu"] = "gpu"
    used_bytes: int
    total_bytes: int


class Probe(_Message):
    """The first message to `lucid doctor --network`, which connects with `&probe=1`. The server
    answers up to four offers of a data channel, and starts no session."""

    type: Literal["probe"] = "probe"
    version: str
    """Version of Lucid."""
    ice_servers: list[dict[str, str]]
    """As in `hello`."""


class Ping(_Message):
    """Sent every 1 s. A page that is silent for 10 s is disconnected, and its session is kept."""

    type: Literal["ping"] = "ping"


class Offer(_FromPage):
    """Connects the media over WebRTC, in state `ready`, `running` or `paused`. Sent once per
    socket; a page that plays over the socket may send more, to change to WebRTC."""

    type: Literal["offer"] = "offer"
    sdp: str
    """At most 64 KiB, with all candidates. The server reads the first 32 of each transport."""


class Connect(_FromPage):
    """Connects the media over this socket, in the same states. It may follow an offer whose data
    channel did not open, or another `connect`, which it replaces."""

    type: Literal["connect"] = "connect"
    codecs: Annotated[list[Codec], Field(min_length=1, max_length=len(get_args(Codec)))]
    """The codecs that the page decodes, the best first."""
    fallback: bool = False
    """Whether the page asks only because its data channel does not open. If the channel opens
    before the message arrives, the server ignores the message."""


class Got(_FromPage):
    """The page received this video frame and all frames before it, and is ready for more."""

    type: Literal["got"] = "got"
    frame: Annotated[int, Field(ge=0, le=MAX_SEQ)]
    """The number of the frame."""


class Pong(_FromPage):
    """The reply to each ping."""

    type: Literal["pong"] = "pong"


GuestAct = Literal["mute", "unmute", "kick"]


class TreatGuest(_FromPage):
    """The player mutes or kicks a guest. The server refuses the inputs of a muted guest. A kick
    also ends the link to play together."""

    type: Literal["guest"] = "guest"
    number: Annotated[int, Field(ge=1, le=MAX_SEQ)]
    """As in `sharing`."""
    act: GuestAct


class Renew(_FromPage):
    """The player gets new links, and the old ones no longer work."""

    type: Literal["renew"] = "renew"


class InputMessage(_FromPage):
    """A value for an input."""

    type: Literal["input"] = "input"
    seq: _Seq
    """Counts up from 1 in each session."""
    name: _Name
    args: dict[str, Any]
    """Must match the input's `arguments` schema. The message may be nested 16 levels deep."""


class Change(_FromPage):
    """A value for a held input, as in `input`."""

    seq: _Seq
    name: _Name
    args: dict[str, Any]


class Held(_FromPage):
    """The state of all held inputs and all motion so far. The page sends it at each change and
    every 100 ms. Any of these messages may be lost, repeated or late."""

    type: Literal["held"] = "held"
    number: _Seq
    """Counts up. The server ignores a message that is not newer than the last."""
    seq: _Seq
    """The `seq` of the last change or motion, in one series with those of `input`."""
    held: Annotated[dict[str, dict[str, Any]], Field(max_length=MAX_HELD)]
    """The arguments of each held input and axis; all others are released."""
    changes: Annotated[list[Change], Field(max_length=MAX_CHANGES)]
    """The changes of held inputs that the server has not confirmed, at most the last 32. It
    applies each `seq` once."""
    motion: Annotated[dict[str, dict[str, float]], Field(max_length=MAX_HELD)]
    """The sum of each argument of each pointer and wheel input since `hello`. The server applies
    the difference from the last message."""


class Pause(_FromPage):
    """Pause the session."""

    type: Literal["pause"] = "pause"


class Resume(_FromPage):
    """Resume the session."""

    type: Literal["resume"] = "resume"


class Step(_FromPage):
    """Run one step while the session is paused."""

    type: Literal["step"] = "step"


class Align(_FromPage):
    """Shift the frames of the first video output, away from the display's refresh."""

    type: Literal["align"] = "align"
    shift_ms: Annotated[float, Field(ge=-MAX_SHIFT_MS, le=MAX_SHIFT_MS)]
    """Positive is later, negative is earlier; at most 50 ms."""


class Capture(_FromPage):
    """The player's page starts or stops sending its camera or microphone. The server ignores what
    it sends while this is off."""

    type: Literal["capture"] = "capture"
    name: _Name
    """An input with a parameter of format `lucid-capture`."""
    on: bool


class Receipt(_Message):
    """Sent for each video frame, after the frame."""

    type: Literal["receipt"] = "receipt"
    output: str
    rtp: int
    """The frame's RTP timestamp, as `requestVideoFrameCallback` reports it."""
    index: int
    """Counts the frames of this output from 0 in each session."""
    input_seq: int
    """The `seq` of the last input applied before the frame's step; 0 for none."""
    step_ms: float
    """Time of the model for this frame."""
    age_ms: float
    """Time from the frame's due time to the socket."""


class Applied(_Message):
    """The reply to each `held` on `lucid-held`, on the same channel: it may be lost, too."""

    type: Literal["applied"] = "applied"
    seq: int
    """As in `held`. The page need not repeat changes up to this one."""


class Output(_Message):
    """One value of a json output."""

    type: Literal["output"] = "output"
    name: str
    ts_ms: float | None
    value: Any


SignalingMessage = Offer | Connect | Got | Pong | TreatGuest | Renew
ControlMessage = InputMessage | Held | Pause | Resume | Step | Align | Capture

_NOTICES = (Queue, State, Turn, Progress, Error)
FROM_SERVER = (Hello, Sharing, *_NOTICES, Answer, Connected, Gpu, Ping, Probe)
FROM_PAGE = get_args(SignalingMessage)
CONTROL = get_args(ControlMessage)
CHANNEL = (Receipt, Applied, Output)
