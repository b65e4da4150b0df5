"""Tiny weights for upstream code made of Wan 2.1 (Self-Forcing, Krea), and its calls."""

from __future__ import annotations

import importlib
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engines.tiny import tokenizer

CONFIG = {
    "_class_name": "WanModel",
    "model_type": "t2v",
    "dim": 1536,  # the caches of keys and values are made for it
    "num_heads": 12,
    "num_layers": 1,
    "ffn_dim": 16,
    "freq_dim": 16,
    "in_dim": 16,
    "out_dim": 16,
    "text_len": 512,
    "eps": 1e-6,
}


def import_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let upstream be imported and run on a machine without a GPU, and small: it asks for the
    device at import, makes its largest networks only, and in one place insists on flash-attn."""
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    model, t5, vae = (importlib.import_module(f"wan.modules.{n}") for n in ("model", "t5", "vae"))
    small = {"dim_attn": 16, "dim_ffn": 16, "num_heads": 2, "encoder_layers": 1}
    monkeypatch.setattr(t5, "umt5_xxl", partial(t5.umt5_xxl, vocab_size=256, **small))
    monkeypatch.setattr(vae, "_video_vae", partial(vae._video_vae, dim=8))

    def attention(q: Any, k: Any, v: Any, k_lens: Any = None, **_: Any) -> Any:
        assert k_lens is None
        heads_first = (part.transpose(1, 2) for part in (q, k, v))
        made = torch.nn.functional.scaled_dot_product_attention(*heads_first)
        return made.transpose(1, 2)

    monkeypatch.setattr(model, "flash_attention", attention)


def save_base(base: Path, engine: Any, **changed: Any) -> dict[str, Any]:
    """Wan's own repo, tiny and random; the tensors of a network of its config."""
    torch.manual_seed(0)
    config = {**CONFIG, **changed}
    (base / "config.json").write_text(json.dumps(config), "utf-8")
    tokenizer().save_pretrained(base / engine.TOKENIZER)
    for name in engine.BASE_FILES:
        if not (file := base / name).exists():
            file.write_text("{}", "utf-8")
    t5 = importlib.import_module("wan.modules.t5")
    text = t5.umt5_xxl(encoder_only=True, return_tokenizer=False, device=torch.device("cpu"))
    torch.save(text.state_dict(), base / engine.TEXT_ENCODER)
    causal = importlib.import_module("wan.modules.causal_model")
    network = causal.CausalWanModel.from_config(config)
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor, std=0.02)
    save_vae(base / engine.AUTOENCODER)
    return {f"model.{name}": tensor for name, tensor in network.state_dict().items()}


def save_vae(path: Path) -> None:
    """The autoencoder, random."""
    vae = importlib.import_module("wan.modules.vae")
    made: dict[str, Any] = {}

    def remember(self: Any, state: dict[str, Any], **_: Any) -> None:
        made.update({name: torch.randn(t.shape) * 0.1 for name, t in self.state_dict().items()})

    with pytest.MonkeyPatch.context() as patch:
        torch.save({}, path)
        patch.setattr(vae.WanVAE_, "load_state_dict", remember)
        vae._video_vae(pretrained_path=str(path), z_dim=16)
    torch.save(made, path)


def record_network(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The network's calls, from now on."""
    wrapper = importlib.import_module("utils.wan_wrapper").WanDiffusionWrapper
    calls: list[dict[str, Any]] = []
    forward = wrapper.forward

    def recorded(self: Any, **given: Any) -> Any:
        made = forward(self, **given)
        height, width = given["noisy_image_or_video"].shape[3:]
        tokens = height * width // 4
        calls.append(
            {
                "t": [round(float(time)) for time in given["timestep"][0]],
                "start": given["current_start"] // tokens,
                "seen": int(given["kv_cache"][0]["local_end_index"]) // tokens,
                "mask": getattr(self.model, "block_mask", None),
                "prompt": given["conditional_dict"]["prompt_embeds"],
            }
        )
        return made

    monkeypatch.setattr(wrapper, "forward", recorded)
    return calls
