"""vLLM-Omni's streaming video: JSON, and one fragmented MP4, over a WebSocket."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Collection, Sequence
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.pictures import as_png
from lucid.remote.link import SocketLink
from lucid.remote.pictures import Batch, Mp4Stream

logger = logging.getLogger(__name__)

MOVE, PITCH, YAW = 0.05, radians(4), radians(6)
"""How far a key moves and turns the camera per frame, as in upstream's own example."""
_EVENTS = ("started_event_ids", "active_event_ids", "completed_event_ids")


class VllmOmni(SocketLink):
    """Keys become a camera's velocity. It says which events each chunk shows."""

    async def open(self, prompt: str, picture: NDArray[np.uint8] | None) -> None:
        """See Link."""
        await self.connect()
        self._video, self._chunk = Mp4Stream(self.engine), 0
        width, height = self.engine.size
        start: dict[str, Any] = {"type": "session.start", "prompt": prompt, "format": "m4s"}
        start |= {"width": width, "height": height, "fps": self.engine.fps}
        if picture is not None:
            data = base64.b64encode(as_png(picture)).decode()
            start["image_reference"] = {"image_url": f"data:image/png;base64,{data}"}
        await self.write(json.dumps(start | dict(self.engine.start)))

    async def send(self, event_id: int, held: Sequence[str], prompt: str | None) -> None:
        """See Link."""
        event = (
            {"multi_modal_data": {"camera": velocity(held)}}
            if prompt is None
            else {"prompt": prompt or " "}
        )
        interaction = {"event_id": str(event_id), "event": event}
        await self.write(json.dumps({"type": "session.interaction", "interaction": interaction}))

    async def receive(self) -> Sequence[Batch] | None:
        """See Link."""
        while (data := await self.read()) is not None:
            message = json.loads(data)
            match message["type"]:
                case "video.chunk_metadata":  # its video is the next message
                    if (video := await self.read()) is None:
                        return None
                    return self._batches(message, video)
                case "session.done":
                    return None
                case "error" if message.get("event_id"):  # the session goes on
                    logger.warning("%s refused an input: %s", self.engine.url, message["message"])
                case "error":
                    raise self.refused(message["message"])
        return None

    def _batches(self, message: dict[str, Any], video: str | bytes) -> list[Batch]:
        if isinstance(video, str):
            raise ValueError("text in place of video")
        events = [int(event) for key in _EVENTS for event in message[key]]
        if message["generation_chunk_index"] is not None:  # else it is the end of the last chunk
            self._chunk = message["generation_chunk_index"]
        newest = max(events, default=None)
        return self._video.read(video, self._chunk, newest, message["num_frames"])


def velocity(held: Collection[str]) -> dict[str, Any]:
    """Return the camera's change per frame: +x right, +y up, +z forward, and a quaternion."""

    def axis(plus: str, minus: str) -> int:
        return (plus in held) - (minus in held)

    pitch, yaw = PITCH * axis("i", "k") / 2, YAW * axis("l", "j") / 2
    rotation = [sin(pitch) * cos(yaw), cos(pitch) * sin(yaw), sin(pitch) * sin(yaw)]
    return {
        "mode": "velocity",
        "data": {
            "translation": [MOVE * axis("d", "a"), 0.0, MOVE * axis("w", "s")],
            "rotation": [*rotation, cos(pitch) * cos(yaw)],
        },
    }


link = VllmOmni
