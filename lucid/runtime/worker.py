"""Worker: the interface between the host and a loaded model."""

from collections.abc import Callable
from typing import Protocol

from lucid.authoring.manifest import Manifest
from lucid.runtime.messages import ControlMessage, WorkerEvent
from lucid.runtime.script import NO_SCRIPT, Script


class Worker(Protocol):
    """One loaded model. Calls return at once; their results arrive as events.

    The port's ``load``, ``run`` and every input handler run on one thread with its own event loop:
    a blocking step blocks nothing else, and no handler runs in the middle of a step.

    A worker that replaces its process emits ``WorkerLost``, ``Reloading`` or ``ManifestChanged``.
    After that, it emits no event of an earlier session. It emits ``Loaded`` once the model has
    loaded again. ``manifest`` is always the manifest of the loaded port.
    """

    manifest: Manifest

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        """Load the model. ``on_event`` is called on the worker's thread and must not block."""

    def open(self, session_id: str, script: Script = NO_SCRIPT) -> None:
        """Start a session, which emits SessionStarted, its outputs, and finally SessionOver.

        Without a script, a worker with a process of its own chooses an rng seed.
        """

    def deliver(self, session_id: str, message: ControlMessage) -> None:
        """Queue a message for a session. A refused input results in InputRefused."""

    def shown(self, session_id: str) -> None:
        """Report that a frame of the session was shown, so that the port may publish another."""

    def close(self, session_id: str) -> None:
        """End a session."""

    def reload(self) -> None:
        """Load the model again, after its load or a session has failed. No session may be open."""

    async def stop(self) -> None:
        """End every session, unload the model, and end the thread or process."""
