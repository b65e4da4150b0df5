"""SteppedContext: the context of a session that makes each step on request."""

import asyncio
from collections.abc import Callable
from functools import cached_property

from lucid.runtime.context import RunningContext
from lucid.runtime.pacing import Pacer


class SteppedContext(RunningContext):
    """Waits after each step until ``advance``, instead of until the next frame is due.

    A session that waits is *parked*. Nothing runs in it, so inputs that are sent now are applied
    before the next step.
    """

    on_parked: Callable[[bool], None]
    """Called on the model's thread, with True when the session parks and with False when it
    continues. It must be set before the session runs."""

    def advance(self) -> None:
        """Let the session make its next step; on the model's thread."""
        self._advanced.set()

    def end(self) -> None:
        """See RunningContext."""
        super().end()
        self._advanced.set()

    @cached_property
    def _advanced(self) -> asyncio.Event:
        return asyncio.Event()

    async def _wait_for_step(self, pacer: Pacer) -> None:
        if not self.running:
            return
        self._advanced.clear()
        self.on_parked(True)
        try:
            await self._advanced.wait()
        finally:
            self.on_parked(False)
