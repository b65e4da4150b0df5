"""Log the control messages of a session as newline-delimited JSON."""

import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from lucid.authoring.files import InputFile
from lucid.authoring.manifest import Manifest
from lucid.runtime.messages import Align, ControlMessage, Input, Pause, ReleaseAll, Resume, Step

MAX_LINES = 200_000
"""Enough for an hour of constant mouse motion; then the oldest lines are dropped."""
MAX_CHARACTERS = 64 * 1024 * 1024
LOG_VERSION = 1

_TYPES = {Pause: "pause", Resume: "resume", Step: "step", ReleaseAll: "release_all"}


class InputLog:
    """A session's inputs, pauses, steps and releases, with their times since its start."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()
        self._lines: deque[str] = deque()
        self._characters = self._dropped = 0

    def add(self, message: ControlMessage, files: Mapping[str, InputFile]) -> None:
        """Log an accepted message.

        A file is logged with its name and hash, because its id is only valid in the session.
        ``Align`` is not logged, because it concerns only one display.
        """
        if isinstance(message, Align):
            return
        line: dict[str, Any] = {"t_ms": round((time.monotonic() - self._start_s) * 1000, 1)}
        if isinstance(message, Input):
            args = {name: _plain(value, files) for name, value in message.args.items()}
            line |= {"type": "input", "seq": message.seq, "name": message.name, "args": args}
        else:
            line["type"] = _TYPES[type(message)]
        self._lines.append(_dump(line))
        self._characters += len(self._lines[-1])
        while len(self._lines) > MAX_LINES or self._characters > MAX_CHARACTERS:
            self._characters -= len(self._lines.popleft())
            self._dropped += 1

    def ndjson(self, manifest: Manifest) -> Iterator[str]:
        """Yield a header line and then one line per message; each line is strict JSON.

        The header says how many of the oldest messages were dropped, if any.
        """
        head = {"type": "log", "version": LOG_VERSION, "model": manifest.model.name}
        yield _dump(head | ({"dropped": self._dropped} if self._dropped else {}))
        yield from list(self._lines)


def _plain(value: Any, files: Mapping[str, InputFile]) -> Any:
    file = files.get(value) if isinstance(value, str) else None
    return value if file is None else {"file": file.filename, "sha256": file.sha256}


def _dump(line: Mapping[str, Any]) -> str:
    return json.dumps(line, allow_nan=False) + "\n"
