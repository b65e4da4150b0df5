"""One viewer's peer connection: takes a session's outputs; a player's is the source of inputs."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSctpTransport,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import SessionDescription, candidate_from_sdp
from av import AudioFrame

from lucid.authoring.manifest import Manifest
from lucid.errors import InputError, ProtocolError
from lucid.media.audio import FRAME_S, AudioBuffer
from lucid.media.codecs import CODECS, Codec, encoder_kind, start_bitrate_bps
from lucid.media.video import EncodedFrame
from lucid.runtime.messages import (
    AudioSamples,
    ControlMessage,
    FrameInfo,
    Input,
    Message,
    ReleaseAll,
)
from lucid.runtime.pacing import MAX_FPS
from lucid.server.broadcast import Broadcast
from lucid.server.metrics import Metrics
from lucid.server.offer import Offer, read_offer
from lucid.server.protocol import output_message, parse_control, receipt_message
from lucid.server.rtp import VideoFeed

MAX_SDP_BYTES = 64 * 1024
MAX_BUFFERED_BYTES = 1024 * 1024
"""Messages to a page that does not read are dropped above this."""
MAX_RECEIPT_BYTES = 16 * 1024
"""Receipts are worth nothing late: they are dropped sooner."""
MAX_INPUTS_TIMED = 256

logger = logging.getLogger(__name__)


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
    """One viewer's peer connection: a session's outputs go out, its messages come in."""

    def __init__(
        self,
        manifest: Manifest,
        broadcast: Broadcast,
        metrics: Metrics,
        *,
        plays: bool,
        on_open: Callable[[], None],
        on_control: Callable[[ControlMessage], None],
        on_refused: Callable[[InputError], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._broadcast = broadcast
        self._metrics = metrics
        self._plays = plays
        self._on_open = on_open
        self._on_control = on_control
        self._on_refused = on_refused
        self._on_lost = on_lost
        self._feeds = {
            o.name: VideoFeed(o.name, start_bitrate_bps(o.width, o.height, o.fps or MAX_FPS), self)
            for o in manifest.outputs
            if o.kind == "video"
        }
        self._sizes = {o.name: (o.width, o.height) for o in manifest.outputs if o.kind == "video"}
        self._codecs: dict[str, Codec] = {}
        self._audios = {
            o.name: BufferedAudioTrack(o.sample_rate_hz, o.channels)
            for o in manifest.outputs
            if o.kind == "audio"
        }
        self._channel: RTCDataChannel | None = None
        self._arrived_s: deque[tuple[int, float]] = deque(maxlen=MAX_INPUTS_TIMED)
        self._lookup: asyncio.Task[None] | None = None
        # No STUN server: the player reaches an address of this machine, and nobody else is told.
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._pc.on("datachannel", self._on_datachannel)
        self._pc.on("connectionstatechange", self._on_connection_state)

    async def answer(self, sdp: str) -> tuple[str, dict[str, str]]:
        """The answer to an offer, and which output each media line (by mid) carries.

        Raises:
            ProtocolError: the offer cannot be used.
        """
        offer = read_offer(sdp)
        if len(offer.sdp) > MAX_SDP_BYTES:
            raise ProtocolError("the offer is too large")
        try:
            lines = self._add_tracks()
            await self._pc.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            self._check_lines()
            if self._pc.sctp is not None:
                _skip_unreadable(self._pc.sctp)
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except ProtocolError:
            raise
        except Exception as error:  # aiortc raises whatever its parser meets
            logger.info("an offer was refused", exc_info=error)
            raise ProtocolError(f"the offer cannot be used: {type(error).__name__}") from error
        answer = self._pc.localDescription.sdp
        self._codecs = _codecs(answer, lines)
        self._broadcast.add(self, list(self._streams()))
        self._lookup = asyncio.create_task(self._add_named(offer))
        return answer, {str(line.mid): name for name, line in lines.items()}

    async def close(self) -> None:
        """End the connection."""
        self._broadcast.remove(self, list(self._streams()))
        for track in (*(feed.track for feed in self._feeds.values()), *self._audios.values()):
            track.stop()
        if self._lookup is not None:
            self._lookup.cancel()
        try:
            await self._pc.close()
        except Exception:  # aiortc's close meets the same half-made state as its parser
            logger.info("closing a peer connection failed", exc_info=True)

    # --- Viewer -----------------------------------------------------------------------------

    def audio(self, samples: AudioSamples) -> None:
        """Play samples."""
        self._audios[samples.output].put(samples)

    def message(self, message: Message) -> None:
        """Pass on a json or bytes sample."""
        if self._takes(MAX_BUFFERED_BYTES):
            assert self._channel is not None
            self._channel.send(output_message(message))

    # --- FeedEvents -------------------------------------------------------------------------

    def on_sent(self, feed: VideoFeed, frame: EncodedFrame[FrameInfo]) -> None:
        """Tell the page of the frame, and measure."""
        if not frame.fresh:
            return
        shown, now_s = frame.source, time.monotonic()
        age_ms = (now_s - shown.due_s) * 1000
        self._metrics.sent(frame.packet.size, age_ms)
        while self._arrived_s and self._arrived_s[0][0] <= shown.input_seq:
            self._metrics.action((now_s - self._arrived_s.popleft()[1]) * 1000)
        if self._takes(MAX_RECEIPT_BYTES):
            assert self._channel is not None
            self._channel.send(receipt_message(shown, feed.rtp_timestamp, age_ms))

    def on_starved(self, feed: VideoFeed) -> None:
        """The browser cannot go on without a keyframe."""
        if codec := self._codecs.get(feed.output):
            self._broadcast.want_keyframe(feed, codec, self._plays)

    def on_network(self, feed: VideoFeed) -> None:
        """The browser reported how its network does."""
        if self._plays and (codec := self._codecs.get(feed.output)):
            self._broadcast.keep_to(feed, codec)

    # --- inside -----------------------------------------------------------------------------

    def _takes(self, limit_bytes: int) -> bool:
        """Whether the page reads its messages."""
        channel = self._channel
        return (
            channel is not None
            and channel.readyState == "open"
            and channel.bufferedAmount <= limit_bytes
        )

    def _streams(self) -> Iterator[tuple[VideoFeed, Codec]]:
        for output, codec in self._codecs.items():
            yield self._feeds[output], codec

    def _add_tracks(self) -> dict[str, RTCRtpTransceiver]:
        """A line for each output, before the offer is read: aiortc takes no preference after it."""
        lines: dict[str, RTCRtpTransceiver] = {}
        for name, feed in self._feeds.items():
            line = self._pc.addTransceiver(feed.track, direction="sendonly")
            line.setCodecPreferences(_preferences(*self._sizes[name]))
            feed.hang_into(line.sender)
            lines[name] = line
        for name, track in self._audios.items():
            lines[name] = self._pc.addTransceiver(track, direction="sendonly")
        return lines

    async def _add_named(self, offer: Offer) -> None:
        """Try the browser's mDNS names too, for a firewall that only lets answers in."""
        candidates = []
        for index, text in offer.named:
            candidate = candidate_from_sdp(text)
            candidate.sdpMLineIndex = index
            candidates.append(self._pc.addIceCandidate(candidate))
        for outcome in await asyncio.gather(*candidates, return_exceptions=True):
            if isinstance(outcome, Exception):  # no multicast here, or the connection closed
                logger.info("an mDNS candidate cannot be looked up: %s", outcome)

    def _check_lines(self) -> None:
        """The offer must have as many lines as there are outputs, kind by kind."""
        offered = [line for line in self._pc.getTransceivers() if line.mid is not None]
        for kind, outputs in (("video", len(self._feeds)), ("audio", len(self._audios))):
            count = sum(line.kind == kind for line in offered)
            if count != outputs:
                raise ProtocolError(
                    f"the offer has {count} {kind} lines; the port has {outputs} outputs"
                )

    def _on_datachannel(self, channel: RTCDataChannel) -> None:
        if channel.label != "lucid" or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._on_message)
        if self._plays:
            channel.on("close", lambda: self._on_control(ReleaseAll()))
        self._on_open()

    def _on_message(self, message: str | bytes) -> None:
        try:
            control = parse_control(message)
            self._on_control(control)
        except InputError as error:
            self._on_refused(error)
            return
        if isinstance(control, Input):
            self._arrived_s.append((control.seq, time.monotonic()))

    def _on_connection_state(self) -> None:
        if self._pc.connectionState == "failed":
            self._on_lost()


def _skip_unreadable(sctp: RTCSctpTransport) -> None:
    """Skip messages that aiortc cannot decode, which otherwise end the peer connection."""
    receive = sctp._data_channel_receive

    async def receive_readable(stream_id: int, pp_id: int, data: bytes) -> None:
        try:
            await receive(stream_id, pp_id, data)
        except (ValueError, AssertionError, struct.error) as error:
            logger.info("a message was skipped: %s: %s", type(error).__name__, error)

    sctp._data_channel_receive = receive_readable  # type: ignore[method-assign]  # aiortc has no hook


def _preferences(width: int, height: int) -> list[RTCRtpCodecCapability]:
    """The codecs that open here, the best first."""
    known = RTCRtpSender.getCapabilities("video").codecs
    opened = [codec for codec in CODECS if encoder_kind(codec, width, height)]
    names = [f"video/{codec}" for codec in opened]
    chosen = [codec for name in names for codec in known if codec.mimeType == name]
    return [*chosen, *(codec for codec in known if codec.name.lower() == "rtx")]


def _codecs(answer: str, lines: dict[str, RTCRtpTransceiver]) -> dict[str, Codec]:
    """The codec of each video output: the first that the answer's line for it names."""
    by_mid = {media.rtp.muxId: media for media in SessionDescription.parse(answer).media}
    chosen: dict[str, Codec] = {}
    for name, line in lines.items():
        if line.kind == "video":
            mime_type = by_mid[str(line.mid)].rtp.codecs[0].mimeType
            chosen[name] = next(c for c in CODECS if f"video/{c}".lower() == mime_type.lower())
    return chosen
