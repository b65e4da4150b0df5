"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/pipelines/video2world_action.py, which calls the network once."""

from pathlib import Path
from typing import Any, ClassVar

import torch
from cosmos_predict2.models.video2world_action_dit import ActionConditionedMinimalV1LVGDiT
from cosmos_predict2.pipelines.video2world import Video2WorldPipeline


class Video2WorldActionConditionedPipeline(Video2WorldPipeline):
    calls: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, device: str = "cuda", torch_dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__(device=device, torch_dtype=torch_dtype)

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
        pipe = Video2WorldActionConditionedPipeline(device=device, torch_dtype=torch_dtype)
        pipe.config = config
        pipe.dit = ActionConditionedMinimalV1LVGDiT()
        return pipe

    def _get_data_batch_input(
        self,
        video: torch.Tensor,
        actions: Any,
        prompt: str,
        negative_prompt: str = "",
        num_latent_conditional_frames: int = 1,
    ) -> dict[str, Any]:
        return {"video": video, "action": actions}

    @torch.no_grad()
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
        time, text = torch.zeros(1, 1), torch.zeros(1, 512, 1024)
        moved: torch.Tensor = self.dit(video, time, text, action=action)
        return moved
