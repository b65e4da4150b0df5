"""Log the control messages of a session as newline-delimited JSON."""

import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from lucid.authoring.files import InputFile
from lucid.authoring.manifest import Manifest
from lucid.authoring.parameters import releases
from lucid.runtime.messages import Align, ControlMessage, Input, Pause, ReleaseAll, Resume, Step

MAX_LINES = 200_000
"""Enough for an hour of constant mouse motion; then the oldest lines are dropped."""
MAX_CHARACTERS = 64 * 1024 * 1024
LOG_VERSION = 1

_Key = tuple[str, str | None]
"""The type of a message, and the name of an input."""
_TYPES = {Pause: "pause", Resume: "resume", Step: "step", ReleaseAll: "release_all"}


class InputLog:
    """A session's inputs, pauses, steps and releases, with their times since its start."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()
        self._lines: deque[tuple[_Key, str]] = deque()
        self._before: dict[_Key, str] = {}
        """The last dropped line of each input and message type, in the order of these lines."""
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
        self._lines.append(((line["type"], line.get("name")), _dump(line)))
        self._characters += len(self._lines[-1][1])
        while len(self._lines) > MAX_LINES or self._characters > MAX_CHARACTERS:
            what, dropped = self._lines.popleft()
            self._before.pop(what, None)
            self._before[what] = dropped
            self._characters -= len(dropped)
            self._dropped += 1

    def ndjson(self, manifest: Manifest) -> Iterator[str]:
        """Yield a header line and then one line per message; each line is strict JSON.

        If the oldest messages were dropped, the header says how many, and how many of the next
        lines repeat what they had set, so that the log can be replayed.
        """
        head = {"type": "log", "version": LOG_VERSION, "model": manifest.model.name}
        state = list(self._state(manifest))
        dropped = {"dropped": self._dropped, "state": len(state)} if self._dropped else {}
        yield _dump(head | dropped)
        yield from state
        yield from [line for _, line in self._lines]

    def _state(self, manifest: Manifest) -> Iterator[str]:
        """Yield what the dropped messages had set, with the time of the first line that is kept."""
        neutral = releases(manifest)
        momentary = {i.name for i in manifest.inputs if i.binding and i.name not in neutral}
        state: dict[str, dict[str, Any]] = {}
        pause: list[dict[str, Any]] = []
        for line in map(json.loads, self._before.values()):
            match line["type"]:
                case "input" if line["name"] not in momentary:
                    state[line["name"]] = line
                case "release_all":
                    state = {name: one for name, one in state.items() if name not in neutral}
                case "pause":
                    pause = [line]
                case "resume":
                    pause = []
        active = [one for name, one in state.items() if one["args"] != neutral.get(name)]
        for line in active + pause:
            yield _dump(line | {"t_ms": json.loads(self._lines[0][1])["t_ms"]})


def _plain(value: Any, files: Mapping[str, InputFile]) -> Any:
    file = files.get(value) if isinstance(value, str) else None
    return value if file is None else {"file": file.filename, "sha256": file.sha256}


def _dump(line: Mapping[str, Any]) -> str:
    return json.dumps(line, allow_nan=False) + "\n"
