"""What LUC510 leaves alone, and what it finds."""

from tests.check.case import Invalid, Valid

_LOCK = {
    "source": {"repo": "org/name", "files": [{"path": "config.yaml"}, {"path": "ema/model.pt"}]},
    "answers": {"width": 640, "height": 360, "fps": 12, "keyboard_dim": 2, "context_steps": None}
    | {"denoising_steps": 4},
}
_PORT = """
    from enum import IntEnum
    from lucid import LucidModel, download_weights, publish

    CHECKPOINT = "ema/model.pt"
    WIDTH, HEIGHT, FPS = 640, 360, 12
    CONTEXT_STEPS, DENOISING_STEPS = 50, 4

    class Key(IntEnum):
        FORWARD = 0
        BACK = 1

    class MyModel(LucidModel):
        outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),)

        def load(self, ctx) -> None:
            weights = download_weights("org/name", "main", ["*.yaml"], pickles=[CHECKPOINT])
            self.config = weights / "config.yaml"
            self.ema = weights / "ema"
    """

VALID = (
    Valid(_PORT, _LOCK),
    Valid(_PORT.replace("360, 12", "352, 12"), _LOCK),
    Valid(
        _PORT.replace("org/name", "org/base").replace("ema/", "raw/"),
        {**_LOCK, "needed": [{"repo": "org/base", "commit": "1" * 40}]},
    ),
    _PORT,
)
INVALID = (
    Invalid(_PORT.replace("360, 12", "360, 30"), line=5, column=32, lock=_LOCK),
    Invalid(_PORT.replace("640, 360", "800, 360"), line=5, column=22, lock=_LOCK),
    Invalid(_PORT.replace('"ema/model.pt"', '"ema/weights.pt"'), line=4, column=14, lock=_LOCK),
    Invalid(_PORT.replace('/ "config.yaml"', '/ "config.json"'), line=17, column=33, lock=_LOCK),
    Invalid(_PORT.replace("org/name", "org/base"), line=16, column=36, lock=_LOCK),
    Invalid(_PORT.replace("50, 4", "50, 3"), line=6, column=38, lock=_LOCK),
    Invalid(_PORT.replace("BACK = 1", "BACK = 2"), line=10, column=12, lock=_LOCK),
)
