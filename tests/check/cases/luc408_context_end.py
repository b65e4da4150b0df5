"""What LUC408 leaves alone, and what it finds."""

from tests.check.case import Invalid, Valid

_WAYPOINT = {"family": "waypoint", "answers": {"context_steps": 512}}
_RESETS = """
class Engine:
    def step(self, action):
        if self._steps >= CONTEXT_STEPS - 2:
            self._restart(self._last_frame.clone())
        return self._world.gen_frame(ctrl=action)

    def _restart(self, frame):
        self._world.reset()
"""

VALID = (
    Valid(_RESETS, _WAYPOINT),
    Valid(
        "class Engine:\n    def step(self, action):\n        return self._world.gen_frame()",
        {"family": "waypoint", "answers": {"context_steps": None}},
    ),
    "class Engine:\n    def step(self, action):\n        return self._world.gen_frame()",
)
INVALID = (
    Invalid(
        """
            class Engine:
                def step(self, action):
                    if self.stub:
                        return self.still
                    return self._world.gen_frame(ctrl=action)

                def reset(self):
                    self._world.reset()
            """,
        line=5,
        column=16,
        lock=_WAYPOINT,
    ),
)
