"""Compare the engine of a port with upstream's own loop, frame by frame, on tiny random weights.

A port's ``tests/test_engine.py`` calls ``check`` with a function that runs upstream's loop.
"""

from lucid.golden.check import check
from lucid.golden.frames import Frames
from lucid.golden.imported import check_texts, import_upstream, import_with_changes, tiny_port
from lucid.golden.steps import PROMPTS, Rollout, Step

__all__ = [
    "PROMPTS",
    "Frames",
    "Rollout",
    "Step",
    "check",
    "check_texts",
    "import_upstream",
    "import_with_changes",
    "tiny_port",
]
