"""What LUC411 leaves alone, and what it finds."""

from tests.check.case import Invalid

_PORT = """
    from dataclasses import dataclass
    from lucid import LucidModel, LucidSession, publish
    from lucid.conditioning import warm_up

    @dataclass
    class Action:
        held = ()

    class Engine:
        def load(self, ctx) -> None:
            warm_up(self, Action(), seed_size=(360, 640))

        def reset(self, seed_frame=None) -> None:
            self._frame = seed_frame

        def step(self, action: Action):
            return self._world(action.held)

    class MySession(LucidSession):
        async def run(self) -> None:
            engine = self.model.engine
            engine.reset(seed_frame=None)
            await self.ctx.publish("main_video", engine.step(Action()))

    class MyModel(LucidModel):
        outputs = (publish.video(name="main_video", width=640, height=360),)

        def load(self, ctx) -> None:
            self.engine = Engine()
            self.engine.load(ctx)
"""
_CALL = "warm_up(self, Action(), seed_size=(360, 640))"


def _with(call: str) -> str:
    return _PORT.replace(_CALL, call)


VALID = (
    _PORT,
    _with("warm_up(self, *self.actions, steps=3)"),
    _with("warm_up(self, self.action, seed_size=SIZE)"),
    _with("warm_up(self, Action())").replace("seed_frame=None) -> None:", "**start) -> None:"),
    _PORT.replace("self.engine = Engine()", "self.engine = make_engine(Engine())").replace(
        "engine.step(Action())", "engine.step()"
    ),
)
INVALID = (
    Invalid(_with("warm_up(self, seed_size=(360, 640))"), line=11, column=9),
    Invalid(_with("warm_up(self, action=Action())"), line=11, column=9),
    Invalid(_with("warm_up(self, Action)"), line=11, column=9),
    Invalid(_with("warm_up(self, Action(), None)"), line=11, column=9),
    Invalid(_with("warm_up(self, {'held': ()})"), line=11, column=9),
    Invalid(_with("warm_up(self, Action(), seed_size=640)"), line=11, column=9),
    Invalid(_with("warm_up(self, Action(), seed_size=(640, 360))"), line=11, column=9),
    Invalid(_with("warm_up(Action(), self)"), line=11, column=9),
    Invalid(_with("warm_up(self, Action(), steps='2')"), line=11, column=9),
    Invalid(_with("warm_up()"), line=11, column=9),
    Invalid(_PORT.replace("seed_frame=None) -> None:", "seed_frame) -> None:"), line=11, column=9),
    Invalid(_PORT.replace("engine.step(Action())", "engine.step()"), line=23, column=46),
    Invalid(_PORT.replace("engine.reset(seed", "engine.reset(start"), line=22, column=9),
)
