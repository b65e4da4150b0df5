"""As Overworldai/world_engine at 0085799: signatures, checks and what fails, and no network.

src/world_engine.py: CtrlInput, WorldEngine. src/ae.py (at 29f2517): a still is (H, W, 3).
ChunkedStreamingTAEHV, Waypoint 1.5's autoencoder, wants exactly one latent's frames.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
import yaml


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
        load_weights: bool = True,
    ) -> None:
        self.config = yaml.safe_load((Path(model_uri) / "config.yaml").read_text("utf-8"))
        self.thread = threading.get_ident()
        self.prompts: list[str] = []
        self.calls: list[tuple[Any, ...]] = []
        self.position = 0
        chunk = self.config.get("temporal_compression", 1)
        size = (self.config["height"], self.config["width"], 3)
        self.frame_shape = (chunk, *size) if self.config.get("taehv_ae") else size
        self.made.append(self)

    def reset(self) -> None:
        self._same_thread()
        self.calls.append(("reset",))
        self.position = 0

    def set_prompt(self, prompt: str) -> None:
        self._same_thread()
        if self.config["prompt_conditioning"] is None:
            raise RuntimeError("prompt_conditioning enabled but prompt_encoder is not initialized")
        self.prompts.append(prompt)
        self.calls.append(("prompt", prompt))

    def append_frame(self, img: torch.Tensor, ctrl: CtrlInput | None = None) -> torch.Tensor:
        assert img.dtype == torch.uint8, img.dtype
        if tuple(img.shape) != self.frame_shape:
            raise KeyError(tuple(img.shape))  # the autoencoder looks its sizes up in a table
        self.calls.append(("append", int(img.flatten()[0])))
        self._prepare(ctrl)
        return img

    def gen_frame(self, ctrl: CtrlInput | None = None, return_img: bool = True) -> torch.Tensor:
        given = CtrlInput() if ctrl is None else ctrl
        self.calls.append(("gen", set(given.button), given.mouse, given.scroll_wheel))
        torch.randn(self.frame_shape)  # the noise, from the global generator
        self._prepare(ctrl)
        return torch.full(self.frame_shape, self.position % 256, dtype=torch.uint8)

    def _prepare(self, ctrl: CtrlInput | None) -> None:
        """prep_inputs: buttons index a vector, and the position moves on in the cache."""
        self._same_thread()
        ctrl = CtrlInput() if ctrl is None else ctrl
        buttons = torch.zeros(1, 1, self.config["n_buttons"])
        if ctrl.button:
            buttons[..., list(ctrl.button)] = 1.0
        mouse_x, mouse_y = ctrl.mouse
        float(mouse_x), float(mouse_y)
        assert self.position < self.config["n_frames"]
        self.position += 1

    def _same_thread(self) -> None:
        assert threading.get_ident() == self.thread, "CUDA graphs belong to one thread"
