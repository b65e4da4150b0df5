"""What LUC126 leaves alone, and what it finds."""

from tests.check.case import Invalid

_PORT = """
    from dataclasses import dataclass
    from lucid import LucidModel, LucidSession

    @dataclass(frozen=True)
    class Action:
        held: tuple[str, ...] = ()
        look: tuple[float, float] = (0.0, 0.0)

    class Engine:
        def step(self, action: Action):
            return self._world(self._keys(action), action.look)

        def _keys(self, action: Action):
            return [key in action.held for key in ("forward", "back")]

    class MySession(LucidSession):
        async def run(self) -> None:
            action = self.take_action()
            await self.ctx.publish("main_video", self.model.engine.step(action))

        def take_action(self) -> Action:
            return Action(held=self.held.drain(), look=self.mouse.drain())

    class MyModel(LucidModel):
        def load(self, ctx) -> None:
            self.engine = Engine()
"""

VALID = (
    _PORT,
    _PORT.replace("self._keys(action), action.look", "action"),
    _PORT.replace("self._keys(action), action.look", "**vars(action)"),
    _PORT.replace("step(self, action: Action)", "step(self, _action: Action)").replace(
        "self._keys(action), action.look", "self._still"
    ),
)
INVALID = (
    Invalid(
        _PORT.replace("self._keys(action), action.look", "self._still, _keys=Action.held.look"),
        line=10,
        column=20,
    ),
    Invalid(_PORT.replace(", action.look", ""), line=7, column=5),
    Invalid(_PORT.replace("step(action))", "step(self.still))"), line=18, column=9),
)
