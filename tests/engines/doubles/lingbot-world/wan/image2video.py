"""As robbyant/lingbot-world at a43bec7, wan/image2video.py: arithmetic and checks, no network."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import torch.distributed as dist
from PIL import Image


class WanI2V:
    calls: ClassVar[list[dict[str, Any]]] = []

    def __init__(
        self,
        config: Any,
        checkpoint_dir: str,
        device_id: int = 0,
        rank: int = 0,
        t5_fsdp: bool = False,
        dit_fsdp: bool = False,
        use_sp: bool = False,
        t5_cpu: bool = False,
        init_on_cpu: bool = True,
        convert_model_dtype: bool = False,
    ) -> None:
        self.config, self.rank = config, rank
        self.sp_size = dist.get_world_size() if use_sp else 1
        self.vae_stride, self.patch_size = config.vae_stride, config.patch_size
        if "cam" in checkpoint_dir:
            self.control_type = "cam"
        elif "act" in checkpoint_dir:
            self.control_type = "act"
        folder = Path(checkpoint_dir)
        for name in (config.t5_checkpoint, config.vae_checkpoint):
            assert (folder / name).is_file()
        for name in (config.low_noise_checkpoint, config.high_noise_checkpoint):
            assert (folder / name / "config.json").is_file()
        assert self.control_type in ("cam", "act")  # from_pretrained(control_type=...)

    def generate(
        self,
        input_prompt: str,
        img: Any,
        action_path: str | None = None,
        allow_act2cam: bool = False,
        action_string: str | None = None,
        vis_ui: bool = True,
        max_area: int = 720 * 1280,
        frame_num: int = 81,
        shift: float = 5.0,
        sample_solver: str = "unipc",
        sampling_steps: int = 40,
        guide_scale: Any = 5.0,
        n_prompt: str = "",
        seed: int = -1,
        offload_model: bool = True,
    ) -> torch.Tensor:
        """(C, N, H, W) in [-1, 1]."""
        assert isinstance(img, Image.Image) and isinstance(input_prompt, str)
        assert action_path is not None and not allow_act2cam
        c2ws = np.load(Path(action_path) / "poses.npy")
        frame_num = min(frame_num, ((len(c2ws) - 1) // 4) * 4 + 1)
        lens = np.load(Path(action_path) / "intrinsics.npy")
        assert c2ws.shape[1:] == (4, 4) and lens.shape == (len(c2ws), 4)
        action = None
        if self.control_type == "act":
            action = np.load(Path(action_path) / "action.npy")[:frame_num]
            assert action.shape == (frame_num, 4)
        width, height = img.size
        aspect_ratio = height / width
        lat_h, lat_w = (
            round(np.sqrt(area) // self.vae_stride[1] // self.patch_size[1] * self.patch_size[1])
            for area in (max_area * aspect_ratio, max_area / aspect_ratio)
        )
        self.calls.append({"prompt": input_prompt, "poses": c2ws, "seed": seed, "action": action})
        self.calls[-1] |= {"steps": sampling_steps, "guide": guide_scale, "shift": shift}
        start = torch.from_numpy(np.asarray(img).copy()).float()[0, 0] / 127.5 - 1
        video = torch.linspace(0, 0.5, frame_num)[None, :, None, None] + start[:, None, None, None]
        video = video.clamp(-1, 1).expand(3, frame_num, lat_h * 8, lat_w * 8).clone()
        if vis_ui:
            video[:, :, : lat_h * 4] = 1  # the keys that are drawn into the picture
        if dist.is_initialized():
            dist.barrier()
        return video
