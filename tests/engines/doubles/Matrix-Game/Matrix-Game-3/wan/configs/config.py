"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/wan/configs/config.py."""

from types import SimpleNamespace

matrix_game3 = SimpleNamespace(__name__="Config: Matrix Game 3.0")
matrix_game3.sample_neg_prompt = "blurry"  # a longer list there
matrix_game3.sample_shift = 5.0
