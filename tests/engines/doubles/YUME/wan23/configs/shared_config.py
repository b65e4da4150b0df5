"""As stdstu12/YUME at 111c3fa, wan23/configs/shared_config.py."""

from types import SimpleNamespace

import torch

wan_shared_cfg = SimpleNamespace()
wan_shared_cfg.t5_dtype = torch.bfloat16
wan_shared_cfg.text_len = 512
