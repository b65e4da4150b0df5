"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/pipelines/video2world_action.py and video2world.py, without the network."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch


class Video2WorldActionConditionedPipeline:
    calls: ClassVar[list[dict[str, Any]]] = []

    @staticmethod
    def from_config(
        config: Any,
        dit_path: str = "",
        use_text_encoder: bool = True,
        device: str = "cuda",
        torch_dtype: torch.dtype = torch.bfloat16,
        load_ema_to_reg: bool = False,
        load_prompt_refiner: bool = False,
    ) -> "Video2WorldActionConditionedPipeline":
        assert Path(dit_path).is_file() and Path(config.tokenizer.vae_pth).is_file()
        pipe = Video2WorldActionConditionedPipeline()
        pipe.config = config
        return pipe

    config: Any

    def _get_data_batch_input(
        self,
        video: torch.Tensor,
        actions: Any,
        prompt: str,
        negative_prompt: str = "",
        num_latent_conditional_frames: int = 1,
    ) -> dict[str, Any]:
        return {"video": video, "action": actions}

    def _normalize_video_databatch_inplace(self, data_batch: dict[str, Any]) -> None:
        video = data_batch["video"]
        assert video.dtype == torch.uint8, "Video data is not in uint8 format."
        video = video.float() / 127.5 - 1.0
        expected_length = 1 + 4 * (self.config.state_t - 1)
        if self.config.resize_online and video.shape[2] != expected_length:
            start = np.random.randint(
                0, video.shape[2] - expected_length
            )  # of one frame: low >= high
            video = video[:, :, start : start + expected_length]
        data_batch["video"] = video

    def __call__(
        self,
        first_frame: Any,
        actions: Any,
        prompt: str = "",
        negative_prompt: str = "",
        num_conditional_frames: int = 1,
        guidance: float = 7.0,
        num_sampling_step: int = 35,
        seed: int = 0,
        solver_option: str = "2ab",
    ) -> torch.Tensor:
        """(B, C, T, H, W), possibly out of [-1, 1]."""
        assert num_conditional_frames in [1, 5], "num_conditional_frames must be 1 or 5"
        vid_input = torch.from_numpy(first_frame).permute(2, 0, 1)[None, :, None, ...]
        actions_tensor = torch.from_numpy(actions).to(dtype=torch.bfloat16)[None, ...]
        data_batch = self._get_data_batch_input(vid_input, actions_tensor, prompt, negative_prompt)
        self._normalize_video_databatch_inplace(data_batch)
        video, action = data_batch["video"], data_batch["action"]
        assert action.shape[1] * action.shape[2] == self.config.action_dim  # (t d) in one vector
        assert video.shape[3] % 16 == 0 and video.shape[4] % 16 == 0
        self.calls.append({"actions": actions, "seed": seed, "start": float(video.mean())})
        self.calls[-1] |= {"steps": num_sampling_step, "guidance": guidance}
        drift = torch.linspace(0, 0.5, video.shape[2]).view(1, 1, -1, 1, 1)
        return video + drift
