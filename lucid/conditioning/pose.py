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
    """Whether the camera turns about its own axes and moves along them. Otherwise it moves on the
    ground plane and vertically, its pitch stays within 85 degrees, and its roll does not change the
    directions in which it moves and turns."""


def pulls(held: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Sum held keys into the arguments of ``CameraPose.move``; opposite keys cancel.

    Each key is an axis (forward, right, up, yaw, pitch, roll) and its value on that axis.
    """
    pull = dict.fromkeys(("forward", "right", "up", "yaw", "pitch", "roll"), 0.0)
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
        self._rolled = np.eye(3)

    def move(
        self,
        poses: int,
        *,
        forward: float = 0.0,
        right: float = 0.0,
        up: float = 0.0,
        yaw: float = 0.0,
        pitch: float = 0.0,
        roll: float = 0.0,
    ) -> NDArray[np.float64]:
        """Move the camera; return the next poses (poses, 4, 4), camera to world.

        Each axis is in -1..1 and applies to every pose. +yaw turns right, +pitch turns up, and
        +roll turns clockwise.
        """
        path = np.empty((poses, 4, 4))
        for matrix in path:
            self._turn(*(self._speed.turn_rad * turn for turn in (yaw, pitch, roll)))
            aside, down, ahead = self._turned.T
            if not self._speed.flies:
                aside, down = aside * (1, 0, 1), np.array([0, 1, 0])
                ahead = np.array([-aside[2], 0, aside[0]])
            step = forward * ahead + right * aside - up * down
            self._position = self._position + self._speed.walk * step
            matrix[:] = self.matrix
        return path

    def _turn(self, yaw_rad: float, pitch_rad: float, roll_rad: float) -> None:
        if self._speed.flies:
            turn = _about_y(yaw_rad) @ _about_x(pitch_rad) @ _about_z(roll_rad)
            self._turned = self._turned @ turn
            return
        self._rolled = self._rolled @ _about_z(roll_rad)
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
        matrix[:3, :3] = self._turned @ self._rolled
        matrix[:3, 3] = self._position
        return matrix


def _about_x(angle_rad: float) -> NDArray[np.float64]:
    sin, cos = np.sin(angle_rad), np.cos(angle_rad)
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])


def _about_y(angle_rad: float) -> NDArray[np.float64]:
    sin, cos = np.sin(angle_rad), np.cos(angle_rad)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])


def _about_z(angle_rad: float) -> NDArray[np.float64]:
    sin, cos = np.sin(angle_rad), np.cos(angle_rad)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
