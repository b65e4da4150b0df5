"""As SkyworkAI/Matrix-Game at 6146d7a, pipeline/causal_inference.py: conditions and caches."""

from typing import Any

import torch


def cond_current(
    conditional_dict: Any,
    current_start_frame: int,
    num_frame_per_block: int,
    replace: Any = None,
    mode: str = "universal",
) -> Any:
    """A block's conditions; with ``replace``, its action is written into the history first."""
    end = current_start_frame + num_frame_per_block
    final_frame = 1 + 4 * (end - 1)
    new = {
        "cond_concat": conditional_dict["cond_concat"][:, :, current_start_frame:end],
        "visual_context": conditional_dict["visual_context"],
    }
    names = ["keyboard"] if mode == "templerun" else ["keyboard", "mouse"]
    for name in names:
        history = conditional_dict[f"{name}_cond"]
        if replace is not None:
            count = 4 * num_frame_per_block - (3 if current_start_frame == 0 else 0)
            action = replace[name][None, None, :].repeat(1, count, 1)
            history[:, final_frame - count : final_frame] = action
        new[f"{name}_cond"] = history[:, :final_frame]
    return new if replace is None else (new, conditional_dict)


class CausalInferenceStreamingPipeline(torch.nn.Module):
    def __init__(
        self, args: Any, device: str = "cuda", vae_decoder: Any = None, generator: Any = None
    ) -> None:
        super().__init__()
        self.generator, self.vae_decoder, self.args = generator, vae_decoder, args
        self.scheduler = generator.get_scheduler()
        self.denoising_step_list = torch.tensor(args.denoising_step_list, dtype=torch.long)
        if args.warp_denoising_step:
            timesteps = torch.cat((self.scheduler.timesteps, torch.tensor([0.0])))
            self.denoising_step_list = timesteps[1000 - self.denoising_step_list]
        self.frame_seq_length = 880
        self.kv_cache1 = self.kv_cache_mouse = self.kv_cache_keyboard = None
        assert generator.model.local_attn_size != -1

    def _initialize_kv_cache(self, batch_size: int, dtype: Any, device: Any) -> None:
        self.kv_cache1 = {"end": 0}

    def _initialize_kv_cache_mouse_and_keyboard(
        self, batch_size: int, dtype: Any, device: Any
    ) -> None:
        self.kv_cache_mouse, self.kv_cache_keyboard = {"end": 0}, {"end": 0}

    def _initialize_crossattn_cache(self, batch_size: int, dtype: Any, device: Any) -> None:
        self.crossattn_cache = [{"is_init": False}]
