"""As robbyant/lingbot-world at a43bec7, wan/utils/cam_utils.py: of each pixel the camera's place
and where its ray goes."""

import torch


def get_plucker_embeddings(
    c2ws_mat: torch.Tensor,
    Ks: torch.Tensor,
    height: int,
    width: int,
    only_rays_d: bool = False,
) -> torch.Tensor:
    frames = len(c2ws_mat)
    assert c2ws_mat.shape == (frames, 4, 4) and Ks.shape == (frames, 4)
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    fx, fy, cx, cy = Ks[0]
    seen = torch.stack([(x - cx) / fx, (y - cy) / fy, torch.ones_like(x)], -1)
    rays = torch.nn.functional.normalize(seen, dim=-1) @ c2ws_mat[:, None, :3, :3].transpose(-1, -2)
    if only_rays_d:
        return rays
    place = c2ws_mat[:, None, None, :3, 3].expand_as(rays)
    return torch.cat([place, rays], -1)
