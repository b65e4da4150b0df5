"""ModelProcess: the process that runs a port, as the server sees it."""

from __future__ import annotations

import codecs
import contextlib
import logging
import pickle
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from lucid._target import PortLocation
from lucid.authoring.manifest import Manifest, with_galleries
from lucid.errors import ModelProcessError, TargetError
from lucid.runtime.calls import Beat, GiveBack, Import, Imported, ImportFailed, Load, Stop, Touched
from lucid.runtime.child import ChildProcess, signal_name
from lucid.runtime.limits import Limits
from lucid.runtime.printed import Printed
from lucid.runtime.reload import PortFiles
from lucid.runtime.ring import RingSize, SharedMemory, SlotReader

GONE = (EOFError, OSError, ValueError, pickle.UnpicklingError)
"""What reading raises if the process is gone, or if its last message broke off."""
AGAIN = "it was killed and is started again; the server's log has the traceback"

Calls = Callable[[], Iterable[object]]
OnUnsent = Callable[[object, Exception], None]

logger = logging.getLogger(__name__)


class ModelProcess:
    """Runs ``lucid.runtime.model_main`` in a child process.

    Only ``receive`` waits for the process. ``on_unsent`` gets each call that cannot be pickled,
    with the exception, on the writer's thread.
    """

    def __init__(
        self,
        location: PortLocation,
        stub: bool,
        limits: Limits,
        files: PortFiles | None,
        on_unsent: OnUnsent,
    ) -> None:
        self.heard_s = time.monotonic()
        self.gone = threading.Event()
        self.verdict: ModelProcessError | None = None
        """Why it was killed, unless it was asked to end."""
        self._on_unsent = on_unsent
        self._memory = SharedMemory()
        self._printed = Printed()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        shared = [] if self._memory.fd is None else [self._memory.fd]
        self._child = ChildProcess("lucid.runtime.model_main", self._show, inherit=shared)
        self._outbox: queue.SimpleQueue[object | Calls | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="lucid-write", daemon=True)
        self._writer.start()
        level = logging.getLogger().getEffectiveLevel()
        self._files = files
        watched = None if files is None else str(files.folder)
        self.send(Import(location, stub, level, limits, watched))

    def send(self, call: object | Calls) -> None:
        """Queue a call, or a function that returns calls once the process takes them.

        May be called from any thread, also from a finalizer.
        """
        self._outbox.put(call)

    def receive(self) -> Any:
        """Return the next event. Log records of the process are logged here.

        Raises:
            EOFError, OSError, ValueError, pickle.UnpicklingError: the process is gone (``GONE``).
        """
        while True:
            message = self._child.channel.receive()
            self.heard_s = time.monotonic()
            if isinstance(message, Touched):
                assert self._files is not None
                self._files.note(message)
                continue
            if not isinstance(message, logging.LogRecord):
                return message
            logger = logging.getLogger(message.name)
            if logger.isEnabledFor(message.levelno):
                logger.handle(message)

    def manifest(self) -> Manifest:
        """Wait until the port is imported; return its manifest.

        Raises:
            TargetError: the port does not import.
            ModelProcessError: the process ended.
        """
        try:
            while isinstance(answer := self.receive(), Beat):
                pass
        except GONE:
            raise self.reap("imported the port") from None
        if isinstance(answer, ImportFailed):
            self.reap("imported the port")
            raise TargetError(answer.error.message, hint=answer.error.hint)
        assert isinstance(answer, Imported)
        manifest = Manifest.model_validate_json(answer.manifest_json)
        return with_galleries(manifest, answer.galleries)

    def load(self, manifest: Manifest) -> None:
        """Load the model. Its frames come through shared memory.

        Raises:
            MachineError: there is not enough memory for the frames.
        """
        size = RingSize.of(manifest)
        memory = self._memory.map(size.total_bytes)
        handle = self._memory.handle
        self._memory.close()
        reader = SlotReader(memory, size, lambda slot: self.send(GiveBack(slot)))
        self._child.channel.from_slot = reader.picture
        self.send(Load(size, handle))

    def end(self, grace_s: float) -> None:
        """Ask the process to end; kill it if it has not ended after ``grace_s``."""
        self.send(Stop())
        if not self.gone.wait(grace_s):
            self.kill(None)

    def kill(self, verdict: ModelProcessError | None, *, dump: bool = False) -> None:
        """Kill the process and all that it started; with ``dump``, it prints its stacks first."""
        self.verdict = self.verdict or verdict
        self._child.kill(dump=dump)

    def reap(self, doing: str) -> ModelProcessError:
        """Kill and reap the process; return why it died while it ``doing``.

        Blocks until it is gone. A second call returns the same.
        """
        self.gone.set()
        self._child.kill()
        self.send(None)
        self._writer.join()
        code = self._child.reap()
        self._memory.close()
        _print(self._printed.left_out())
        return self.verdict or _cause(code, doing)

    def _write(self) -> None:
        try:
            while (call := self._outbox.get()) is not None:
                for one in call() if callable(call) else (call,):
                    if not self._write_call(one):
                        return  # the pipe is closed: the reader hears of it, too
        except Exception as error:
            logger.exception("the writer of the model's process failed")
            what = f"the model's process cannot be served: {type(error).__name__}: {error}"
            self.kill(ModelProcessError(what, hint=AGAIN))

    def _write_call(self, call: object) -> bool:
        """Send one call, or give it to ``on_unsent``; return False if the pipe is closed."""
        channel = self._child.channel
        try:
            packed = channel.pack(call)
        except Exception as error:
            logger.exception("a call cannot be sent to the model's process")
            self._on_unsent(call, error)
            return True
        try:
            channel.write(packed)
        except (OSError, ValueError):
            return False
        return True

    def _show(self, data: bytes) -> None:
        """Pass on what the port prints."""
        if text := self._decoder.decode(self._printed.shown(data, time.monotonic())):
            _print(text)


def _print(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the server's own stderr may be closed
        sys.stderr.write(text)
        sys.stderr.flush()


def _cause(code: int, doing: str) -> ModelProcessError:
    hint = "what it printed last is in the server's log"
    if (name := signal_name(code)) is None:
        what = f"exited with code {code}"
    else:
        what = f"was killed by {name}"
        if name == "SIGKILL":
            hint = "the system was out of memory, or somebody killed it"
    return ModelProcessError(f"the model's process {what} while it {doing}", hint=hint)
