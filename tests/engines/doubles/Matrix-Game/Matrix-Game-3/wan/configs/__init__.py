"""As SkyworkAI/Matrix-Game at d915452, Matrix-Game-3/wan/configs: what its pipelines read."""

from types import SimpleNamespace

WAN_CONFIGS = {"matrix_game3": SimpleNamespace(sample_neg_prompt="blurry", sample_shift=5.0)}
