"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/wan/configs."""

from .config import matrix_game3

WAN_CONFIGS = {"matrix_game3": matrix_game3}
