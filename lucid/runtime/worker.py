"""The seam between the host and a loaded model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lucid.authoring.manifest import Manifest
from lucid.runtime.messages import ControlMessage, WorkerEvent


class Worker(Protocol):
    """One loaded model. Calls return at once; what comes of them arrives as events.

    The port's ``load``, ``run`` and every input handler run on one thread with its own event loop:
    a blocking step stalls nobody else, and a handler never runs in the middle of it.

    A worker that can start another process in place of one that died, or whose port changed, says
    so (``WorkerLost``, ``Reloading``, ``ManifestChanged``); no event of a session from before comes
    after that, and ``Loaded`` comes again. Its manifest is the one of the port as it is loaded.
    """

    manifest: Manifest

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        """Load the model. ``on_event`` is called on the worker's thread and must not block."""

    def open(self, session_id: str) -> None:
        """Start a session: SessionStarted, then its outputs, at last SessionOver."""

    def deliver(self, session_id: str, message: ControlMessage) -> None:
        """Queue a message for a session; a refused input comes back as InputRefused."""

    def shown(self, session_id: str) -> None:
        """A frame of the session was shown: the port may publish one more."""

    def close(self, session_id: str) -> None:
        """Ask a session to end."""

    async def stop(self) -> None:
        """End every session, unload the model, end the thread or process."""
