"""What LUC412 leaves alone, and what it finds."""

from tests.check.case import Invalid

_PORT = """
    import torch
    from lucid import LucidModel, LucidSession

    class Engine:
        def load(self, ctx) -> None:
            self._world = torch.load("world.pt", weights_only=True)
            self.reset()

        def reset(self) -> None:
            self._frame = None

        def step(self):
            return self._world(self._frame)

    class MySession(LucidSession):
        async def run(self) -> None:
            await self.ctx.publish("main_video", self.model.engine.step())

    class MyModel(LucidModel):
        def load(self, ctx) -> None:
            self.engine = Engine()
            self.engine.load(ctx)
"""
_RESET = "            self.reset()\n"

VALID = (
    _PORT.replace("self.reset()\n", "self.step()\n"),
    _PORT.replace("self.reset()\n", "self._play()\n\n        def _play(self):\n    "
                  "        self.step()\n"),
    _PORT.replace("self.reset()\n", "play(self)\n"),
    _PORT.replace("self.reset()\n", "warm_up(self)\n").replace(
        "import torch\n", "import torch\n    from lucid.conditioning import warm_up\n"
    ),
    _PORT + "            self.engine.step()\n",
    _PORT.replace("import torch", "import numpy"),
    _PORT.replace("(self, ctx) -> None:", "(self, ctx) -> None:  # lucid: noqa[LUC412] slow", 1),
)  # fmt: skip
INVALID = (
    Invalid(_PORT, line=5, column=9),
    Invalid(_PORT.replace(_RESET, ""), line=5, column=9),
    Invalid(_PORT.replace("import torch", "import diffusers.utils as utils"), line=5, column=9),
)
