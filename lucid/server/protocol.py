"""The messages of the wire (docs/protocol.md): signaling WebSocket and data channel."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from lucid.errors import ProtocolError
from lucid.runtime.messages import (
    Align,
    ControlMessage,
    Frame,
    Input,
    LoadProgress,
    Message,
    Pause,
    Resume,
    Step,
)
from lucid.runtime.session import ErrorNotice, Notice, QueueNotice, StateNotice
from lucid.server import wire

PROTOCOL_VERSION = 1
MAX_CONTROL_BYTES = 64 * 1024
"""Largest message on the data channel."""
MAX_SIGNALING_BYTES = 128 * 1024
MAX_SHIFT_MS = 50


def notice_message(notice: Notice) -> dict[str, Any]:
    """A notice as the page gets it."""
    match notice:
        case StateNotice():
            return wire.State(state=notice.state).dump()
        case QueueNotice():
            return wire.Queue(position=notice.position).dump()
        case LoadProgress():
            return wire.Progress(stage=notice.stage, fraction=notice.fraction).dump()
        case ErrorNotice():
            return wire.Error(**asdict(notice.error), seq=notice.seq).dump()


def parse_object(text: str, limit_bytes: int) -> dict[str, Any]:
    """A JSON object with a string ``type``.

    Raises:
        ProtocolError: too large, not JSON, not an object, or without a type.
    """
    if len(text) > limit_bytes:
        raise ProtocolError(f"a message of {len(text):,} characters is too large")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a message is not JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("a message must be a JSON object with a type")
    return message


def parse_control(text: str) -> ControlMessage:
    """A control message from the data channel.

    Raises:
        ProtocolError: it is none.
    """
    message = parse_object(text, MAX_CONTROL_BYTES)
    kind = message["type"]
    if kind == "pause":
        return Pause()
    if kind == "resume":
        return Resume()
    if kind == "step":
        return Step()
    if kind == "align":
        shift_ms: Any = message.get("shift_ms")
        if type(shift_ms) not in (int, float) or not abs(shift_ms) <= MAX_SHIFT_MS:
            raise ProtocolError(f"align needs a shift_ms of at most {MAX_SHIFT_MS} ms")
        return Align(float(shift_ms))
    if kind != "input":
        raise ProtocolError(f"no control message has type {kind[:40]!r}")
    seq, name, args = message.get("seq"), message.get("name"), message.get("args")
    if type(seq) is not int or seq < 1:
        raise ProtocolError("an input needs a seq that counts up from 1")
    if not isinstance(name, str) or not isinstance(args, dict):
        raise ProtocolError("an input needs a name and an object of args")
    if extra := message.keys() - {"type", "seq", "name", "args"}:
        raise ProtocolError(f"an input has no field {min(extra)[:40]!r}")
    return Input(seq, name, args)


def output_message(message: Message) -> str | bytes:
    """A json sample as text; a bytes sample as u8 name length, name, f64 ts_ms or NaN, payload."""
    if isinstance(message.payload, str):
        head = json.dumps({"type": "output", "name": message.output, "ts_ms": message.ts_ms})
        return f'{head[:-1]}, "value": {message.payload}}}'
    name = message.output.encode()
    ts_ms = float("nan") if message.ts_ms is None else message.ts_ms
    return struct.pack(f"<B{len(name)}sd", len(name), name, ts_ms) + message.payload


def receipt_message(frame: Frame, rtp_timestamp: int, age_ms: float) -> str:
    """What the page is told of a frame that was sent."""
    return wire.Receipt(
        output=frame.output,
        rtp=rtp_timestamp,
        index=frame.index,
        input_seq=frame.input_seq,
        step_ms=round(frame.inference_ms, 2),
        age_ms=round(age_ms, 2),
    ).model_dump_json()
