"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/utils/cam_utils.py: types and shapes."""

from typing import Any

import numpy as np
import torch


def get_intrinsics(height: int, width: int) -> torch.Tensor:
    focal = width / 2
    return torch.tensor([focal, focal * height / width, width / 2, height / 2])


def get_extrinsics(video_rotation: list[Any], video_position: list[Any]) -> torch.Tensor:
    assert len(video_rotation) == len(video_position)
    path = np.tile(np.eye(4), (len(video_position), 1, 1))
    for matrix, (roll, _, yaw) in zip(path, video_rotation, strict=True):
        assert roll == 0
        sin, cos = np.sin(np.radians(yaw)), np.cos(np.radians(yaw))
        matrix[:3, :3] = [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]
    path[:, :3, 3] = np.array(video_position) * 0.01
    return torch.from_numpy(path)


def select_memory_idx_fov(
    extrinsics_all: torch.Tensor,
    current_start_frame_idx: int,
    selected_index_base: list[int],
    return_confidence: bool = False,
    use_gpu: bool = False,
) -> list[int]:
    """Of each frame the earlier one whose camera stood most like it."""
    assert use_gpu and max(selected_index_base) < len(extrinsics_all)
    if current_start_frame_idx <= 1:
        return [0] * len(selected_index_base)
    earlier = extrinsics_all[1:current_start_frame_idx].flatten(1)
    far = torch.cdist(extrinsics_all[selected_index_base].flatten(1), earlier)
    return [int(place) + 1 for place in far.argmin(1)]


def _interpolate_camera_poses_handedness(
    src_indices: Any, src_rot_mat: Any, src_trans_vec: Any, tgt_indices: Any
) -> torch.Tensor:
    assert len(src_indices) == len(src_rot_mat) == len(src_trans_vec) >= 2
    assert isinstance(src_rot_mat, np.ndarray) and np.linalg.det(src_rot_mat).min() > 0.99
    low, high = src_indices[0], src_indices[-1]
    assert low <= min(tgt_indices) and max(tgt_indices) <= high, "Slerp does not extrapolate"
    nearest = [int(np.abs(src_indices - target).argmin()) for target in tgt_indices]
    poses = torch.eye(4).repeat(len(tgt_indices), 1, 1)
    poses[:, :3, :3] = torch.from_numpy(src_rot_mat[nearest])
    poses[:, :3, 3] = torch.from_numpy(src_trans_vec[nearest])
    return poses


def compute_relative_poses(
    c2ws_mat: torch.Tensor, framewise: bool = False, normalize_trans: bool = True
) -> torch.Tensor:
    return torch.linalg.inv(c2ws_mat[:1]) @ c2ws_mat
