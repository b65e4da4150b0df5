"""The stub engine in place of a server."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import make_dataclass

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.model import LoadContext
from lucid.authoring.stub.engine import StubEngine
from lucid.remote.link import Link
from lucid.remote.pictures import Batch


class StubLink(Link):
    """Makes one frame at a time. A key that was tapped since the last frame counts in the next."""

    is_asked = True

    async def open(self, prompt: str, picture: NDArray[np.uint8] | None) -> None:
        """See Link."""
        self._stub = StubEngine(*self.engine.size)
        self._stub.load(LoadContext(logging.getLogger(__name__), lambda stage, fraction: None))
        self._stub.reset(prompt, picture)
        self._held: tuple[str, ...] = ()
        self._tapped: set[str] = set()

    async def send(self, event_id: int, held: Sequence[str], prompt: str | None) -> None:
        """See Link."""
        self._event_id = event_id
        if prompt is not None:
            self._stub.set_prompt(prompt)
        self._held = tuple(held)
        self._tapped |= set(held)

    async def receive(self) -> Sequence[Batch]:
        """See Link."""
        keys, action = self.engine.keys, None
        if keys is not None:
            fields = make_dataclass("Action", [("held", tuple[keys, ...])])  # type: ignore[valid-type]
            action = fields(tuple(key for key in keys if key.value in self._tapped))
        self._tapped = set(self._held)
        return [Batch(0, None, list(self._stub.step(action)))]

    async def close(self) -> None:
        """See Link."""


link = StubLink
