"""What a server keeps of a session, and where it stops."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lucid import InputFile, manifest
from lucid.capsule.port import PortFolder
from lucid.runtime import journal
from lucid.runtime.journal import Journal
from lucid.runtime.messages import Frame, InputApplied, Snapshot
from lucid.server import capsules
from lucid.server.capsules import KeptFrames, capsule_of
from tests.ports import EverythingModel
from tests.waits import until

MANIFEST = manifest(EverythingModel)


def applied(step: int, dx: float = 1.0) -> InputApplied:
    return InputApplied("id", step, 0, "look", {"dx": dx, "dy": 0.0})


def frame(index: int, pixels: np.ndarray | None = None) -> Frame:
    grey = np.full((48, 64, 3), index % 256, np.uint8) if pixels is None else pixels
    return Frame("id", "main_video", index, 0.0, 0, 1.0, grey)


@pytest.mark.parametrize("limit", ["MAX_INPUTS", "MAX_INPUT_CHARACTERS", "MAX_FILE_BYTES"])
async def test_a_full_journal_ends_the_capsule_where_it_is_still_whole(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        journal, limit, {"MAX_INPUTS": 3, "MAX_INPUT_CHARACTERS": 300}.get(limit, 9)
    )
    notes = Journal()
    kept = KeptFrames(MANIFEST, notes)
    notes.restart(7)
    for step in range(10):
        notes.keep([InputFile("", "a", "", 4, f"{step // 2:064}", b"1234"), "text"])
        notes.add(applied(step))
        kept.frame(frame(step))
    capsule = capsule_of(notes, kept, MANIFEST, PortFolder())
    assert [line.step for line in capsule.inputs] == list(range(capsule.head.frames))
    assert 0 < capsule.head.frames < 10
    assert capsule.head.rng_seed == 7
    notes.restart(8)  # the session starts anew
    notes.add(applied(0))
    kept.frame(frame(0))
    capsule = capsule_of(notes, kept, MANIFEST, PortFolder())
    assert (len(capsule.inputs), capsule.head.frames) == (
        (0, 0) if limit == "MAX_FILE_BYTES" else (1, 1)
    )


async def test_half_of_the_frames_go_when_they_take_too_much_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng, notes = np.random.default_rng(0), Journal()
    kept = KeptFrames(MANIFEST, notes)
    monkeypatch.setattr(capsules, "MAX_FRAME_BYTES", 50_000)  # five pictures of noise
    for index in range(300):
        kept.frame(frame(index, rng.integers(0, 256, (48, 64, 3), np.uint8)))
        await until(lambda: not kept.busy)
    capsule = capsule_of(notes, kept, MANIFEST, PortFolder())
    indices = list(capsule.frames)
    assert 2 < len(indices) <= 5
    assert len({b - a for a, b in pairwise(indices)}) == 1
    assert indices[0] == 0
    kept.frame(frame(0))  # the session starts anew
    await until(lambda: not kept.busy)
    assert list(capsule_of(notes, kept, MANIFEST, PortFolder()).frames) == [0]


def test_snapshots_are_bounded_and_rarer_with_age() -> None:
    notes, fps = Journal(), 30
    notes.restart(7)
    for step in range(0, 600 * fps, fps // 4):
        notes.add(applied(step))
        frames = {"main_video": step}
        notes.add_snapshot(Snapshot(bytes(700_000), step, frames, {}, ()))
    kept = [one.snapshot.frame for one in notes.snapshots.kept]
    assert 40 < len(kept) <= 2**25 / 700_000
    newest = kept[-1]
    for ago_s, gap_s in ((1, 0.6), (10, 0.6), (60, 30), (400, 150)):
        frame = newest - ago_s * fps
        start = notes.snapshots.before(frame)
        assert start is not None and frame - start.snapshot.frame <= gap_s * fps
        script = notes.script(frame, start)
        assert script.inputs[0].step > start.snapshot.steps
        assert (script.hidden, script.frames) == (frame, frame + 1)
    start = notes.snapshots.before(newest // 2)
    assert start is not None
    notes.go_on_from(notes, start)
    assert notes.inputs[-1].step == start.snapshot.steps
    assert notes.snapshots.kept[-1] == start
    notes.restart(8)
    assert notes.snapshots.before(newest) is None
