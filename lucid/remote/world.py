"""RemoteWorld: a session that another engine plays for one player."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING

from lucid.errors import LucidError, needs_extra
from lucid.remote.engine import EngineBusy

if TYPE_CHECKING:  # a port is imported without the libraries of the protocols, too
    import numpy as np
    from numpy.typing import NDArray

    from lucid.authoring.session import SessionContext
    from lucid.remote.engine import RemoteEngine
    from lucid.remote.link import Link
    from lucid.remote.pictures import Batch, Picture

MAX_CHUNKS = 2
"""How many chunks wait to be shown; a further one replaces the oldest."""
MAX_PICTURES = 512
"""How many pictures of one chunk wait."""
RETRY_S, PATIENCE_S = 0.25, 15.0
"""How often and how long to try again while an engine ends its last session."""
MALFORMED = (
    ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What code raises that reads data of the wrong form."""


class RemoteWorld:
    """Sends the player's inputs to an engine, and returns its frames.

    A change of the held keys is sent at once, because an engine looks at them when it starts a
    chunk. Frames wait until they are due. When the first one comes that shows a newer input, those
    that wait are dropped, so that Lucid adds at most a frame to the engine's own delay.

    When an engine ends its session as planned, the next one starts from the last frame.
    """

    def __init__(
        self,
        engine: RemoteEngine,
        ctx: SessionContext,
        *,
        prompt: str = "",
        picture: NDArray[np.uint8] | None = None,
    ) -> None:
        self._engine, self._ctx = engine, ctx
        self._prompt, self._picture = prompt, picture
        self._held: dict[str, None] = {}
        self._link: Link | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._restarts = True
        self._patient_until_s = 0.0
        self._is_over = False
        """Whether the engine has ended its session as planned."""
        self._frames = 0
        """How many frames of this session were returned."""
        self._chunks: deque[tuple[int, deque[tuple[Picture, int]]]] = deque(maxlen=MAX_CHUNKS)
        """The number of each chunk, and its pictures with the newest input that they show."""
        self._event_id = 0
        self._unseen: deque[tuple[int, int]] = deque(maxlen=1024)
        """The events that no frame has shown, with the newest input of each."""
        self._seen_seq = 0

    async def hold(self, key: Enum, pressed: bool) -> None:
        """Press or release a key."""
        if pressed:
            self._held[key.value] = None
        else:
            self._held.pop(key.value, None)
        await self._send()

    async def set_prompt(self, prompt: str) -> None:
        """Change the prompt from the next chunk on."""
        self._prompt = prompt
        await self._send(prompt)

    def restart(self, picture: NDArray[np.uint8]) -> None:
        """Start again from a picture, in a new session of the engine."""
        self._picture, self._restarts = picture, True
        self._changed.set()

    async def frame(self) -> NDArray[np.uint8]:
        """Return the next frame, (H, W, 3) uint8 RGB.

        Raises:
            RemoteError: the engine cannot be reached, or its session failed.
        """
        from lucid.remote.pictures import as_rgb

        started_s = time.perf_counter()
        while self._restarts or not self._chunks:
            try:
                await self._advance()
            except EngineBusy:  # perhaps it still ends our last session
                if self._frames or time.monotonic() > self._patient_until_s:
                    raise
                self._restarts = True
                await asyncio.sleep(RETRY_S)
        if self._reader is not None:
            started_s = time.perf_counter()  # the wait was the engine's
        picture, seq = self._chunks[0][1].popleft()
        if not self._chunks[0][1]:
            self._chunks.popleft()
        try:
            self._picture = as_rgb(picture, self._engine)
        except MALFORMED as error:
            raise self._engine.misread(error) from error
        self._frames += 1
        self._ctx.record_shown_input(seq)
        # Without the wait, so that publish returns just before the next frame is due.
        self._ctx.record_inference_ms((time.perf_counter() - started_s) * 1000)
        return self._picture

    async def close(self) -> None:
        """End the engine's session."""
        link, reader, self._link, self._reader = self._link, self._reader, None, None
        if reader is not None:
            reader.cancel()
            with suppress(asyncio.CancelledError, LucidError):
                await reader
        if link is not None:
            await link.close()

    async def _advance(self) -> None:
        """Start a session, or wait for something to change in it."""
        if self._restarts or self._is_over:
            await self._open()
        elif self._reader is None:
            await self._receive()
        elif self._reader.done():
            await self._reader  # raises why it has ended
        else:
            self._changed.clear()
            await self._changed.wait()

    async def _open(self) -> None:
        """Start a session of the engine, from the picture."""
        if self._frames:
            self._patient_until_s = time.monotonic() + PATIENCE_S
        await self.close()
        if self._is_over and not self._frames:
            raise self._engine.error(
                "ended its session before the first frame",
                "START in the port's engine.py sets what a session starts with, such as its length",
            )
        self._restarts = self._is_over = False
        self._frames, self._seen_seq, prompt = 0, self._ctx.input_seq, self._prompt
        self._chunks.clear()
        self._unseen.clear()
        with needs_extra("remote", "a world of another engine"):
            link: Link = import_module(f"lucid.remote.{self._engine.protocol}").link(self._engine)
        try:
            await link.open(prompt, self._picture)
        except BaseException as error:
            await link.close()
            if isinstance(error, MALFORMED):
                raise self._engine.misread(error) from error
            raise
        self._link = link
        if not link.is_asked:
            self._reader = asyncio.create_task(self._read())
        if self._held:
            await self._send()
        if prompt != self._prompt:
            await self._send(self._prompt)

    async def _send(self, prompt: str | None = None) -> None:
        if self._link is None:
            return  # the session will start with it
        self._event_id += 1
        self._unseen.append((self._event_id, self._ctx.input_seq))
        await self._link.send(self._event_id, tuple(self._held), prompt)

    async def _read(self) -> None:
        try:
            while not self._is_over:
                await self._receive()
                self._changed.set()
        finally:
            self._changed.set()

    async def _receive(self) -> None:
        assert self._link is not None
        try:
            batches = await self._link.receive()
            self._is_over = batches is None
            for batch in batches or ():
                self._take(batch)
        except MALFORMED as error:
            raise self._engine.misread(error) from error

    def _take(self, batch: Batch) -> None:
        seq = self._seen_seq
        while batch.event_id and self._unseen and self._unseen[0][0] <= batch.event_id:
            seq = self._unseen.popleft()[1]
        if seq > self._seen_seq:
            self._chunks.clear()
        self._seen_seq = seq
        if not self._chunks or self._chunks[-1][0] != batch.chunk:
            self._chunks.append((batch.chunk, deque(maxlen=MAX_PICTURES)))
        self._chunks[-1][1].extend((picture, seq) for picture in batch.pictures)
