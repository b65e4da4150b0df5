"""Ports rendered from recorded repos, kept in ``scaffolds/`` for people to read.

``python -m tests.scaffold.golden`` renders them again after a change to the templates.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lucid.lock import Choices
from lucid.scaffold.plan import plan
from lucid.scaffold.render import RenderedFile
from lucid.scaffold.write import write
from tests.scaffold.catalogue import MODELS, table, with_table
from tests.scaffold.facts import recorded_facts

SCAFFOLDS = Path(__file__).resolve().parent.parent.parent / "scaffolds"
GOLDEN = {
    "abot-world": ("abot_world", "acvlab/ABot-World-0-5B-LF"),
    "cosmos-3": ("cosmos3", "nvidia/Cosmos3-Nano"),
    "cosmos-action": ("cosmos", "nvidia/Cosmos-Predict2-2B-Sample-Action-Conditioned"),
    "diamond": ("diamond", "eloialonso/diamond"),
    "diamond-atari": ("breakout", "eloialonso/diamond"),
    "dreamx-world": ("dreamx", "GD-ML/DreamX-World-5B"),
    "gamecraft": ("gamecraft", "tencent/Hunyuan-GameCraft-1.0"),
    "helios": ("helios", "BestWishYsh/Helios-Distilled"),
    "krea-realtime": ("krea", "krea/krea-realtime-video"),
    "lingbot-world": ("lingbot", "robbyant/lingbot-world-base-cam"),
    "lingbot-world-fast": ("lingbot_fast", "robbyant/lingbot-world-fast"),
    "matrix-game-2": ("matrix_game", "Skywork/Matrix-Game-2.0"),
    "matrix-game-2-fastvideo": ("matrix_fast", "FastVideo/Matrix-Game-2.0-Base-Diffusers"),
    "matrix-game-3": ("matrix_game_3", "Skywork/Matrix-Game-3.0"),
    "mineworld": ("mineworld", "microsoft/mineworld"),
    "oasis": ("oasis", "Etched/oasis-500m"),
    "sana-wm": ("sana_wm", "Efficient-Large-Model/SANA-WM_bidirectional-diffusers"),
    "self-forcing": ("self_forcing", "gdhe17/Self-Forcing"),
    "waypoint-1": ("waypoint_1", "Overworld/Waypoint-1-Small"),
    "waypoint-1.5": ("waypoint", "Overworld/Waypoint-1.5-1B"),
    "worldplay": ("worldplay", "tencent/HY-WorldPlay"),
    "yume": ("yume", "stdstu123/Yume-5B-720P"),
    "zing": ("zing", "seedleap/Zing-0.5"),
}
"""The port's name and the repo, by folder."""
NOT_KEPT = {
    "echo-wm": ("echo_wm", "Echo-Team/Echo-WM"),
    "matrix-game-3.5": ("matrix_game_35", "RiemannDynamics/Matrix-Game-3.5-Distilled"),
    "causal-forcing": ("causal_forcing", "zhuhz22/Causal-Forcing"),
    "causal-forcing-framewise": ("causal_framewise", "zhuhz22/Causal-Forcing"),
    "causal-forcing-2-steps": ("causal_2_steps", "zhuhz22/Causal-Forcing"),
    "causal-forcing-long": ("causal_long", "zhuhz22/Causal-Forcing"),
    "lingbot-world-2": ("lingbot_2", "robbyant/lingbot-world-v2-14b-causal-fast"),
    "rolling-forcing": ("rolling_forcing", "TencentARC/RollingForcing"),
    "self-gradient-forcing": ("self_gradient", "JunhaoZhuang/Self_Gradient_Forcing"),
    "self-gradient-forcing-framewise": ("sgf_framewise", "JunhaoZhuang/Self_Gradient_Forcing"),
    "sgf-plus": ("sgf_plus", "ZihanSu/Self_Gradient_Forcing_Plus"),
}
"""Ports that the tests render, check and play too, but that are near a kept one: no folder."""
VARIANTS = {
    "causal-forcing": "chunkwise",
    "causal-forcing-framewise": "framewise",
    "causal-forcing-2-steps": "framewise-2step",
    "causal-forcing-long": "longvideo",
    "diamond-atari": "atari_100k",
    "self-gradient-forcing": "sgf-chunkwise",
    "self-gradient-forcing-framewise": "sgf-framewise",
    "sgf-plus": "sgf-plus-chunkwise",
}
"""Which of a repo's models, where it has several."""


FAMILIES = {"matrix-game-3.5": "camera-video"}
"""The family, where the files of a repo only suggest it."""


def golden_choices(folder: str) -> Choices:
    """What was chosen of its repo: as for `lucid new`, by default the first of its models."""
    variants = recorded_facts((GOLDEN | NOT_KEPT)[folder][1]).variants
    first = variants[0].name if variants else None
    return Choices(family=FAMILIES.get(folder), variant=VARIANTS.get(folder) or first)


def golden_files(folder: str) -> list[RenderedFile]:
    """What ``scaffolds/<folder>`` should hold, or would."""
    name, repo = (GOLDEN | NOT_KEPT)[folder]
    choices = golden_choices(folder)
    return plan(name, recorded_facts(repo, choices), choices)


def catalogue() -> str:
    """Return docs/models.md with the table of these ports."""
    facts = {
        folder: recorded_facts(repo, golden_choices(folder))
        for folder, (_, repo) in (GOLDEN | NOT_KEPT).items()
    }
    return with_table(MODELS.read_text("utf-8"), table(facts, kept=GOLDEN.keys()))


if __name__ == "__main__":
    for folder in GOLDEN:
        shutil.rmtree(SCAFFOLDS / folder, ignore_errors=True)
        SCAFFOLDS.mkdir(exist_ok=True)
        write(golden_files(folder), SCAFFOLDS / folder)
    MODELS.write_text(catalogue(), "utf-8")
