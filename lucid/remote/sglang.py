"""SGLang's realtime video, and the fork of it that serves Zing: MessagePack over a WebSocket."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from lucid.authoring.pictures import as_png
from lucid.remote.link import SocketLink
from lucid.remote.pictures import Batch, Mp4Stream, Picture

logger = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
"""How often Zing's gateway wants to hear from a player that presses no key."""


class SGLang(SocketLink):
    """Keys go as a state that the engine holds. It says which event each batch of frames shows."""

    async def open(self, prompt: str, picture: NDArray[np.uint8] | None) -> None:
        """See Link."""
        await self.connect()
        self._video = Mp4Stream(self.engine)
        self._beats = False
        self._beat_s = time.monotonic()
        width, height = self.engine.size
        init = {
            "type": "init",
            "prompt": prompt,
            "size": f"{width}x{height}",
            "fps": self.engine.fps,
            "realtime_output_format": "jpeg",
            "realtime_output_pacing": True,  # else an engine that is fast fills the network
            **({} if picture is None else {"first_frame": as_png(picture)}),
            **self.engine.start,
        }
        await self._write(init)

    async def send(self, event_id: int, held: Sequence[str], prompt: str | None) -> None:
        """See Link."""
        now_ms = round(time.monotonic() * 1000)
        state = {
            "mode": "state",
            "transitions": [{"actions": list(held), "client_ts_ms": now_ms}],
        }
        kind, payload = ("camera_actions", state) if prompt is None else ("prompt", prompt)
        event = {"type": "event", "kind": kind, "payload": payload, "event_id": event_id}
        await self._write(event)

    async def receive(self) -> Sequence[Batch] | None:
        """See Link."""
        media: dict[str, Any] = {}
        while (data := await self.read()) is not None:
            message = unpack(data)
            match message["type"]:
                case "frame_batch":
                    return self._batches(message, message["payload"])
                case "frame_batch_header":  # the payload is the next message, on its own
                    payload = await self.read()
                    return None if payload is None else self._batches(message, payload)
                case "media_batch":  # its payload is one of the next messages
                    media = message
                case "media_payload":
                    return self._video.read(message["payload"], *_label(media), media["num_frames"])
                case "session_ready":
                    self._beats = True
                case "error":
                    self._report(message)
            if self._beats and time.monotonic() - self._beat_s > HEARTBEAT_S:
                self._beat_s = time.monotonic()
                await self._write({"type": "event", "kind": "heartbeat"})
        return None

    def _report(self, message: dict[str, Any]) -> None:
        text = message.get("content") or message.get("reason")
        if text == "invalid event":  # the session goes on
            logger.warning("%s does not take this input", self.engine.url)
        elif "already active" in str(text) or message.get("retry_after_s") is not None:
            raise self.is_busy(text)
        else:
            raise self.refused(text)

    def _batches(self, header: dict[str, Any], payload: Any) -> list[Batch]:
        if not isinstance(payload, bytes):
            raise ValueError("text in place of the payload of a batch")
        return [Batch(*_label(header), _pictures(header, payload))]

    async def _write(self, message: dict[str, Any]) -> None:
        await self.write(msgpack.packb(message))


def _label(header: dict[str, Any]) -> tuple[int, int | None]:
    return header["chunk_index"], header.get("event_id")


def _pictures(header: dict[str, Any], payload: bytes) -> list[Picture]:
    if header.get("encoding", header["content_type"]) == "raw":
        shape = header["num_frames"], header["height"], header["width"], header["channels"]
        return list(np.frombuffer(payload, np.uint8).reshape(shape))
    if not header["content_type"].startswith("image/"):
        raise ValueError(f"pictures as {header['content_type']!r}")
    pictures: list[Picture] = []
    for size in header["payload_lengths"]:
        pictures.append(payload[:size])
        payload = payload[size:]
    if payload or len(pictures) != header["num_frames"]:
        raise ValueError("a batch whose pictures are not as long as its header says")
    return pictures


def unpack(data: str | bytes) -> dict[str, Any]:
    """Return a MessagePack map.

    Raises:
        ValueError: it is something else.
    """
    message = msgpack.unpackb(data) if isinstance(data, bytes) else None
    if not isinstance(message, dict):
        raise ValueError("a message that is no MessagePack map")
    return message


link = SGLang
