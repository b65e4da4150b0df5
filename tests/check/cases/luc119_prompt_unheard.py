"""What LUC119 leaves alone, and what it finds."""

from tests.check.case import Invalid, Valid

_NO_PROMPT = {"answers": {"inputs": ["keyboard", "mouse", "image"]}}
_SOURCE = """
from lucid import LucidSession, input

class MySession(LucidSession):
    @input()
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt
"""

VALID = (
    Valid(_SOURCE, {"answers": {"inputs": ["prompt", "image"]}}),
    Valid(_SOURCE, {"answers": {"inputs": []}}),
    _SOURCE,
)
INVALID = (Invalid(_SOURCE, line=5, column=9, lock=_NO_PROMPT),)
