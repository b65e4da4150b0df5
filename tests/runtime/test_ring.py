"""Frames in shared memory are written once, read in place and never torn."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from lucid import publish
from lucid.authoring.manifest import Manifest, ModelInfo
from lucid.runtime.ring import MAX_BYTES, RingSize, SharedMemory, SlotReader, SlotWriter, attach

SIZE = RingSize(slots=8, slot_bytes=600)
SHAPE = (30, 20)


class Ends:
    """Both ends of a ring in one process. Slots that the reader releases return to the writer."""

    def __init__(self) -> None:
        memory = mmap.mmap(-1, SIZE.total_bytes)
        self.writer = SlotWriter(memory, SIZE)
        self.given_back: list[int] = []
        self.reader = SlotReader(memory, SIZE, self.give_back)

    def give_back(self, slot: int) -> None:
        self.given_back.append(slot)
        self.writer.give_back(slot)

    def send(self, value: int) -> np.ndarray | None:
        array = self.writer.take(SHAPE)
        if array is None:
            return None
        array[:] = value
        sent = self.writer.sent(array)
        assert sent is not None
        return self.reader.picture(*sent)


def test_a_slot_is_written_again_only_when_its_picture_is_released() -> None:
    ends = Ends()
    kept = ends.send(1)
    assert kept is not None
    rows = kept[3:5]
    del kept
    for value in range(2, 40):
        assert ends.send(value) is not None  # each is dropped at once
    assert (rows == 1).all()
    assert len(ends.given_back) == 38
    del rows
    assert len(ends.given_back) == 39


def test_a_reader_that_holds_many_pictures_copies_further_ones() -> None:
    ends = Ends()
    kept = [ends.send(value) for value in range(100)]
    assert [int(picture[0, 0]) for picture in kept if picture is not None] == list(range(100))


def test_a_writer_waits_for_a_slot_for_a_limited_time() -> None:
    writer = SlotWriter(mmap.mmap(-1, SIZE.total_bytes), SIZE)
    taken = [writer.take(SHAPE) for _ in range(SIZE.slots)]
    assert writer.take(SHAPE) is None
    taken.pop()  # not sent, because its frame could not be written
    assert writer.take(SHAPE) is not None


def test_an_array_outside_of_the_memory_is_in_no_slot() -> None:
    assert Ends().writer.sent(np.zeros(SHAPE, np.uint8)) is None


@pytest.mark.parametrize("place", [(8, 30, 20), (-1, 30, 20), (0, 31, 20), (0, 0, 20)])
def test_an_invalid_slot_is_refused(place: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="holds no picture"):
        Ends().reader.picture(*place)


def test_both_mappings_share_the_memory() -> None:
    shared = SharedMemory()
    mine = shared.map(SIZE.total_bytes)
    theirs = attach(shared.handle, SIZE.total_bytes)
    shared.close()
    mine[5:8] = b"abc"
    assert theirs[5:8] == b"abc"


@pytest.mark.parametrize(
    ("width", "height", "max_sessions", "slots"),
    [(64, 48, 1, 8), (64, 48, 2, 16), (1280, 720, 64, 24), (7680, 4320, 1, 4)],
)
def test_the_ring_has_room_for_every_session_within_bounds(
    width: int, height: int, max_sessions: int, slots: int
) -> None:
    size = RingSize.of(
        Manifest(
            model=ModelInfo(name="m", description="", max_sessions=max_sessions),
            inputs=(),
            outputs=(publish.video(name="v", width=width, height=height),),
        )
    )
    assert (size.slots, size.slot_bytes) == (slots, width * height * 3)
    assert size.total_bytes <= MAX_BYTES or size.slots == 4
