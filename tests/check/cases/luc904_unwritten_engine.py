"""What LUC904 leaves alone, and what it finds."""

from tests.check.case import Invalid

_PORT = """
    from lucid import LucidModel

    class Engine:
        def load(self, ctx) -> None:
            \"\"\"Load the weights.\"\"\"
            self._world = open_world()

        def set_prompt(self, prompt: str) -> None:
            raise NotImplementedError

        def step(self, action):
            return self._world(action)

    class MyModel(LucidModel):
        def load(self, ctx) -> None:
            self.engine = Engine()
    """

VALID = (
    _PORT,
    _PORT.replace("self.engine = Engine()", "self.engine = Base()").replace(
        "return self._world(action)", "raise NotImplementedError"
    ),
    _PORT.replace("return self._world(action)", "raise ValueError(action)"),
)
INVALID = (
    Invalid(
        _PORT.replace("return self._world(action)", "raise NotImplementedError('write it')"),
        line=11,
        column=9,
    ),
    Invalid(_PORT.replace("self._world = open_world()", "raise NotImplementedError"), 4, 9),
)
