"""FastVideo's streaming server: JSON, and a fragmented MP4 per segment, over a WebSocket."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.pictures import as_png
from lucid.remote.link import SocketLink
from lucid.remote.pictures import MAX_FRAMES, Batch, Mp4Stream

_BUSY = ("session_rejected", "gpu_unavailable")


class FastVideo(SocketLink):
    """Makes a whole segment per prompt. It takes no keys.

    The next segment is asked for when one has arrived, so that it is made while that one plays.
    """

    is_asked = True

    async def open(self, prompt: str, picture: NDArray[np.uint8] | None) -> None:
        """See Link."""
        await self.connect()
        self._prompt, self._event_id = prompt, 0
        init: dict[str, Any] = {"type": "session_init_v2", "stream_mode": "av_fmp4"}
        if picture is not None:
            data = base64.b64encode(as_png(picture)).decode()
            init["initial_image"] = {"mime": "image/png", "name": "start.png", "data": data}
        await self.write(json.dumps(init | dict(self.engine.start)))

    async def send(self, event_id: int, held: Sequence[str], prompt: str | None) -> None:
        """See Link."""
        self._event_id, self._prompt = event_id, prompt or self._prompt

    async def receive(self) -> Sequence[Batch] | None:
        """See Link."""
        batches: list[Batch] = []
        segment, video = 0, Mp4Stream(self.engine)
        while (data := await self.read()) is not None:
            if isinstance(data, bytes):
                batches += video.read(data, segment, self._asked, 0)
                if len(batches) > MAX_FRAMES:
                    raise ValueError(f"a segment of more than {MAX_FRAMES} frames")
                continue
            message = json.loads(data)
            match message["type"]:
                case "ltx2_stream_start":
                    self.engine.check_size(message["width"], message["height"])
                    await self._ask()
                case "media_init":
                    segment = message["segment_idx"]
                case "ltx2_segment_complete":
                    await self._ask()
                    return batches
                case "ltx2_stream_complete" | "session_timeout":
                    return None
                case "error" if message["code"] in _BUSY:
                    raise self.is_busy(message["message"])
                case "error":
                    raise self.refused(message["message"])
        return None

    async def _ask(self) -> None:
        self._asked = self._event_id
        message = {"type": "segment_prompt_source", "prompt": self._prompt, "source": "user"}
        await self.write(json.dumps(message))


link = FastVideo
