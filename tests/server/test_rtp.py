"""What one viewer receives: the header bytes on the wire, and the frames dropped for it."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions
from av import Packet

from lucid.media.network import AT_ONCE, SMOOTH, PlayoutDelay
from lucid.media.video import EncodedFrame
from lucid.runtime.messages import FrameInfo
from lucid.server.frame_queue import MAX_WAITING
from lucid.server.rtp import (
    MID_URI,
    PLAYOUT_DELAY_URI,
    SEND_TIME_URI,
    PacketTrack,
    VideoHeader,
)


@pytest.mark.parametrize(
    ("delay", "steps"),
    [(AT_ONCE, "000000"), (SMOOTH, "000028"), (PlayoutDelay(100, 40_000), "00afa0")],
)
def test_the_header_has_mid_send_time_and_playout_delay(delay: PlayoutDelay, steps: str) -> None:
    header = VideoHeader()
    uris = {3: SEND_TIME_URI, 5: PLAYOUT_DELAY_URI, 9: MID_URI}
    header.configure(
        RTCRtpParameters(
            headerExtensions=[
                RTCRtpHeaderExtensionParameters(id=number, uri=uri) for number, uri in uris.items()
            ]
        )
    )
    header.delay = delay
    profile, value = header.set(HeaderExtensions(mid="12", abs_send_time=0x123456))
    assert profile == 0xBEDE
    assert value == bytes.fromhex(f"913132 32123456 52{steps} 00")


def test_the_header_has_only_what_was_negotiated() -> None:
    header = VideoHeader()
    assert header.set(HeaderExtensions(mid="0", abs_send_time=1)) == (0, b"")


def encoded(index: int, keyframe: bool = False) -> EncodedFrame[FrameInfo]:
    packet = Packet(b"\0\0\0\1\x65")
    packet.is_keyframe = keyframe
    return EncodedFrame(packet, FrameInfo("s", "main", index, 0.0, 0, 1.0), True, 1.0)


async def test_a_new_viewer_gets_nothing_before_a_keyframe() -> None:
    track = PacketTrack(lambda frame: None)
    assert track.put(encoded(0)) == 1
    keyframe = encoded(1, keyframe=True)
    assert track.put(keyframe) == 0
    assert await track.recv() is keyframe.packet


async def test_a_viewer_that_is_too_slow_loses_frames_until_the_next_keyframe() -> None:
    sent: list[int] = []
    track = PacketTrack(lambda frame: sent.append(frame.source.index))
    assert track.put(encoded(0, keyframe=True)) == 0
    assert sum(track.put(encoded(index)) for index in range(1, MAX_WAITING)) == 0
    assert track.put(encoded(MAX_WAITING)) == MAX_WAITING + 1
    assert track.queue.starved
    assert track.put(encoded(MAX_WAITING + 1)) == 1
    last = encoded(MAX_WAITING + 2, keyframe=True)
    assert track.put(last) == 0
    assert await track.recv() is last.packet
    asking = asyncio.ensure_future(track.recv())  # a sender asks after each sent frame
    await asyncio.sleep(0)
    assert sent == [MAX_WAITING + 2]
    track.stop()
    with pytest.raises(MediaStreamError):
        await asking
