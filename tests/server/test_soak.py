"""A short run of benchmarks/soak.py."""

from __future__ import annotations

from benchmarks.soak import soak


async def test_sessions_leave_no_descriptor_thread_or_task() -> None:
    measured = await soak(6)
    assert measured["descriptors"] <= 0
    assert measured["threads"] <= 1  # a pool of the encoder may start one more
    assert measured["tasks"] <= 0
