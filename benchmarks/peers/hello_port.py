"""examples/hello for up to 16 sessions."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "hello"))
from hello.port import HelloModel


class ManyModel(HelloModel):
    max_sessions = 16
