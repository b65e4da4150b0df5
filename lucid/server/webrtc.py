"""One player's peer connection: a viewer of its session and a source of its inputs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import aiortc.codecs.h264
import aiortc.codecs.vpx
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from lucid.authoring.manifest import Manifest
from lucid.errors import ProtocolError
from lucid.media import video
from lucid.media.audio import FRAME_S, AudioBuffer
from lucid.runtime.messages import AudioSamples, ControlMessage, Frame, Message, ReleaseAll
from lucid.server.protocol import output_message, parse_control

MAX_SDP_BYTES = 64 * 1024
MAX_CANDIDATES = 32
MAX_BUFFERED_BYTES = 1024 * 1024
"""Messages to a page that does not read are dropped above this."""

logger = logging.getLogger(__name__)

for _codec in (aiortc.codecs.vpx, aiortc.codecs.h264):  # aiortc's own limits stop at 1.5 Mbit/s
    setattr(_codec, "DEFAULT_BITRATE", video.START_BITRATE_BPS)  # noqa: B010 - not in its stubs
    setattr(_codec, "MIN_BITRATE", video.MIN_BITRATE_BPS)  # noqa: B010
    setattr(_codec, "MAX_BITRATE", video.MAX_BITRATE_BPS)  # noqa: B010


class LatestFrameTrack(MediaStreamTrack):
    """A video track that sends the newest frame; what the encoder is too slow for is dropped."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._frame: Frame | None = None
        self._arrived = asyncio.Event()
        self._start_s: float | None = None

    def put(self, frame: Frame) -> None:
        """Show a frame."""
        self._frame = frame
        self._arrived.set()

    async def recv(self) -> VideoFrame:
        """The newest frame not sent yet."""
        await self._arrived.wait()
        if self.readyState != "live" or self._frame is None:
            raise MediaStreamError
        frame, self._frame = self._frame, None
        self._arrived.clear()
        if self._start_s is None:
            self._start_s = frame.due_s
        return video.video_frame(frame.i420, frame.due_s - self._start_s)

    def stop(self) -> None:
        """End the track, and whoever waits for a frame."""
        super().stop()
        self._arrived.set()


class BufferedAudioTrack(MediaStreamTrack):
    """An audio track that plays what was published, 20 ms at a time, against absolute deadlines."""

    kind = "audio"

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        super().__init__()
        self._buffer = AudioBuffer(sample_rate_hz, channels)
        self._due_s: float | None = None

    def put(self, samples: AudioSamples) -> None:
        """Queue samples."""
        self._buffer.put(samples.samples)

    async def recv(self) -> AudioFrame:
        """The next 20 ms of sound."""
        now_s = time.monotonic()
        self._due_s = now_s if self._due_s is None else self._due_s + FRAME_S
        if self._due_s > now_s:
            await asyncio.sleep(self._due_s - now_s)
        if self.readyState != "live":
            raise MediaStreamError
        return self._buffer.next_frame()


class Peer:
    """Answers one offer; then passes outputs to the page and its messages to ``on_control``."""

    def __init__(
        self,
        manifest: Manifest,
        *,
        on_open: Callable[[], None],
        on_control: Callable[[ControlMessage], None],
        on_error: Callable[[ProtocolError], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._on_open = on_open
        self._on_control = on_control
        self._on_error = on_error
        self._on_lost = on_lost
        self._videos = {o.name: LatestFrameTrack() for o in manifest.outputs if o.kind == "video"}
        self._audios = {
            o.name: BufferedAudioTrack(o.sample_rate_hz, o.channels)
            for o in manifest.outputs
            if o.kind == "audio"
        }
        self._channel: RTCDataChannel | None = None
        # No STUN server: the player reaches an address of this machine, and nobody else is told.
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._pc.on("datachannel", self._on_datachannel)
        self._pc.on("connectionstatechange", self._on_connection_state)

    async def answer(self, sdp: str) -> tuple[str, dict[str, str]]:
        """The answer to an offer, and which output each media line (by mid) carries.

        Raises:
            ProtocolError: the offer cannot be used.
        """
        if len(sdp) > MAX_SDP_BYTES or sdp.count("a=candidate") > MAX_CANDIDATES:
            raise ProtocolError("the offer is too large")
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
            tracks = self._add_tracks()
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except ProtocolError:
            raise
        except Exception as error:  # aiortc raises whatever its parser meets
            logger.info("an offer was refused", exc_info=error)
            raise ProtocolError(f"the offer cannot be used: {type(error).__name__}") from error
        return self._pc.localDescription.sdp, tracks

    async def close(self) -> None:
        """End the connection."""
        for track in (*self._videos.values(), *self._audios.values()):
            track.stop()
        try:
            await self._pc.close()
        except Exception:  # aiortc's close meets the same half-made state as its parser
            logger.info("closing a peer connection failed", exc_info=True)

    # --- Viewer -----------------------------------------------------------------------------

    def frame(self, frame: Frame) -> None:
        """Show a frame."""
        self._videos[frame.output].put(frame)

    def audio(self, samples: AudioSamples) -> None:
        """Play samples."""
        self._audios[samples.output].put(samples)

    def message(self, message: Message) -> None:
        """Pass on a json or bytes sample."""
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return
        if channel.bufferedAmount > MAX_BUFFERED_BYTES:
            return
        channel.send(output_message(message))

    # --- inside -----------------------------------------------------------------------------

    def _add_tracks(self) -> dict[str, str]:
        """Fill the offer's media lines with the outputs, kind by kind in manifest order."""
        mids: dict[str, str] = {}
        for kind, tracks in (("video", self._videos), ("audio", self._audios)):
            lines = [t for t in self._pc.getTransceivers() if t.kind == kind]
            if len(lines) != len(tracks):
                raise ProtocolError(
                    f"the offer has {len(lines)} {kind} lines; the port has {len(tracks)} outputs"
                )
            for line, (name, track) in zip(lines, tracks.items(), strict=True):
                self._pc.addTrack(track)
                mids[str(line.mid)] = name
        return mids

    def _on_datachannel(self, channel: RTCDataChannel) -> None:
        if channel.label != "lucid" or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._on_message)
        channel.on("close", lambda: self._on_control(ReleaseAll()))
        self._on_open()

    def _on_message(self, message: str | bytes) -> None:
        try:
            if isinstance(message, bytes):
                raise ProtocolError("binary messages are not understood")
            self._on_control(parse_control(message))
        except ProtocolError as error:
            self._on_error(error)

    def _on_connection_state(self) -> None:
        if self._pc.connectionState == "failed":
            self._on_lost()
