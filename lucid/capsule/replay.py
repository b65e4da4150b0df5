"""Play a capsule again, each input at the step at which it was applied."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from lucid.authoring.pictures import decode
from lucid.capsule.schema import Capsule, PlayedInput
from lucid.errors import CapsuleError, InputError, UploadError
from lucid.media.i420 import to_i420, to_rgb
from lucid.media.measures import psnr_db
from lucid.runtime.stepped_port import Send, Stepped, SteppedPort, SteppedSession

WANTED_DB = 40.0
"""How alike the frames of a deterministic port are at least, on the machine that played them."""


def replay(capsule: Capsule, port: SteppedPort) -> Iterator[np.ndarray]:
    """Yield the frames of the first video output, (H, W, 3) uint8 RGB, in order.

    Raises:
        CapsuleError: the port refuses an input, or its session is over too early.
        SessionError: the port raised.
        ModelProcessError: the process died or hung.
    """
    left = capsule.head.frames
    for _, stepped in steps(capsule, port):
        frames = stepped.frames.get(port.video.name, [])[:left]
        yield from frames
        left -= len(frames)
        if not left:
            return
    raise CapsuleError(
        f"the port's run() returned after {capsule.head.frames - left} of "
        f"{capsule.head.frames} frames",
        hint="it is not the port that was played, or it needs more than its inputs",
    )


def steps(capsule: Capsule, port: SteppedPort) -> Iterator[tuple[list[PlayedInput], Stepped]]:
    """Yield the inputs and the outputs of each step, until the port's ``run()`` returns.

    Raises what ``replay`` raises.
    """
    by_step: dict[int, list[PlayedInput]] = {}
    for line in capsule.inputs:
        by_step.setdefault(line.step, []).append(line)
    session = port.session()
    for step in itertools.count():
        lines = by_step.get(step, [])
        stepped = _step(session, capsule, step, lines)
        yield lines, stepped
        if stepped.over:
            return


def _step(
    session: SteppedSession, capsule: Capsule, step: int, lines: Sequence[PlayedInput]
) -> Stepped:
    later: dict[int, list[Send]] = {}
    for line in lines:
        later.setdefault(line.after, []).append((line.name, capsule.arguments(line)))
    sends = later.pop(0, [])
    try:
        if step == 0:
            return session.begin(sends, capsule.head.rng_seed, later)
        return session.step(sends, later)
    except InputError as error:
        raise CapsuleError(f"at step {step}: {error.message}", hint=error.hint) from None


class Comparison:
    """Compares the frames of a replay with the saved ones."""

    def __init__(self, capsule: Capsule) -> None:
        self._saved = capsule.frames
        self._from_i420 = capsule.head.from_i420
        self.compared = 0
        self.equal = 0
        """How many frames are equal bit for bit."""
        self.lowest_db, self.worst = float("inf"), 0
        """The lowest peak signal-to-noise ratio, and the index of its frame."""

    def add(self, index: int, frame: np.ndarray) -> None:
        """Compare a frame, (H, W, 3) uint8 RGB, if one with its index was saved.

        Raises:
            CapsuleError: the saved one cannot be read, or has another size.
        """
        if index not in self._saved:
            return
        try:
            saved = np.asarray(decode(f"frames/{index:08}.png", self._saved[index]))
        except UploadError as error:
            raise CapsuleError(error.message, hint="ask for the .lucid file again") from None
        if saved.shape != frame.shape:
            raise CapsuleError(
                f"the saved frame {index} is {_size(saved)} pixels large, and the port's frame "
                f"{_size(frame)}",
                hint="it is not the port that was played",
            )
        if self._from_i420:
            frame = to_rgb(to_i420(frame))
        self.compared += 1
        self.equal += np.array_equal(saved, frame)
        if (found_db := psnr_db(saved, frame)) < self.lowest_db:
            self.lowest_db, self.worst = found_db, index


def _size(frame: np.ndarray) -> str:
    height, width = frame.shape[:2]
    return f"{width}x{height}"
