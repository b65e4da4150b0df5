"""Send one viewer's video over RTP, with features that aiortc lacks.

aiortc can send an ``av.Packet`` unchanged. But it has no playout-delay extension, handles keyframe
requests only for its own encoders, and does not expose receiver reports. This file uses private
attributes of aiortc's sender; the version is pinned, and tests fail if they change.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from aiortc import MediaStreamTrack, RTCRtpSender
from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    HeaderExtensions,
    HeaderExtensionsMap,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)
from av import Packet

from lucid.media.network import AT_ONCE, BitrateControl, PlayoutControl, PlayoutDelay
from lucid.media.video import EncodedFrame
from lucid.runtime.messages import FrameInfo
from lucid.server.frame_queue import FrameQueue

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

logger = logging.getLogger(__name__)

HEADER_EXTENSIONS["video"].append(RTCRtpHeaderExtensionParameters(id=4, uri=PLAYOUT_DELAY_URI))


class VideoHeader(HeaderExtensionsMap):
    """RTP header extensions of a video packet: mid, send time and playout delay."""

    def __init__(self) -> None:
        super().__init__()
        self.delay = AT_ONCE
        self._ids: dict[str, int] = {}

    def configure(self, parameters: RTCRtpParameters) -> None:
        """Store the negotiated extension ids."""
        super().configure(parameters)
        for extension in parameters.headerExtensions:
            if extension.id < 15:  # the one-byte form has no larger ids, and Chromium uses none
                self._ids[extension.uri] = extension.id

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        """Encode the extensions in the one-byte form of RFC 8285."""
        value = b""
        if values.mid and (mid := self._ids.get(MID_URI)):
            value += bytes([mid << 4 | (len(values.mid) - 1)]) + values.mid.encode()
        if values.abs_send_time is not None and (send_time := self._ids.get(SEND_TIME_URI)):
            value += struct.pack(">L", send_time << 28 | 2 << 24 | values.abs_send_time)
        if playout := self._ids.get(PLAYOUT_DELAY_URI):
            steps = self.delay.min_ms // 10 << 12 | self.delay.max_ms // 10
            value += struct.pack(">L", playout << 28 | 2 << 24 | steps)
        return (0xBEDE if value else 0), value + bytes(-len(value) % 4)


class PacketTrack(MediaStreamTrack):
    """A track that gives encoded frames to a viewer's sender; a slow viewer loses frames."""

    kind = "video"

    def __init__(self, on_sent: Callable[[EncodedFrame[FrameInfo]], None]) -> None:
        super().__init__()
        self.queue = FrameQueue()
        self._on_sent = on_sent
        self._sending: EncodedFrame[FrameInfo] | None = None
        self._arrived = asyncio.Event()

    def put(self, frame: EncodedFrame[FrameInfo]) -> int:
        """Queue a frame; return the number of frames that this viewer lost."""
        lost = self.queue.put(frame)
        self._arrived.set()
        return lost

    async def recv(self) -> Packet[Any]:
        """Wait for the next frame. The sender has then handed the previous one to the socket."""
        if self._sending is not None:
            self._on_sent(self._sending)
            self._sending = None
        while not self.queue:
            self._arrived.clear()
            await self._arrived.wait()
            if self.readyState != "live":
                raise MediaStreamError
        self._sending = self.queue.pop()
        return self._sending.packet

    def stop(self) -> None:
        """End the track and any pending ``recv``."""
        super().stop()
        self.queue.skip()
        self._arrived.set()


class FeedEvents(Protocol):
    """The callbacks of a feed."""

    def on_sent(self, feed: VideoFeed, frame: EncodedFrame[FrameInfo]) -> None:
        """Called when the frame's last packet was handed to the socket."""

    def on_starved(self, feed: VideoFeed) -> None:
        """Called when the viewer needs a keyframe."""

    def on_network(self, feed: VideoFeed) -> None:
        """Called after an RTCP report; ``feed.bitrate_bps`` may have changed."""


class VideoFeed:
    """Sends the frames of one output to one viewer."""

    def __init__(
        self, output: str, start_bps: int, events: FeedEvents, *, with_sound: bool = False
    ) -> None:
        self.output = output
        self.track = PacketTrack(self._sent)
        self._events = events
        self._header = VideoHeader()
        self._bitrate = BitrateControl(start_bps)
        self._playout = PlayoutControl(with_sound=with_sound)
        self._header.delay = self._playout.delay
        self._sender: RTCRtpSender | None = None
        self._sent_bits: deque[tuple[float, int]] = deque()

    def attach_to(self, sender: RTCRtpSender) -> None:
        """Make a sender, which must not have started yet, send this feed."""
        self._sender = sender
        handle = sender._handle_rtcp_packet

        async def handle_both(packet: AnyRtcpPacket) -> None:
            self._on_rtcp(packet)
            await handle(packet)

        for name, value in {
            "_RTCRtpSender__rtp_header_extensions_map": self._header,
            "_handle_rtcp_packet": handle_both,
            "_send_keyframe": lambda: self._events.on_starved(self),
        }.items():
            assert hasattr(sender, name), f"this version of aiortc has no RTCRtpSender.{name}"
            setattr(sender, name, value)

    def put(self, frame: EncodedFrame[FrameInfo]) -> int:
        """Queue a frame; return the number of frames that this viewer lost."""
        starved = self.track.queue.starved
        lost = self.track.put(frame)
        if self.track.queue.starved and not starved:
            self._events.on_starved(self)
        return lost

    @property
    def bitrate_bps(self) -> int:
        """The bitrate that the viewer's network allows."""
        return self._bitrate.bitrate_bps

    @property
    def delay(self) -> PlayoutDelay:
        """How long the browser may delay a frame."""
        return self._header.delay

    @property
    def rtp_timestamp(self) -> int:
        """The RTP timestamp of the last packet."""
        return int(getattr(self._sender, "_RTCRtpSender__rtp_timestamp"))  # noqa: B009 - private

    def _sent(self, frame: EncodedFrame[FrameInfo]) -> None:
        self._sent_bits.append((time.monotonic(), frame.packet.size * 8))
        self._events.on_sent(self, frame)

    def _sent_bps(self) -> float:
        since_s = time.monotonic() - 1
        while self._sent_bits and self._sent_bits[0][0] < since_s:
            self._sent_bits.popleft()
        return sum(bits for _, bits in self._sent_bits)

    def _on_report(self, lost: float, jitter_ms: float) -> None:
        self._bitrate.on_report(lost)
        delay = self._playout.on_report(lost, jitter_ms)
        if delay != self._header.delay:
            self._header.delay = delay
            logger.info(
                "a viewer's network has %.0f %% loss and %.0f ms jitter: playout delay up to %d ms",
                lost * 100,
                jitter_ms,
                delay.max_ms,
            )
        self._events.on_network(self)

    def _on_rtcp(self, packet: AnyRtcpPacket) -> None:
        assert self._sender is not None
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self._sender._ssrc:
                    self._on_report(report.fraction_lost / 256, report.jitter / 90)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            try:
                estimate_bps, ssrcs = unpack_remb_fci(packet.fci)
            except (ValueError, struct.error):  # another message than REMB, or a malformed one
                return
            if self._sender._ssrc in ssrcs:
                self._bitrate.on_estimate(estimate_bps, self._sent_bps())
                self._events.on_network(self)
