"""As stdstu12/YUME at 111c3fa, wan23/configs/__init__.py."""

from .wan_ti2v_5B import ti2v_5B

WAN_CONFIGS = {"ti2v-5B": ti2v_5B}
