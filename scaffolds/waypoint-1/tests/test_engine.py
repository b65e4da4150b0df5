"""Compare `engine.py` with world_engine's own calls on tiny random weights; run with `pytest`.

Upstream has no loop: its README calls `append_frame` and `gen_frame`. On a CPU it runs in bfloat16
and without its compiler. PATCHES make the pictures of its autoencoder small.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from lucid import start_pictures
from lucid.conditioning import read_picture
from lucid.golden import PROMPTS, Frames, Rollout, check, import_with_changes, tiny_port

MODEL = "Overworld/Waypoint-1-Small"
AUTOENCODER = "OpenWorldLabs/owl_vae_f16_c16_distill_v0_nogan"
PROMPT_ENCODER = "google/umt5-xl"
WIDTH, HEIGHT = 32, 16
CONTEXT = 8  # positions
CONFIG = {"d_model": 64, "n_heads": 2, "n_kv_heads": 1, "n_layers": 2, "mlp_ratio": 2}
CONFIG |= {"patch": [2, 2], "height": 2, "width": 2}
CONFIG |= {"tokens_per_frame": 4, "channels": 8}
CONFIG |= {"n_frames": CONTEXT, "n_buttons": 256}
CONFIG |= {"local_window": 2, "global_window": 4, "global_pinned_dilation": 2}
CONFIG |= {"global_attn_period": 2, "global_attn_offset": 0, "causal": True}
CONFIG |= {"gated_attn": True, "value_residual": False, "rope_impl": "ortho"}
CONFIG |= {"noise_conditioning": "wan", "scheduler_sigmas": [1.0, 0.4, 0.0]}
CONFIG |= {"ctrl_conditioning": "mlp_fusion", "ctrl_conditioning_period": 3}
CONFIG |= {"ctrl_cond_dropout": 0.0}
CONFIG |= {"prompt_conditioning": "cross_attention", "prompt_conditioning_period": 3}
CONFIG |= {"prompt_embedding_dim": 32, "prompt_cond_dropout": 0.0}
CONFIG |= {"base_fps": 60}
CODER = {"channels": 3, "latent_channels": 8, "ch_0": 8, "ch_max": 16}
CODER |= {"encoder_blocks_per_stage": [1], "decoder_blocks_per_stage": [1]}
PATCHES = {"(512, 512)": "(8, 8)", "(360, 640)": f"({HEIGHT}, {WIDTH})"}
CODES = {"forward": 0x57, "left": 0x41, "back": 0x53, "right": 0x44, "jump": 0x20}
CODES |= {"sprint": 0x10, "crouch": 0x11, "primary": 0x01, "secondary": 0x02}
"""Windows' code of each key, from its table of virtual keys."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    how = "run `lucid sync`, and pytest with .lucid/venv/bin/python"
    torch = pytest.importorskip("torch", reason=how)
    pytest.importorskip("world_engine", reason=how)
    save_weights(tmp_path)
    sizes = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "CONTEXT_STEPS": CONTEXT}
    eager = torch.compiler.set_stance("force_eager")
    with eager, tiny_port("waypoint_1", tmp_path, **sizes) as port:
        # The last chunks are beyond the model's context.
        check(port.Waypoint1Model, Upstream(tmp_path), chunks=12, tolerance=0.5)


class Upstream:
    """world_engine, as its README uses it; before the context ends, it starts again."""

    def __init__(self, weights: Path) -> None:
        import torch
        from world_engine import WorldEngine

        self.world = WorldEngine(str(weights / MODEL), device="cpu", dtype=torch.bfloat16)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make the frames of each step, from the picture of the first one."""
        import torch

        # The first picture of the port's gallery, where a player starts.
        meadow = read_picture(start_pictures("places") / "meadow_tower.webp", (WIDTH, HEIGHT))
        chunks: list[Frames] = []
        with torch.random.fork_rng():
            torch.manual_seed(0)
            for number, step in enumerate(steps):
                if "set_prompt" in step:
                    self.world.set_prompt(step["set_prompt"])
                if number == 0:
                    self.start(steps[0].get("set_seed_frame", meadow))
                elif self.world.frame_ts.item() == CONTEXT - 2:
                    self.start(chunks[-1][-1])
                frames = self.world.gen_frame(ctrl=upstream_action(step))
                chunks.append(frames[None].numpy().copy())
        return chunks

    def start(self, picture: Frames) -> None:
        """Forget all frames, and read a picture."""
        import torch

        self.world.reset()
        self.world.append_frame(torch.tensor(picture))


def upstream_action(step: dict[str, Any]) -> Any:
    """One action as upstream takes it: a set of codes, a velocity, and the sign of the wheel."""
    from world_engine import CtrlInput

    dx, dy = (max(-0.4, min(0.4, pixels * 0.15 / 20)) for pixels in step.get("look", (0, 0)))
    return CtrlInput(
        button={code for name, code in CODES.items() if step.get(name)},
        mouse=(dx, dy),
        scroll_wheel=int(step.get("scroll", 0)),
    )


def save_weights(folder: Path) -> None:
    """Save tiny networks with random weights, each in a folder with the files of its repo."""
    import torch
    from omegaconf import OmegaConf
    from safetensors.torch import save_file
    from world_engine import WorldModel

    torch.manual_seed(0)
    model, coder = folder / MODEL, folder / AUTOENCODER
    config = OmegaConf.create({**CONFIG, "ae_uri": str(coder)})
    config.prompt_encoder_uri = str(folder / PROMPT_ENCODER)
    save_prompt_encoder(folder / PROMPT_ENCODER)
    network = WorldModel(config)
    for name, weight in network.named_parameters():  # the zeros of a new network hide its inputs
        # The prompt is one word of 512.
        std = 50 if "prompt_cross_attn.v_proj" in name else 0.2
        torch.nn.init.normal_(weight, std=std)
    model.mkdir(parents=True)
    OmegaConf.save(config, model / "config.yaml")
    # Its blocks share tensors: each becomes one of its own.
    tensors = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    save_file(tensors, model / "model.safetensors")
    coder.mkdir(parents=True)
    import world_engine

    package = Path(world_engine.__file__).parent
    ae_nn = import_with_changes(package.parent, "world_engine.ae_nn", PATCHES)
    settings = OmegaConf.create(CODER)
    network = ae_nn.AutoEncoder(settings)
    for part in ("encoder", "decoder"):
        OmegaConf.save({"model": settings}, coder / f"{part}_conf.yml")
        save_file(getattr(network, part).state_dict(), coder / f"{part}.safetensors")


def save_prompt_encoder(folder: Path) -> None:
    """Save a text encoder with one layer, and a tokenizer that knows the prompts."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

    size = {"d_model": 32, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    encoder = UMT5EncoderModel(UMT5Config(vocab_size=4, **size))
    for weight in encoder.parameters():
        torch.nn.init.normal_(weight)
    encoder.config.save_pretrained(folder)
    torch.save(encoder.state_dict(), folder / "pytorch_model.bin")
    words = {"<pad>": 0, "<unk>": 1, PROMPTS[0]: 2, PROMPTS[1]: 3}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(words, unk_token="<unk>")),
        pad_token="<pad>",
        unk_token="<unk>",
    )
    tokenizer.save_pretrained(folder)
    (folder / "spiece.model").touch()  # tokenizer.json is read in its place
