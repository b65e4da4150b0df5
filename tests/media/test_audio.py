"""Sound that waits for a viewer: without gaps, never late for long, and cut without a click."""

from __future__ import annotations

import numpy as np
import pytest

from lucid.media.audio import FRAME_S, AudioBuffer

RATE_HZ = 48_000
LEAD_S, MOST_S = 0.03, 0.07


def played(blocks: list[tuple[float, np.ndarray]], seconds: float) -> np.ndarray:
    """Return what a viewer hears of blocks that arrive at these times, in seconds."""
    buffer = AudioBuffer(RATE_HZ, 1, LEAD_S, MOST_S)
    heard: list[np.ndarray] = []
    left = list(blocks)
    for tick in range(round(seconds / FRAME_S)):
        while left and left[0][0] <= tick * FRAME_S:
            buffer.put(left.pop(0)[1])
        heard.append(buffer.next_frame().to_ndarray()[0])
    return np.concatenate(heard)


def tone(fps: int, count: int, hz: float = 300.0) -> list[np.ndarray]:
    """Return a steady tone in one block (N, 1) int16 per frame."""
    samples = np.sin(np.arange(count * RATE_HZ // fps) * 2 * np.pi * hz / RATE_HZ) * 20_000
    return np.split(samples.astype(np.int16)[:, None], count)


@pytest.mark.parametrize("fps", [24, 30, 50])
def test_sound_has_no_gap_although_frames_are_late_now_and_then(fps: int) -> None:
    late_s = [0.008 * (index % 3 == 1) for index in range(4 * fps)]
    blocks = [(i / fps + late_s[i], block) for i, block in enumerate(tone(fps, 4 * fps))]
    heard = played(blocks, 3.8).astype(int)
    start = int(np.argmax(np.abs(heard) > 0))
    assert start / RATE_HZ < 2 * LEAD_S
    assert np.abs(np.diff(heard[start:])).max() < 1.1 * 20_000 * 2 * np.pi * 300 / RATE_HZ


def test_a_chunk_is_played_whole_however_long_it_is() -> None:
    chunks = [np.full((RATE_HZ * 3 // 2, 1), value, np.int16) for value in (1000, 2000, 3000)]
    heard = played([(1.5 * index, chunk) for index, chunk in enumerate(chunks)], 4.4)
    assert [int((heard == value).sum()) for value in (1000, 2000)] == [RATE_HZ * 3 // 2] * 2


def test_sound_that_came_in_a_bunch_is_cut_to_stay_with_the_picture_and_does_not_click() -> None:
    blocks = tone(30, 60)
    times_s = [0.5 if index < 15 else index / 30 for index in range(60)]
    heard = played(list(zip(times_s, blocks, strict=True)), 1.8).astype(int)
    after = heard[round(0.7 * RATE_HZ) :]
    assert np.abs(after).max() > 19_000
    assert np.abs(np.diff(after)).max() < 2_000  # a click would jump by up to 40,000
    buffer = AudioBuffer(RATE_HZ, 1, LEAD_S, MOST_S)
    for block in blocks[:15]:
        buffer.put(block)
    waiting = 0
    while np.abs(buffer.next_frame().to_ndarray()).max() > 0:
        waiting += 1
    assert waiting * FRAME_S <= MOST_S + 1 / 30 + FRAME_S
