"""As microsoft/mineworld at b9aebcf, utils.py: objects by the names in a config."""

import importlib
from typing import Any


def get_obj_from_str(string: str, reload: bool = False) -> Any:
    module, cls = string.rsplit(".", 1)
    return getattr(importlib.import_module(module), cls)


def instantiate_from_config(config: Any) -> Any:
    if "target" not in config:
        raise KeyError("Expected key `target` to instantiate.")
    return get_obj_from_str(config["target"])(**config.get("params", {}))


def load_model_from_config(config: Any, sd: Any, gpu: bool = True, eval_mode: bool = True) -> Any:
    model = instantiate_from_config(config)
    if sd is not None:
        missing, _ = model.load_state_dict(sd, strict=False)
        if len(missing) != 0:
            raise ValueError(f"Missing keys: {missing}")
    if gpu:
        model.cuda()
    return {"model": model.eval()}
