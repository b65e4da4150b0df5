"""Play a capsule again, each input at the step at which it was applied."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lucid.authoring.pictures import decode
from lucid.capsule.schema import Capsule
from lucid.errors import CapsuleError, InputError
from lucid.media.i420 import to_i420, to_rgb
from lucid.runtime.stepped_port import Send, Stepped, SteppedPort, SteppedSession

WANTED_DB = 40.0
"""How alike the frames of a deterministic port are at least, on the machine that played them."""

Sends = dict[int, list[Send]]
"""Inputs by how many samples the port publishes in their step before they are applied."""


def replay(capsule: Capsule, port: SteppedPort) -> Iterator[np.ndarray]:
    """Yield the frames of the first video output, (H, W, 3) uint8 RGB, in order.

    Raises:
        CapsuleError: the port refuses an input, or its session is over too early.
        SessionError: the port raised.
        ModelProcessError: the process died or hung.
    """
    steps, session, shown, step = _by_step(capsule), port.session(), 0, 0
    while shown < capsule.head.frames:
        stepped = _step(session, capsule, step, steps.get(step, {}))
        frames = stepped.frames.get(port.video.name, [])[: capsule.head.frames - shown]
        yield from frames
        shown += len(frames)
        step += 1
        if stepped.over and shown < capsule.head.frames:
            raise CapsuleError(
                f"the port's run() returned after {shown} of {capsule.head.frames} frames",
                hint="it is not the port that was played, or it needs more than its inputs",
            )


def _step(session: SteppedSession, capsule: Capsule, step: int, sends: Sends) -> Stepped:
    later = {after: some for after, some in sends.items() if after}
    try:
        if step == 0:
            return session.begin(sends.get(0, []), capsule.head.rng_seed, later)
        return session.step(sends.get(0, []), later)
    except InputError as error:
        raise CapsuleError(f"at step {step}: {error.message}", hint=error.hint) from None


def _by_step(capsule: Capsule) -> dict[int, Sends]:
    steps: dict[int, Sends] = {}
    for line in capsule.inputs:
        sends = steps.setdefault(line.step, {}).setdefault(line.after, [])
        sends.append((line.name, capsule.arguments(line)))
    return steps


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
            UploadError: the saved one cannot be read.
            CapsuleError: it has another size.
        """
        if index not in self._saved:
            return
        saved = np.asarray(decode(f"frames/{index:08}.png", self._saved[index]))
        if saved.shape != frame.shape:
            raise CapsuleError(
                f"the saved frame {index} has the shape {saved.shape}, the port's {frame.shape}",
                hint="it is not the port that was played",
            )
        if self._from_i420:
            frame = to_rgb(to_i420(frame))
        self.compared += 1
        self.equal += np.array_equal(saved, frame)
        if (found_db := psnr_db(saved, frame)) < self.lowest_db:
            self.lowest_db, self.worst = found_db, index


def psnr_db(one: np.ndarray, other: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of two uint8 pictures; inf if they are equal."""
    error = float(np.square(one.astype(np.float32) - other.astype(np.float32)).mean())
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))
