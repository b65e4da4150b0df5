"""Frames with wrong values are reported once, in the log and to the player."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from lucid import LucidModel, LucidSession, publish
from lucid.authoring.outputs import PixelRange
from lucid.runtime.samples import CHECK_EVERY, MAX_OUTSIDE
from lucid.runtime.states import SessionState
from tests.runtime.workers import hosting, joined

FRAMES = CHECK_EVERY * MAX_OUTSIDE
RANDOM = np.random.default_rng(0).random((16, 16, 3), np.float32)


def port(pixel_range: PixelRange, frame: Any) -> type[LucidModel[Any]]:
    class Session(LucidSession[Any]):
        async def run(self) -> None:
            while self.ctx.running:
                await self.ctx.publish("v", frame)

    class Model(LucidModel):
        name = "m"
        session_cls = Session
        outputs = (publish.video(name="v", width=16, height=16, fps=240, pixel_range=pixel_range),)

        def create_session(self, ctx: Any) -> Session:
            return Session(self, ctx)

    return Model


def speckled(value: float) -> np.ndarray:
    frame = RANDOM.copy()
    frame[3, 4, 1] = value
    return frame


async def errors(pixel_range: PixelRange, frame: Any) -> list[tuple[str, str | None]]:
    """Return the errors that a player gets up to the third check."""
    async with hosting("thread", port(pixel_range, frame)) as host:
        player = await joined(host)
        await player.next_frames(FRAMES)
        assert player.state is SessionState.RUNNING
        return [(notice.error.message, notice.error.hint) for notice in player.errors]


@pytest.mark.parametrize(
    ("pixel_range", "frame", "said", "hint"),
    [
        ("[0,1]", np.full((16, 16, 3), np.nan, np.float32), "v contains NaN", "bfloat16"),
        ("[-1,1]", speckled(np.nan).astype(np.float16), "v contains NaN", "bfloat16"),
        ("[0,1]", np.full((16, 16, 3), np.inf), "v contains infinite values", "bfloat16"),
        ("[0,1]", speckled(-np.inf), "v contains infinite values", "bfloat16"),
        ("[0,1]", RANDOM * 2 - 1, "declared range is [0,1]", 'pixel_range="[-1,1]"'),
        ("[0,1]", RANDOM * 255, "v has values from", "scale the frames"),
        ("[-1,1]", RANDOM * 255, "declared range is [-1,1]", "scale the frames"),
    ],
)
async def test_wrong_values_are_reported_once_and_end_nothing(
    caplog: pytest.LogCaptureFixture,
    pixel_range: PixelRange,
    frame: np.ndarray,
    said: str,
    hint: str,
) -> None:
    with caplog.at_level(logging.WARNING):
        ((message, given),) = await errors(pixel_range, frame)
    assert said in message
    assert hint in (given or "")
    assert caplog.text.count(said) == 1


@pytest.mark.parametrize(
    ("pixel_range", "frame"),
    [
        ("uint8", np.full((16, 16, 3), 255, np.uint8)),
        ("[0,1]", RANDOM * 1.1 - 0.05),
        ("[-1,1]", RANDOM * 2.4 - 1.2),
    ],
)
async def test_declared_values_are_not_reported(pixel_range: PixelRange, frame: np.ndarray) -> None:
    assert await errors(pixel_range, frame) == []


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
async def test_a_tensor_is_checked_too(dtype: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    frame = torch.from_numpy(speckled(np.nan)).to(getattr(torch, dtype)).requires_grad_()
    ((message, _),) = await errors("[0,1]", frame)
    assert message.startswith("v contains NaN")
