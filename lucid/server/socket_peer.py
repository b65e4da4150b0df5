"""The media connection of one viewer over its WebSocket, if UDP does not reach the page."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from lucid.media.codecs import Codec, encoder_kind
from lucid.media.network import BitrateControl, FramesInFlight
from lucid.media.video import EncodedFrame
from lucid.runtime.messages import AudioSamples, FrameInfo, Message
from lucid.server.broadcast import Broadcast, start_bps
from lucid.server.frame_queue import FrameQueue
from lucid.server.metrics import Metrics
from lucid.server.protocol import audio_packet, bytes_packet, output_message, video_packet
from lucid.server.receipts import Receipts
from lucid.server.webrtc import MAX_BUFFERED_BYTES, BufferedAudioTrack, audio_tracks

MAX_QUEUED_S = 0.25
"""If a frame waits this long in the buffers on the way, no more are sent until it has arrived."""
HIGH_QUEUED_S = 0.1
"""Above this, the bitrate falls."""
REPORT_S = 1.0
"""Interval between two changes of the bitrate."""
LATE, STUCK = 0.2, 0.5
"""The loss ratios that a late and a stuck connection count as."""
JPEG_BITS = 3
"""A JPEG stream needs about this many times the bits of a video codec."""


class SocketFeed:
    """The frames of one output that wait for the socket."""

    def __init__(self, output: str, codec: Codec, start_bps: int, peer: "SocketPeer") -> None:
        self.output = output
        self.codec = codec
        self.queue = FrameQueue()
        self.bitrate = BitrateControl(start_bps)
        self._peer = peer

    def put(self, frame: EncodedFrame[FrameInfo]) -> int:
        """Queue a frame, unless the connection is stuck; return the number of frames lost."""
        return self._peer.put(self, frame)


class SocketPeer:
    """Sends one viewer's outputs over its WebSocket.

    TCP delivers everything, only later: the page acknowledges each frame, and while more than
    ``MAX_QUEUED_S`` of video is on its way, new frames are dropped up to the next keyframe.
    """

    def __init__(
        self,
        broadcast: Broadcast,
        metrics: Metrics,
        codecs: list[Codec],
        *,
        plays: bool,
        send: Callable[[str | bytes], Awaitable[None]],
    ) -> None:
        self._broadcast = broadcast
        self._plays = plays
        self._send = send
        self._receipts = Receipts(metrics)
        self._in_flight = FramesInFlight()
        self._reported_s = time.monotonic()
        self._worst_queued_s = 0.0
        self._frames_sent = 0
        self._messages: deque[str | bytes] = deque()
        self._arrived = asyncio.Event()
        videos = broadcast.manifest.videos
        working = (c for c in codecs if all(encoder_kind(c, o.width, o.height) for o in videos))
        self.codec: Codec = next(working, "JPEG")
        """The codec of all video outputs."""
        factor = JPEG_BITS if self.codec == "JPEG" else 1
        self._feeds = [
            SocketFeed(video.name, self.codec, factor * start_bps(video), self) for video in videos
        ]
        self._audios = audio_tracks(broadcast.manifest)
        self._jobs: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start to send."""
        self._broadcast.add(self, [(feed, feed.codec) for feed in self._feeds])
        sound = [self._read_audio(name, track) for name, track in self._audios.items()]
        self._jobs = [asyncio.create_task(job) for job in (self._run(), *sound)]

    def close(self) -> None:
        """Stop sending."""
        self._broadcast.remove(self, [(feed, feed.codec) for feed in self._feeds])
        for job in self._jobs:
            job.cancel()

    def input_arrived(self, seq: int) -> None:
        """Record that an input of the player arrived, for the action latency."""
        if self._plays:
            self._receipts.arrived(seq)

    def on_got(self, number: int) -> None:
        """Handle the page's acknowledgement of a frame."""
        now_s = time.monotonic()
        self._worst_queued_s = max(self._worst_queued_s, self._in_flight.queued_s(now_s))
        self._in_flight.on_ack(number, now_s)
        if self._plays and now_s - self._reported_s >= REPORT_S:
            self._adapt()
            self._reported_s, self._worst_queued_s = now_s, 0.0

    def put(self, feed: SocketFeed, frame: EncodedFrame[FrameInfo]) -> int:
        """Queue a frame of a feed; return the number of frames lost."""
        if self._in_flight.queued_s(time.monotonic()) > MAX_QUEUED_S:
            self._worst_queued_s = MAX_QUEUED_S
            return feed.queue.skip() + 1
        lost = feed.queue.put(frame)
        if feed.queue.starved:
            self._broadcast.want_keyframe(feed, feed.codec, self._plays)
        self._arrived.set()
        return lost

    # --- Listener ---------------------------------------------------------------------------

    def audio(self, samples: AudioSamples) -> None:
        """Queue audio samples."""
        self._audios[samples.output].put(samples.samples)

    def message(self, message: Message) -> None:
        """Send a json or bytes sample, unless too much is waiting."""
        text = output_message(message)
        self._put(text if isinstance(text, str) else bytes_packet(text))

    # --- private ----------------------------------------------------------------------------

    def _put(self, message: str | bytes) -> None:
        if sum(map(len, self._messages)) <= MAX_BUFFERED_BYTES:
            self._messages.append(message)
            self._arrived.set()

    async def _read_audio(self, output: str, track: BufferedAudioTrack) -> None:
        while True:
            frame = await track.recv()
            self._put(audio_packet(output, frame.to_ndarray().tobytes()))

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._messages:
                await self._send(self._messages.popleft())
            for feed in self._feeds:
                while feed.queue:
                    await self._send_frame(feed)

    async def _send_frame(self, feed: SocketFeed) -> None:
        frame = feed.queue.pop()
        packet, number = frame.packet, self._frames_sent
        assert packet.pts is not None
        rtp = packet.pts & 0xFFFFFFFF
        self._frames_sent += 1
        self._in_flight.on_sent(number, time.monotonic())
        await self._send(video_packet(feed.output, number, rtp, packet.is_keyframe, bytes(packet)))
        if (receipt := self._receipts.sent(frame, rtp)) is not None:
            await self._send(receipt)

    def _adapt(self) -> None:
        """Change the bitrate by the worst delay of the last second."""
        worst_s = self._worst_queued_s
        lost = STUCK if worst_s >= MAX_QUEUED_S else LATE if worst_s > HIGH_QUEUED_S else 0.0
        for feed in self._feeds:
            feed.bitrate.on_report(lost)
            self._broadcast.set_bitrate(feed.output, feed.codec, feed.bitrate.bitrate_bps)
