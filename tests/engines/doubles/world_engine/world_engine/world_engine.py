"""As Overworldai/world_engine at 208c909, src/world_engine.py: signatures, checks and what fails,
and a network without layers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
import yaml

from .ae import InferenceAE
from .model import WorldModel


@dataclass
class CtrlInput:
    button: set[int] = field(default_factory=set)
    mouse: tuple[float, float] = (0.0, 0.0)
    scroll_wheel: int = 0


class WorldEngine:
    made: ClassVar[list[WorldEngine]] = []

    def __init__(
        self,
        model_uri: str,
        quant: str | None = None,
        model_config_overrides: dict[str, Any] | None = None,
        device: Any = None,
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:
        self.quant = quant
        self.model_cfg = yaml.safe_load((Path(model_uri) / "config.yaml").read_text("utf-8"))
        self.model_cfg |= model_config_overrides or {}
        # Upstream downloads what is no folder, at any commit. A folder must hold the files.
        is_taehv = self.model_cfg.get("taehv_ae")
        part = "taehv1_5.pth" if is_taehv else "encoder.safetensors"
        (Path(self.model_cfg["ae_uri"]) / part).read_bytes()
        if self.model_cfg["prompt_conditioning"] is not None:
            (Path(self.model_cfg["prompt_encoder_uri"]) / "spiece.model").read_bytes()
        self.thread = threading.get_ident()
        self.prompts: list[str] = []
        self.calls: list[tuple[Any, ...]] = []
        self.model = WorldModel()
        self.frame_ts = torch.tensor([[0]])
        chunk = self.model_cfg.get("temporal_compression", 1)
        size = (self.model_cfg["height"], self.model_cfg["width"], 3)
        self.vae = InferenceAE((chunk, *size) if self.model_cfg.get("taehv_ae") else size)
        self.made.append(self)

    @torch.inference_mode()
    def reset(self) -> None:
        self.calls.append(("reset",))
        self.frame_ts.zero_()

    def set_prompt(self, prompt: str) -> None:
        if self.model_cfg["prompt_conditioning"] is None:
            raise RuntimeError("prompt_conditioning enabled but prompt_encoder is not initialized")
        self.prompts.append(prompt)
        self.calls.append(("prompt", prompt))

    @torch.inference_mode()
    def append_frame(self, img: torch.Tensor, ctrl: CtrlInput = None) -> torch.Tensor:
        assert img.dtype == torch.uint8, img.dtype
        self.calls.append(("append", int(self.vae.encode(img).flatten()[0])))
        self.prep_inputs(img, ctrl)
        return img

    @torch.inference_mode()
    def gen_frame(self, ctrl: CtrlInput = None, return_img: bool = True) -> torch.Tensor:
        given = CtrlInput() if ctrl is None else ctrl
        self.calls.append(("gen", set(given.button), given.mouse, given.scroll_wheel))
        x = torch.randn(self.vae.ae_model)  # the noise, from the global generator
        self.model(x, torch.ones(1, 1), **self.prep_inputs(x, ctrl))
        return self.vae.decode(self.frame_ts % 256)

    def prep_inputs(self, x: Any, ctrl: CtrlInput | None = None) -> Any:
        """The network's arguments. Buttons index a vector, and the position moves on."""
        assert threading.get_ident() == self.thread, "CUDA graphs belong to one thread"
        ctrl = ctrl if ctrl is not None else CtrlInput()
        buttons = torch.zeros(1, 1, self.model_cfg["n_buttons"])
        if ctrl.button:
            buttons[..., list(ctrl.button)] = 1.0
        # A tensor is left in what the caller gave.
        ctrl.mouse = torch.tensor(ctrl.mouse, dtype=torch.float32)
        ctrl.scroll_wheel = torch.sign(torch.tensor(ctrl.scroll_wheel, dtype=torch.float32))
        assert ctrl.mouse.shape == (2,)
        assert self.frame_ts < self.model_cfg["n_frames"]
        frame_timestamp = self.frame_ts.clone()
        self.frame_ts.add_(1)
        return {
            "button": buttons,
            "mouse": ctrl.mouse[None, None],
            "scroll": ctrl.scroll_wheel.view(1, 1, 1),
            "frame_timestamp": frame_timestamp,
        }
