"""As robbyant/lingbot-world at a43bec7, wan/configs/__init__.py."""

from .wan_i2v_A14B import i2v_A14B

WAN_CONFIGS = {"i2v-A14B": i2v_A14B}
