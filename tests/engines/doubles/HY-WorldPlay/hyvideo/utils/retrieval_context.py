"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/utils/retrieval_context.py.

A like view is one with a like heading here, where upstream counts points in both views.
"""

from typing import Any

import numpy as np
import torch


def generate_points_in_sphere(n_points: int, radius: float) -> torch.Tensor:
    return torch.rand(n_points, 3) * radius


def select_aligned_memory_frames(
    w2c_list: Any,
    current_frame_idx: int,
    memory_frames: int,
    temporal_context_size: int,
    pred_latent_size: int,
    pos_weight: float = 1.0,
    ang_weight: float = 1.0,
    device: Any = None,
    points_local: Any = None,
) -> list[int]:
    assert points_local.shape == (50000, 3)
    if current_frame_idx <= memory_frames:
        return list(range(current_frame_idx))
    if current_frame_idx >= len(w2c_list) or current_frame_idx < 3:
        raise ValueError("the chunk's own views are missing")
    chosen = set(range(current_frame_idx - temporal_context_size, current_frame_idx))
    memory = [0, 1, 2, 3]
    now = w2c_list[current_frame_idx][2, :3]
    past = range(4, current_frame_idx - temporal_context_size, 4)
    for start in sorted(past, key=lambda i: -float(np.dot(w2c_list[i][2, :3], now))):
        if len(memory) >= memory_frames - temporal_context_size:
            break
        memory.extend(range(start, start + 4))
    return sorted(chosen | set(memory))
