"""Integrate held keys and pointer motion into camera poses, for models that take poses."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEEPEST = np.deg2rad(85)


@dataclass(frozen=True)
class CameraSpeed:
    """How far a camera moves per pose. A model takes one pose per frame or per latent."""

    walk: float
    """In the unit of length of the model."""
    turn_rad: float
    flies: bool = False
    """Whether the camera turns about its own axes and moves in its viewing direction. Otherwise it
    moves on the ground plane, and its pitch stays within 85 degrees."""


def pulls(held: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Sum held keys into the arguments of ``CameraPose.move``; opposite keys cancel.

    Each key is an axis (forward, right, yaw, pitch) and its value on that axis.
    """
    pull = dict.fromkeys(("forward", "right", "yaw", "pitch"), 0.0)
    for axis, value in held:
        pull[axis] += value
    return pull


def framewise(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each pose of a path (n + 1, 4, 4) relative to the previous pose: (n, 4, 4)."""
    return np.asarray(np.linalg.inv(path[:-1]) @ path[1:])


class CameraPose:
    """The pose of a camera in OpenCV's convention: x right, y down, z forward.

    The camera starts at the identity.
    """

    def __init__(self, speed: CameraSpeed) -> None:
        self._speed = speed
        self.reset()

    def reset(self) -> None:
        """Return to the identity, which is the pose of a rollout's first frame."""
        self._position = np.zeros(3)
        self._turned = np.eye(3)
        self._pitch = 0.0

    def move(
        self,
        poses: int,
        *,
        forward: float = 0.0,
        right: float = 0.0,
        yaw: float = 0.0,
        pitch: float = 0.0,
    ) -> NDArray[np.float64]:
        """Move the camera; return the next poses (poses, 4, 4), camera to world.

        Each axis is in -1..1 and applies to every pose. +yaw turns right, +pitch turns up.
        """
        path = np.empty((poses, 4, 4))
        for matrix in path:
            self._turn(yaw * self._speed.turn_rad, pitch * self._speed.turn_rad)
            ahead, aside = self._turned[:, 2], self._turned[:, 0]
            if not self._speed.flies:
                aside = aside * (1, 0, 1)
                ahead = np.array([-aside[2], 0, aside[0]])
            self._position = self._position + self._speed.walk * (forward * ahead + right * aside)
            matrix[:] = self.matrix
        return path

    def _turn(self, yaw_rad: float, pitch_rad: float) -> None:
        if self._speed.flies:
            self._turned = self._turned @ _about_y(yaw_rad) @ _about_x(pitch_rad)
            return
        if abs(self._pitch + pitch_rad) > _STEEPEST:
            pitch_rad = 0.0
        self._pitch += pitch_rad
        self._turned = _about_y(yaw_rad) @ self._turned @ _about_x(pitch_rad)

    def path(self, poses: int, **pull: float) -> NDArray[np.float64]:
        """Move the camera; return the current pose and the next ones, (poses + 1, 4, 4)."""
        start = self.matrix[None]
        return np.concatenate([start, self.move(poses, **pull)])

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The current pose (4, 4), camera to world."""
        matrix = np.eye(4)
        matrix[:3, :3] = self._turned
        matrix[:3, 3] = self._position
        return matrix


def _about_x(angle_rad: float) -> NDArray[np.float64]:
    sin, cos = np.sin(angle_rad), np.cos(angle_rad)
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])


def _about_y(angle_rad: float) -> NDArray[np.float64]:
    sin, cos = np.sin(angle_rad), np.cos(angle_rad)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
