"""What is kept of the last seconds."""

from __future__ import annotations

from av import Packet

from lucid.media.video import EncodedFrame
from lucid.runtime.messages import FrameInfo
from lucid.server.broadcast import Past

INFO = FrameInfo("s", "main", index=0, due_s=0.0, input_seq=0, inference_ms=1.0)


def test_the_last_30_s_are_kept_from_a_keyframe_on_and_keyframes_are_asked_for() -> None:
    past, wants = Past(), True
    for tick in range(0, 60 * 30):
        packet = Packet(b"frame")
        packet.pts, packet.is_keyframe = tick * 3_000, wants
        wants = past.put(EncodedFrame(packet, INFO, True, 1.0))
    first, last = past.frames[0].packet, past.frames[-1].packet
    assert first.is_keyframe
    assert 30 <= ((last.pts or 0) - (first.pts or 0)) / 90_000 <= 41
    keyframes = [frame.packet.pts for frame in past.frames if frame.packet.is_keyframe]
    assert len(keyframes) == 4


def test_nothing_is_kept_before_the_first_keyframe() -> None:
    past, packet = Past(), Packet(b"frame")
    packet.pts = 0
    assert past.put(EncodedFrame(packet, INFO, True, 1.0))
    assert not past.frames
