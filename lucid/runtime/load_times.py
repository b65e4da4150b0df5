"""LoadTimes: records how long each stage of loading takes on this machine."""

import contextlib
import json
import os
import re
from pathlib import Path


class LoadTimes:
    """The times of a model's stages, kept in a file.

    Without a file, or if it cannot be read or written, every stage is unknown.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._stage: str | None = None
        self._since_s = 0.0
        self._new: dict[str, float] = {}
        self._last: dict[str, float] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            stored = json.loads(file.read_text("utf-8")) if file else {}
            self._last = {str(stage): float(time_s) for stage, time_s in stored.items()}

    @classmethod
    def of(cls, model: str) -> "LoadTimes":
        """Return the times of a model, from below XDG_CACHE_HOME or ~/.cache."""
        base = os.environ.get("XDG_CACHE_HOME")
        folder = (Path(base) if base else Path.home() / ".cache") / "lucid" / "load-times"
        return cls(folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', model)}.json")

    def last_s(self, stage: str) -> float | None:
        """Return how long a stage took last time; None if unknown."""
        return self._last.get(stage)

    def enter(self, stage: str, now_s: float) -> None:
        """Record that loading is at a stage. The same stage may be reported again."""
        if stage != self._stage:
            self._leave(now_s)
            self._stage, self._since_s = stage, now_s

    def end(self, now_s: float, *, loaded: bool) -> None:
        """Record the end of loading. The times are saved if the model has ``loaded``."""
        self._leave(now_s)
        self._stage, new, self._new = None, self._new, {}
        if not loaded or not new:
            return
        self._last |= new
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.write_text(json.dumps(self._last, indent=1), "utf-8")

    def _leave(self, now_s: float) -> None:
        if self._stage is not None:
            self._new[self._stage] = round(now_s - self._since_s, 2)
