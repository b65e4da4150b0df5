"""Parse and create the messages of docs/protocol.md, from and to the runtime's own types."""

import json
import math
import struct
from dataclasses import asdict, astuple
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from lucid._text import without_secrets
from lucid.authoring.definition import problems
from lucid.errors import ProtocolError
from lucid.runtime.messages import (
    Align,
    ControlMessage,
    FrameInfo,
    Input,
    LoadProgress,
    Message,
    Pause,
    Resume,
    Step,
)
from lucid.runtime.session import ErrorNotice, Notice, QueueNotice, StateNotice, TurnNotice
from lucid.server import wire

PROTOCOL_VERSION = 1
MAX_CONTROL_BYTES = 64 * 1024
"""Largest message on the data channel."""
MAX_SIGNALING_BYTES = 128 * 1024
MAX_SAID = 200
"""The longest part of an unknown message's type that its refusal says."""

PageMessage = ControlMessage | wire.Held | wire.Capture
"""What a page sends on the data channels."""

T = TypeVar("T")
_BY_TYPE = Field(discriminator="type")
_PAGE: TypeAdapter[wire.SignalingMessage | wire.ControlMessage] = TypeAdapter(
    Annotated[wire.SignalingMessage | wire.ControlMessage, _BY_TYPE]
)
_CONTROL: TypeAdapter[wire.ControlMessage] = TypeAdapter(Annotated[wire.ControlMessage, _BY_TYPE])
_PLAIN: dict[type[wire.ControlMessage], ControlMessage] = {
    wire.Pause: Pause(),
    wire.Resume: Resume(),
    wire.Step: Step(),
}


def notice_message(notice: Notice, watch_key: str | None = None) -> dict[str, Any]:
    """Return the signaling message of a notice. A waiting page may watch the session of a key."""
    match notice:
        case StateNotice():
            return wire.State(state=notice.state).dump()
        case QueueNotice():
            return wire.Queue(**asdict(notice), watch_key=watch_key).dump()
        case TurnNotice():
            return wire.Turn(left_s=notice.left_s).dump()
        case LoadProgress():
            return wire.Progress(**asdict(notice)).dump()
        case ErrorNotice():
            code, message, hint = astuple(notice.error)
            message = without_secrets(message)  # it may quote an exception of the port
            return wire.Error(code=code, message=message, hint=hint, seq=notice.seq).dump()


def ice_message(problem: str) -> dict[str, Any]:
    """Return the signaling message that WebRTC lacks a STUN or TURN server or a UDP port."""
    return wire.Error(
        code="media.ice",
        message=f"{problem}, so the video comes over TCP",
        hint="run `lucid doctor --network URL` where you play; it says what to change",
        seq=None,
    ).dump()


def parse_page(data: str | bytes) -> wire.SignalingMessage | PageMessage:
    """Parse a message of the page's WebSocket, which also carries control messages over TCP.

    Raises:
        ProtocolError: as for ``parse_control``.
    """
    message = _parse(_PAGE, data, MAX_SIGNALING_BYTES)
    return message if isinstance(message, wire.SignalingMessage) else _control(message)


def parse_control(data: str | bytes) -> PageMessage:
    """Parse a control message of the data channels.

    Raises:
        ProtocolError: the message does not follow the protocol. Its ``seq`` is the one of the
            message, if that is valid.
    """
    return _control(_parse(_CONTROL, data, MAX_CONTROL_BYTES))


def _control(message: wire.ControlMessage) -> PageMessage:
    match message:
        case wire.Held():
            return message
        case wire.InputMessage(seq=seq, name=name, args=args):
            return Input(seq, name, args)
        case wire.Align(shift_ms=shift_ms):
            return Align(shift_ms)
        case wire.Capture():
            return message
        case _:
            return _PLAIN[type(message)]


def parse_captured(data: bytes) -> tuple[str, float, bytes]:
    """Parse what a camera or microphone sent over the page's WebSocket: (input, ts_ms, payload).

    Raises:
        ProtocolError: the message does not follow the protocol.
    """
    try:
        start = 1 + data[0]
        name = data[1:start].decode()
        (ts_ms,) = struct.unpack_from("<d", data, start)
    except (IndexError, UnicodeDecodeError, struct.error):
        raise ProtocolError("a binary message is malformed") from None
    if not math.isfinite(ts_ms):
        raise ProtocolError("the time of a binary message is not a finite number")
    return name, ts_ms, data[start + 8 :]


def timed_packet(name: str, ts_ms: float, payload: bytes) -> bytes:
    """Encode a sample of a bytes output, or what the camera or microphone of an input captured."""
    return _prefixed(name) + struct.pack("<d", ts_ms) + payload


def _prefixed(name: str) -> bytes:
    encoded = name.encode()
    return bytes([len(encoded)]) + encoded


def _parse(messages: TypeAdapter[T], data: str | bytes, limit_bytes: int) -> T:
    value = _read(data, limit_bytes)
    if not isinstance(value, dict) or "type" not in value:
        raise ProtocolError("a message must be a JSON object with a `type`")
    try:
        return messages.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        unknown = first["type"] == "union_tag_invalid"
        said = f"no message has the type {first['ctx']['tag']!r}"[:MAX_SAID] if unknown else ""
        refusal = ProtocolError(said or "; ".join(problems(error)))
    seq = value.get("seq")
    refusal.seq = seq if type(seq) is int and 1 <= seq <= wire.MAX_SEQ else None
    raise refusal


def _read(data: str | bytes, limit_bytes: int) -> Any:
    if isinstance(data, bytes):
        raise ProtocolError("binary messages are not supported")
    try:
        encoded = data.encode()
        if len(encoded) > limit_bytes:
            raise ProtocolError(f"a message of {len(encoded):,} bytes is too large")
        return from_json(encoded)
    except ValueError as error:  # from from_json, or encode() met half of a surrogate pair
        raise ProtocolError(f"a message is not JSON: {error}") from None


def output_message(message: Message) -> str | bytes:
    """Encode a json sample as text, and a bytes sample as docs/protocol.md describes."""
    if isinstance(message.payload, str):
        head = json.dumps({"type": "output", "name": message.output, "ts_ms": message.ts_ms})
        return f'{head[:-1]}, "value": {message.payload}}}'
    ts_ms = math.nan if message.ts_ms is None else message.ts_ms
    return timed_packet(message.output, ts_ms, message.payload)


def bytes_packet(message: bytes) -> bytes:
    """Wrap a bytes output's message for the page's WebSocket."""
    return b"\x00" + message


def video_packet(output: str, number: int, rtp: int, keyframe: bool, data: bytes) -> bytes:
    """Encode a video frame for the page's WebSocket, as docs/protocol.md describes."""
    return b"\x01" + _prefixed(output) + struct.pack("<IIB", number, rtp, keyframe) + data


def audio_packet(output: str, samples: bytes) -> bytes:
    """Encode 16-bit audio samples for the page's WebSocket."""
    return b"\x02" + _prefixed(output) + samples


def receipt_message(frame: FrameInfo, rtp_timestamp: int, age_ms: float) -> str:
    """Return the receipt for a frame that was sent."""
    return wire.Receipt(
        output=frame.output,
        rtp=rtp_timestamp,
        index=frame.index,
        input_seq=frame.input_seq,
        step_ms=round(frame.inference_ms, 2),
        age_ms=round(age_ms, 2),
    ).model_dump_json()
