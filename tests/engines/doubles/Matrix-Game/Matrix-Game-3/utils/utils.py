"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/utils/utils.py: actions to poses, to rays."""

from typing import Any

import numpy as np

from .cam_utils import _interpolate_camera_poses_handedness, compute_relative_poses


def compute_all_poses_from_actions(
    keyboard_conditions: Any,
    mouse_conditions: Any,
    first_pose: Any = None,
    return_last_pose: bool = False,
) -> Any:
    """Poses (T, 5): x, y, z, pitch and yaw in degrees, each before its frame's action."""
    assert len(keyboard_conditions) == len(mouse_conditions)
    poses = np.zeros((len(keyboard_conditions) + 1, 5), np.float32)
    poses[0] = 0 if first_pose is None else first_pose
    for i, (keys, (pitch, yaw)) in enumerate(
        zip(keyboard_conditions, mouse_conditions, strict=True)
    ):
        forward, back, left, right = (float(key) for key in keys[:4])
        turn = np.array([0, 0, 0, *(15 * float(m) if abs(m) >= 0.02 else 0 for m in (pitch, yaw))])
        heading = np.radians(poses[i, 4] + turn[4] / 2)
        ahead, aside = 12.35 * (forward - back), 12.35 * (right - left)
        turn[0] = np.cos(heading) * ahead - np.sin(heading) * aside
        turn[1] = np.sin(heading) * ahead + np.cos(heading) * aside
        poses[i + 1] = poses[i] + turn
    return (poses[:-1], poses[-1]) if return_last_pose else poses[:-1]


def build_plucker_from_c2ws(
    c2ws_seq: Any,
    src_indices: Any,
    tgt_indices: Any,
    framewise: bool,
    base_K: Any,  # its name
    target_h: int,
    target_w: int,
    lat_h: int,
    lat_w: int,
) -> Any:
    poses = _interpolate_camera_poses_handedness(
        src_indices, c2ws_seq[:, :3, :3].numpy(), c2ws_seq[:, :3, 3].numpy(), tgt_indices
    )
    assert framewise
    poses = compute_relative_poses(poses, framewise=framewise)
    return build_plucker_from_pose(poses, base_K, target_h, target_w, lat_h, lat_w)


def build_plucker_from_pose(
    c2ws_pose: Any,
    base_K: Any,  # its name
    target_h: int,
    target_w: int,
    lat_h: int,
    lat_w: int,
) -> Any:
    """(1, 6 * 256, F, lat_h, lat_w) rays: of each pixel an origin and a direction."""
    assert base_K.shape == (4,) and c2ws_pose.shape[1:] == (4, 4)
    pixels = (target_h // lat_h) * (target_w // lat_w)
    rays = c2ws_pose[:, :2, 1:].flatten(1).T.repeat(pixels, 1)
    return rays[None, :, :, None, None].repeat(1, 1, 1, lat_h, lat_w)
