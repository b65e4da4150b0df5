"""FlashDreams V2: video over WebRTC, and keys as JSON over its data channel."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from numpy.typing import NDArray

from lucid.remote.link import CONNECT_S, Link
from lucid.remote.pictures import Batch

MAX_ANSWER_BYTES = 1024 * 1024


class FlashDreams(Link):
    """Keys are pressed and released one by one. It does not say which frame shows them."""

    async def open(self, prompt: str, picture: NDArray[np.uint8] | None) -> None:
        """See Link."""
        self._held: set[str] = set()
        self._count = self._event_id = 0
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._controls = self._pc.createDataChannel("controls")
        video = self._pc.addTransceiver("video", direction="recvonly")
        is_open = asyncio.Event()
        self._controls.on("open", is_open.set)
        await self._pc.setLocalDescription(await self._pc.createOffer())
        try:
            async with asyncio.timeout(CONNECT_S):
                answer = await asyncio.to_thread(self._offer)
                await self._pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
                self._track = video.receiver.track
                await is_open.wait()
        except TimeoutError as error:
            raise self.unreachable("no WebRTC connection: UDP may be blocked") from error
        except urllib.error.URLError as error:
            if getattr(error, "code", None) == 409:
                raise self.is_busy(error) from error
            raise self.unreachable(error) from error

    def _offer(self) -> Any:
        offer = {"sdp": self._pc.localDescription.sdp, "type": "offer"}
        request = urllib.request.Request(
            self.engine.url, json.dumps(offer).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=CONNECT_S) as answer:
            return json.loads(answer.read(MAX_ANSWER_BYTES))

    async def send(self, event_id: int, held: Sequence[str], prompt: str | None) -> None:
        """See Link."""
        self._event_id = event_id
        for key in self._held ^ set(held):
            message = {"type": "keyboard", "key": key, "pressed": key in held}
            if self._controls.readyState == "open":
                self._controls.send(json.dumps(message))
        self._held = set(held)

    async def receive(self) -> Sequence[Batch] | None:
        """See Link."""
        try:
            frame = await self.in_time(self._track.recv)
        except MediaStreamError as error:
            raise self.closed("") from error
        assert isinstance(frame, VideoFrame)
        self._count += 1
        return [Batch(self._count, self._event_id, [frame])]

    async def close(self) -> None:
        """See Link."""
        await self._pc.close()


link = FlashDreams
