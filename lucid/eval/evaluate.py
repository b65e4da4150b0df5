"""Evaluate: what a port makes of recorded inputs, in figures and pictures."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lucid.capsule.replay import steps
from lucid.capsule.schema import Capsule
from lucid.errors import CapsuleError
from lucid.eval.clips import Clip
from lucid.eval.perceptual import Distance
from lucid.gym.actions import Actions
from lucid.media import measures
from lucid.runtime.stepped_port import SteppedPort

PARTS = 8
"""A clip is cut into this many parts, to see what changes over time. Each has a picture."""


class Evaluation:
    """What was measured so far, frame by frame."""

    def __init__(self, port: SteppedPort, distance: Distance | None = None) -> None:
        self._port = port
        self._alike: dict[str, Distance] = {"psnr_db": measures.psnr_db, "ssim": measures.ssim}
        if distance is not None:
            self._alike["lpips"] = distance
        self._compared: dict[str, list[float]] = defaultdict(list)
        self._wanted = self._equal = 0
        self._statistics: dict[int, list[np.ndarray]] = defaultdict(list)
        self._actions: list[list[float]] = []
        self._motions: list[np.ndarray] = []
        self._clip_motions: list[np.ndarray] = []
        self._pictures: dict[int, list[np.ndarray]] = {}

    def add(self, clip: Clip, on_frame: Callable[[], None]) -> None:
        """Play a clip twice, and measure its frames.

        Raises:
            CapsuleError: the port refuses an input, or the clip's frames have another size.
            LucidError: the port failed, or the clip's frames cannot be read.
        """
        count, true_frames = clip.capsule.head.frames, clip.frames()
        self._wanted += count
        is_first, digests = not self._pictures, list[bytes]()
        last, last_true = None, None
        for index, (action, frame) in enumerate(self._play(clip.capsule)):
            true = next(true_frames, None)
            digests.append(hashlib.sha256(frame.tobytes()).digest())
            part = index * PARTS // count
            self._statistics[part].append(measures.statistics(frame))
            if last is not None:
                self._actions.append(action)
                self._motions.append(measures.motion(last, frame))
            if last_true is not None and true is not None:
                self._clip_motions.append(measures.motion(last_true, true))
            if is_first and (true is not None or part not in self._pictures):
                self._pictures[part] = _column(frame, true)
            self._compare(frame, true)
            last, last_true = frame, true
            on_frame()
        for digest, (_, frame) in zip(digests, self._play(clip.capsule), strict=False):
            self._equal += digest == hashlib.sha256(frame.tobytes()).digest()
            on_frame()

    def _play(self, capsule: Capsule) -> Iterator[tuple[list[float], np.ndarray]]:
        """Yield each frame with the action that made it, until the port's run() returns."""
        left, actions = capsule.head.frames, Actions(self._port.manifest)
        for lines, stepped in steps(capsule, self._port):
            action = actions.row((line.name, line.args) for line in lines)
            for frame in stepped.frames.get(self._port.video.name, [])[:left]:
                yield action, frame
                left -= 1
            if not left:
                return

    def _compare(self, frame: np.ndarray, true: np.ndarray | None) -> None:
        if true is not None:
            for name, measure in self._alike.items():
                self._compared[name].append(measure(frame, true))

    def sheet(self) -> bytes:
        """Return a PNG file: a column for each part of the first clip.

        From top to bottom: the clip's frame, the port's, and how much they differ.
        """
        tallest = max(map(len, self._pictures.values()))
        columns = [column for column in self._pictures.values() if len(column) == tallest]
        return measures.picture_sheet(list(zip(*columns, strict=True)))

    def figures(self) -> dict[str, Any]:
        """Return the figures, as JSON has them. None: there is nothing to measure it with."""
        names, actions = Actions(self._port.manifest).columns, np.array(self._actions)
        motions, clip_motions = np.array(self._motions), np.array(self._clip_motions)
        if len(clip_motions) < len(motions):  # a .lucid file has few frames
            clip_motions = clip_motions[:0]
        explained, effects = following(names, actions, motions)
        clip_explained, clip_effects = following(names, actions, clip_motions)
        over_time = np.array([np.mean(self._statistics[n], 0) for n in sorted(self._statistics)])
        series = ("sharpness", "red", "green", "blue", "red_spread", "green_spread", "blue_spread")
        return {
            "frames": sum(map(len, self._statistics.values())),
            "clip_frames": self._wanted,
            "compared_frames": len(self._compared["psnr_db"]),
            **{name: _summary(name, found) for name, found in self._compared.items() if found},
            "motion_explained_by_actions": explained,
            "motion_explained_by_actions_in_clip": clip_explained,
            "motion_correlation_with_clip": _correlation(motions, clip_motions),
            "motion_px_by_action": effects,
            "motion_px_by_action_in_clip": clip_effects,
            "over_time": dict(zip(series, over_time.T.round(2).tolist(), strict=True)),
            "equal_frames_in_second_run": self._equal,
        }


def following(
    names: Sequence[str], actions: np.ndarray, motions: np.ndarray
) -> tuple[float | None, dict[str, list[float]]]:
    """Return how much of the picture's motion the actions explain, and what each one does.

    The first is the adjusted coefficient of determination of a linear fit, at most 1. The others
    are the pixels by which 1 of an action moves the picture right and down and makes it grow.
    """
    varied = [n for n in range(len(names)) if len(motions) and np.ptp(actions[:, n]) > 0]
    free = len(motions) - len(varied) - 1
    total = np.square(motions - motions.mean(0)).sum() if varied else 0.0
    if free <= 0 or not total:
        return None, {}
    inputs = np.column_stack([np.ones(len(actions)), actions[:, varied]])
    weights, *_ = np.linalg.lstsq(inputs, motions, rcond=None)
    left = np.square(motions - inputs @ weights).sum()
    effects = zip(varied, weights[1:].round(2).tolist(), strict=True)
    explained = float(1 - left / total * (len(motions) - 1) / free)
    return round(explained, 3), {names[n]: effect for n, effect in effects}


def _correlation(motions: np.ndarray, clip_motions: np.ndarray) -> float | None:
    if len(clip_motions) < 2 or not motions.std() or not clip_motions.std():
        return None
    return round(float(np.corrcoef(motions.ravel(), clip_motions.ravel())[0, 1]), 3)


def _summary(name: str, values: Sequence[float]) -> dict[str, float | None]:
    """Return the mean and the worst value; the mean of decibels is that of the squared errors."""
    mean, worst = float(np.mean(values)), max(values) if name == "lpips" else min(values)
    if name == "psnr_db":
        error = float(np.mean(10 ** (np.array(values) / -10)))
        mean = -10 * math.log10(error) if error else math.inf
    return {
        key: round(value, 3) if math.isfinite(value) else None
        for key, value in (("mean", mean), ("worst", worst))
    }


def _column(frame: np.ndarray, true: np.ndarray | None) -> list[np.ndarray]:
    if true is None:
        return [frame]
    if true.shape != frame.shape:
        raise CapsuleError(
            f"the clip's frames have the shape {true.shape}, the port's {frame.shape}",
            hint="name a clip of a port with this frame size",
        )
    return [true, frame, np.abs(frame.astype(np.int16) - true).astype(np.uint8)]
