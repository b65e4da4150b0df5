"""The peer connection of one viewer: outputs go to the page, control messages come from it."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import SessionDescription, candidate_from_sdp
from av import AudioFrame, VideoFrame

from lucid.authoring.manifest import Manifest
from lucid.errors import InputError, ProtocolError
from lucid.media.audio import FRAME_S, AudioBuffer
from lucid.media.codecs import CODECS, Codec, encoder_kind
from lucid.media.ice import IceSettings, prepare
from lucid.media.video import EncodedFrame
from lucid.runtime.messages import (
    AudioSamples,
    ControlMessage,
    FrameInfo,
    Input,
    Message,
    ReleaseAll,
)
from lucid.runtime.pacing import SOUND_LEAD_S
from lucid.server.broadcast import Broadcast, start_bps
from lucid.server.captures import Captures
from lucid.server.metrics import Metrics
from lucid.server.offer import Offer, read_offer
from lucid.server.protocol import output_message, parse_control
from lucid.server.receipts import Receipts
from lucid.server.rtp import VideoFeed
from lucid.server.sctp import bound
from lucid.server.wire import Applied, Capture, Held

MAX_SDP_BYTES = 64 * 1024
MAX_BUFFERED_BYTES = 1024 * 1024
"""Messages are dropped while more than this waits in the data channel."""
MAX_SOUND_WAITING_S = 0.07
"""If more sound than this waits when new sound arrives, the oldest sound is dropped."""
MAX_RECEIPT_BYTES = 16 * 1024
"""The same for receipts, which are useless when they are late."""

logger = logging.getLogger(__name__)


class BufferedAudioTrack(MediaStreamTrack):
    """An audio track of published samples, 20 ms per frame, paced by absolute deadlines."""

    kind = "audio"

    def __init__(
        self,
        sample_rate_hz: int,
        channels: int,
        *,
        lead_s: float = SOUND_LEAD_S,
        most_s: float = MAX_SOUND_WAITING_S,
    ) -> None:
        super().__init__()
        self._buffer = AudioBuffer(sample_rate_hz, channels, lead_s, most_s)
        self._due_s: float | None = None

    def put(self, samples: np.ndarray) -> None:
        """Queue samples: (N, channels) int16."""
        self._buffer.put(samples)

    async def recv(self) -> AudioFrame:
        """Wait for the next 20 ms of audio."""
        now_s = time.monotonic()
        self._due_s = now_s if self._due_s is None else self._due_s + FRAME_S
        if self._due_s > now_s:
            await asyncio.sleep(self._due_s - now_s)
        if self.readyState != "live":
            raise MediaStreamError
        return self._buffer.next_frame()


def audio_tracks(manifest: Manifest) -> dict[str, BufferedAudioTrack]:
    """Return a track for each audio output."""
    return {o.name: BufferedAudioTrack(o.sample_rate_hz, o.channels) for o in manifest.audios}


def new_connection() -> RTCPeerConnection:
    """Return a peer connection without aiortc's default, a public STUN server."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


async def answer_channel(
    pc: RTCPeerConnection, sdp: str, ice: IceSettings
) -> tuple[str, list[str]]:
    """Answer an offer of a data channel; also return which servers and ports cannot be used.

    Raises:
        ProtocolError: the offer cannot be used.
    """
    problems: list[str] = []
    try:
        await pc.setRemoteDescription(RTCSessionDescription(read_offer(sdp).sdp, "offer"))
        if pc.sctp is not None:
            bound(pc.sctp, lambda error: logger.info("closed a probe: %s", error.message))
        prepare(pc, ice, problems.append)
        await _gather(pc)
    except Exception as error:  # aiortc's parser raises many types on malformed SDP
        raise _refused(error) from error
    return pc.localDescription.sdp, problems


async def _gather(pc: RTCPeerConnection) -> None:
    """Set the answer, and gather candidates until the end, even if the page leaves meanwhile.

    Sockets that ICE opens belong to the connection, which closes them, only from then on.
    """
    gathering = asyncio.ensure_future(pc.setLocalDescription(await pc.createAnswer()))
    try:
        await asyncio.shield(gathering)
    except asyncio.CancelledError:
        await asyncio.gather(gathering, return_exceptions=True)
        raise


class Peer:
    """The peer connection of one viewer."""

    def __init__(
        self,
        broadcast: Broadcast,
        metrics: Metrics,
        ice: IceSettings,
        *,
        plays: bool,
        captures: Captures | None,
        on_open: Callable[[], None],
        on_control: Callable[[ControlMessage | Capture], None],
        on_held: Callable[[Held], list[int]],
        on_refused: Callable[[InputError], None],
        on_flood: Callable[[ProtocolError], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.ice_problems: list[str] = []
        """Why STUN servers, TURN servers or UDP ports cannot be used, once there is an answer."""
        self._broadcast = broadcast
        self._ice = ice
        self._plays = plays
        self._captures = captures
        self._on_open = on_open
        self._on_control = on_control
        self._on_held = on_held
        self._on_refused = on_refused
        self._on_flood = on_flood
        self._on_lost = on_lost
        manifest = broadcast.manifest
        self._feeds = {
            o.name: VideoFeed(o.name, start_bps(o), self, with_sound=bool(manifest.audios))
            for o in manifest.videos
        }
        self._codecs: dict[str, Codec] = {}
        self._audios = audio_tracks(manifest)
        self._channel: RTCDataChannel | None = None
        self._receipts = Receipts(metrics)
        self._closed = False
        self._jobs: list[asyncio.Task[None]] = []
        self._pc = new_connection()
        self._pc.on("datachannel", self._on_datachannel)
        self._pc.on("connectionstatechange", self._on_connection_state)

    async def answer(self, sdp: str) -> tuple[str, dict[str, str]]:
        """Return the answer to an offer, and the output name of each media line by mid.

        Raises:
            ProtocolError: the offer cannot be used.
        """
        offer = read_offer(sdp)
        if len(offer.sdp) > MAX_SDP_BYTES:
            raise ProtocolError("the offer is too large")
        try:
            lines = self._add_tracks()
            await self._pc.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            captured = self._match_lines(lines)
            if self._pc.sctp is not None:
                bound(self._pc.sctp, self._on_flood)
            prepare(self._pc, self._ice, self._on_ice_problem)
            await _gather(self._pc)
        except ProtocolError:
            raise
        except Exception as error:  # aiortc's parser raises many types on malformed SDP
            raise _refused(error) from error
        answer = self._pc.localDescription.sdp
        self._codecs = _codecs(answer, lines)
        self._broadcast.add(self, list(self._streams()))
        reads = [self._read(*pair) for pair in captured]
        self._jobs = [asyncio.create_task(job) for job in (self._add_named(offer), *reads)]
        return answer, {str(line.mid): name for name, line in lines.items()}

    @property
    def open(self) -> bool:
        """Whether the data channel was opened and the connection not closed."""
        return self._channel is not None and not self._closed

    @property
    def packets(self) -> int:
        """The number of packets that arrived, of media, feedback and data channels."""
        if self._pc.sctp is None:
            return 0
        (statistics,) = self._pc.sctp.transport._get_stats().values()
        return int(statistics.packetsReceived)

    async def close(self) -> None:
        """Close the connection. No callback is called after this."""
        self._closed = True
        self._broadcast.remove(self, list(self._streams()))
        for track in (*(feed.track for feed in self._feeds.values()), *self._audios.values()):
            track.stop()
        for job in self._jobs:
            job.cancel()
        try:
            await self._pc.close()
        except Exception as error:  # after a failed offer, aiortc's state may be incomplete
            logger.debug("closing a peer connection failed", exc_info=error)

    # --- Listener ---------------------------------------------------------------------------

    def audio(self, samples: AudioSamples) -> None:
        """Queue audio samples."""
        self._audios[samples.output].put(samples.samples)

    def message(self, message: Message) -> None:
        """Send a json or bytes sample, unless too much is waiting."""
        self._send(output_message(message), MAX_BUFFERED_BYTES)

    # --- FeedEvents -------------------------------------------------------------------------

    def on_sent(self, feed: VideoFeed, frame: EncodedFrame[FrameInfo]) -> None:
        """Send the frame's receipt and record its metrics."""
        receipt = self._receipts.sent(frame, feed.rtp_timestamp)
        if receipt is not None:
            self._send(receipt, MAX_RECEIPT_BYTES)

    def on_starved(self, feed: VideoFeed) -> None:
        """Request a keyframe from the encoder, once the viewer is connected."""
        if self.open and (codec := self._codecs.get(feed.output)):
            self._broadcast.want_keyframe(feed, codec, self._plays)

    def on_network(self, feed: VideoFeed) -> None:
        """Adapt the encoder's bitrate to the player's network."""
        if self._plays and (codec := self._codecs.get(feed.output)):
            self._broadcast.set_bitrate(feed.output, codec, feed.bitrate_bps)

    # --- private ----------------------------------------------------------------------------

    def _send(self, data: str | bytes, limit_bytes: int) -> None:
        """Send data, unless the channel is not open or more than ``limit_bytes`` wait in it."""
        channel = self._channel
        if channel and channel.readyState == "open" and channel.bufferedAmount <= limit_bytes:
            channel.send(data)

    def _streams(self) -> Iterator[tuple[VideoFeed, Codec]]:
        for output, codec in self._codecs.items():
            yield self._feeds[output], codec

    def _add_tracks(self) -> dict[str, RTCRtpTransceiver]:
        """Add a media line per output. aiortc accepts codec preferences only before the offer."""
        lines: dict[str, RTCRtpTransceiver] = {}
        for video in self._broadcast.manifest.videos:
            feed = self._feeds[video.name]
            line = self._pc.addTransceiver(feed.track, direction="sendonly")
            line.setCodecPreferences(_preferences(video.width, video.height))
            feed.attach_to(line.sender)
            lines[video.name] = line
        for name, track in self._audios.items():
            lines[name] = self._pc.addTransceiver(track, direction="sendonly")
        return lines

    async def _add_named(self, offer: Offer) -> None:
        """Add the browser's mDNS candidates, so that we also send first: a firewall in front of
        the browser may only admit replies."""
        candidates = []
        for index, text in offer.named:
            candidate = candidate_from_sdp(text)
            candidate.sdpMLineIndex = index
            candidates.append(self._pc.addIceCandidate(candidate))
        for outcome in await asyncio.gather(*candidates, return_exceptions=True):
            if isinstance(outcome, Exception):  # multicast is blocked, or the connection closed
                logger.info("the lookup of an mDNS candidate failed: %s", outcome)

    def _on_ice_problem(self, problem: str) -> None:
        logger.warning("%s", problem)
        self.ice_problems.append(problem)

    def _match_lines(
        self, lines: dict[str, RTCRtpTransceiver]
    ) -> list[tuple[str, MediaStreamTrack]]:
        """Check that the offer has one media line per output of each kind, and after them one per
        camera or microphone, or none. Return the track of each camera and microphone by input."""
        captured: list[tuple[str, MediaStreamTrack]] = []
        offered = [line for line in self._pc.getTransceivers() if line.mid is not None]
        for kind, outputs in (("video", len(self._feeds)), ("audio", len(self._audios))):
            given = [line for line in offered if line.kind == kind]
            further = [line for line in given if line not in lines.values()]
            names = self._captures.names(kind) if self._captures else []
            if len(given) - len(further) != outputs or len(further) not in (0, len(names)):
                raise ProtocolError(
                    f"the offer has {len(given)} {kind} lines, but the port has {outputs} {kind} "
                    f"outputs and {len(names)} inputs that take {kind}"
                )
            captured += [
                (name, line.receiver.track) for name, line in zip(names, further, strict=False)
            ]
        return captured

    async def _read(self, name: str, track: MediaStreamTrack) -> None:
        """Pass on what a camera or microphone of the page sends."""
        assert self._captures is not None
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, VideoFrame | AudioFrame)
                self._captures.put_frame(name, frame)

    def _on_datachannel(self, channel: RTCDataChannel) -> None:
        if channel.label == "lucid-held":
            channel.on("message", lambda message: self._on_message(message, channel))
        if channel.label != "lucid" or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._on_message)
        if self._plays:
            channel.on("close", lambda: self._closed or self._on_control(ReleaseAll()))
        for feed, codec in self._streams():
            self._broadcast.want_keyframe(feed, codec, self._plays)
        self._on_open()

    def _on_message(self, message: str | bytes, confirms: RTCDataChannel | None = None) -> None:
        if self._closed:  # it may take a while to close
            return
        try:
            control = parse_control(message)
            if isinstance(control, Held):
                numbers = self._on_held(control)
                if confirms is not None and confirms.readyState == "open":
                    confirms.send(Applied(seq=control.seq).model_dump_json())
            else:
                self._on_control(control)
                numbers = [control.seq] if isinstance(control, Input) else []
        except InputError as error:
            self._on_refused(error)
            return
        if self._plays:  # a guest's numbers are its own
            for number in numbers:
                self._receipts.arrived(number)

    def _on_connection_state(self) -> None:
        if self._pc.connectionState == "failed" and not self._closed:
            self._on_lost()


def _refused(error: Exception) -> ProtocolError:
    logger.info("refused an offer: %s: %.200s", type(error).__name__, ascii(str(error)))
    return ProtocolError(f"the offer cannot be used: {type(error).__name__}")


def _preferences(width: int, height: int) -> list[RTCRtpCodecCapability]:
    """Return the codecs with a working encoder, the best first."""
    known = RTCRtpSender.getCapabilities("video").codecs
    working = [codec for codec in CODECS if encoder_kind(codec, width, height)]
    names = [f"video/{codec}" for codec in working]
    chosen = [codec for name in names for codec in known if codec.mimeType == name]
    return [*chosen, *(codec for codec in known if codec.name.lower() == "rtx")]


def _codecs(answer: str, lines: dict[str, RTCRtpTransceiver]) -> dict[str, Codec]:
    """Return the codec of each video output, which is the first in its line of the answer."""
    by_mid = {media.rtp.muxId: media for media in SessionDescription.parse(answer).media}
    chosen: dict[str, Codec] = {}
    for name, line in lines.items():
        if line.kind == "video":
            mime_type = by_mid[str(line.mid)].rtp.codecs[0].mimeType
            chosen[name] = next(c for c in CODECS if f"video/{c}".lower() == mime_type.lower())
    return chosen
