"""What LUC511 leaves alone, and what it finds."""

from lucid.check.project import Project
from tests.check.case import Invalid, Valid

_SOURCE = """
    import torch
    from . import helpers

    class Engine:
        def load(self, ctx) -> None:
            import cv2
            from omegaconf import OmegaConf
    """
_OPTIONAL = """
    from typing import TYPE_CHECKING

    if TYPE_CHECKING:
        from PIL.Image import Image
    try:
        import xformers
    except ImportError:
        xformers = None
    """
_NEEDS = ("diffusers", "lucid-runtime", "omegaconf", "torch")

VALID = (
    Valid(_SOURCE, project=Project("world", (*_NEEDS, "opencv-python-headless"), ("port",))),
    Valid(_SOURCE, project=Project("world", (*_NEEDS, "of-which-nothing-is-known"), ("port",))),
    Valid(_SOURCE, project=Project("world", _NEEDS, ("port",), ("src/cv2",))),
    Valid(_SOURCE, project=Project("world", None, ("port",))),
    Valid("import PIL, yaml, safetensors, world", project=Project("world", ("diffusers", "timm"))),
    Valid(_OPTIONAL, project=Project("world", (), ("port",))),
    _SOURCE,
)
INVALID = (
    Invalid(_SOURCE, line=6, column=9, project=Project("world", _NEEDS, ("port",))),
    Invalid("import yaml.nodes", line=1, column=1, project=Project("world", ("torch",))),
)
