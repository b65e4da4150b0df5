"""As robbyant/lingbot-world at a43bec7, wan/configs/shared_config.py."""

from types import SimpleNamespace

import torch

wan_shared_cfg = SimpleNamespace()
wan_shared_cfg.t5_dtype = torch.bfloat16
wan_shared_cfg.text_len = 512
wan_shared_cfg.param_dtype = torch.bfloat16
wan_shared_cfg.num_train_timesteps = 1000
