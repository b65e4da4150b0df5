"""ModelProcess: the process that runs a port, as the server sees it."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from lucid._target import PortLocation
from lucid.authoring.manifest import Manifest, with_galleries
from lucid.environment.find import find_interpreter
from lucid.errors import ModelProcessError, TargetError
from lucid.runtime.channel import CHANNEL_ERRORS
from lucid.runtime.child import ChildProcess, how_it_ended, print_output
from lucid.runtime.port_calls import Limits
from lucid.runtime.process_messages import (
    FileAccess,
    GiveBack,
    Heartbeat,
    Import,
    Imported,
    ImportFailed,
    Load,
    Stop,
)
from lucid.runtime.reload import PortFiles
from lucid.runtime.ring import RingSize, SharedMemory, SlotReader

RESTART_HINT = "it was killed and is started again; the server's log has the traceback"

Calls = Callable[[], Iterable[object]]
OnUnsent = Callable[[object, Exception], None]

logger = logging.getLogger(__name__)
OUTPUT = logging.getLogger("lucid.output")
"""Gets the output of the port. This module also prints the output to stderr."""
OUTPUT.setLevel(logging.INFO)
OUTPUT.propagate = False


class ModelProcess:
    """Runs ``lucid.runtime.model_process_main`` in a child process.

    ``send`` never waits for the process. ``on_unsent`` gets each call that cannot be pickled and
    the exception, on the writer's thread.
    """

    def __init__(
        self,
        location: PortLocation,
        stub: bool,
        limits: Limits,
        files: PortFiles | None,
        on_unsent: OnUnsent,
    ) -> None:
        self.last_message_s = time.monotonic()
        self.ended = threading.Event()
        self._kill_reason: ModelProcessError | None = None
        self._on_unsent = on_unsent
        self._memory = SharedMemory()
        self._output_limit = OutputLimit()
        shared = [] if self._memory.fd is None else [self._memory.fd]
        self._python = find_interpreter(location.root)
        self._child = ChildProcess(
            "lucid.runtime.model_process_main", self._show, inherit=shared, python=self._python
        )
        self._outbox: queue.SimpleQueue[object | Calls | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="lucid-write", daemon=True)
        self._writer.start()
        level = logging.getLogger().getEffectiveLevel()
        self._files = files
        watched = None if files is None else str(files.folder)
        self.send(Import(location, stub, level, limits, watched))

    def send(self, call: object | Calls) -> None:
        """Queue a call, or a function that returns calls when they can be sent.

        This may be called from any thread, and from a finalizer.
        """
        self._outbox.put(call)

    def receive(self) -> Any:
        """Wait for the next event and return it; log the log records of the process.

        Raises what ``CHANNEL_ERRORS`` lists once the process has ended.
        """
        while True:
            message = self._child.channel.receive()
            self.last_message_s = time.monotonic()
            if isinstance(message, FileAccess):
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
            TargetError: The port cannot be imported.
            ModelProcessError: The process ended.
        """
        try:
            while isinstance(answer := self.receive(), Heartbeat):
                pass
        except CHANNEL_ERRORS:
            raise self.reap("imported the port") from None
        if isinstance(answer, ImportFailed):
            self.reap("imported the port")
            raise TargetError(answer.error.message, hint=answer.error.hint)
        assert isinstance(answer, Imported)
        manifest = Manifest.model_validate_json(answer.manifest_json)
        return with_galleries(manifest, answer.galleries)

    def load(self, manifest: Manifest) -> None:
        """Start to load the model, whose frames come through shared memory.

        Raises:
            MachineError: There is not enough memory for the frames.
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
        if not self.ended.wait(grace_s):
            self.kill(None)

    def kill(self, reason: ModelProcessError | None, *, dump: bool = False) -> None:
        """Kill the process and all that it started. With ``dump``, it prints its stacks first."""
        self._kill_reason = self._kill_reason or reason
        self._child.kill(dump=dump)

    def reap(self, doing: str) -> ModelProcessError:
        """Kill and reap the process; return why it died. ``doing`` says what it did, as a verb.

        This blocks until the process has ended. A second call returns the same error.
        """
        self.ended.set()
        self._child.kill()
        self.send(None)
        self._writer.join()
        code = self._child.reap()
        self._memory.close()
        _print(self._output_limit.take_note())
        cause = _cause(code, doing)
        if self._python is not None and doing == "imported the port":
            cause.hint = f"{cause.hint}; {self._python} runs it: `lucid sync` makes it again"
        return self._kill_reason or cause

    def _write(self) -> None:
        try:
            while (call := self._outbox.get()) is not None:
                for each in call() if callable(call) else (call,):
                    if not self._write_call(each):
                        return  # the pipe is closed, so that receive() raises
        except Exception as error:
            logger.exception("sending to the model process failed")
            what = f"sending to the model process failed: {type(error).__name__}: {error}"
            self.kill(ModelProcessError(what, hint=RESTART_HINT))

    def _write_call(self, call: object) -> bool:
        """Send one call, or give it to ``on_unsent``; return False if the pipe is closed."""
        channel = self._child.channel
        try:
            packed = channel.pack(call)
        except Exception as error:
            logger.exception("a call could not be sent to the model process")
            self._on_unsent(call, error)
            return True
        try:
            channel.write(packed)
        except (OSError, ValueError):
            return False
        return True

    def _show(self, text: str) -> None:
        """Print output of the port."""
        _print(self._output_limit.apply(text, time.monotonic()))


def _print(text: str) -> None:
    if text:
        OUTPUT.info("%s", text)
        print_output(text)


def _cause(code: int, doing: str) -> ModelProcessError:
    how = how_it_ended(code)
    is_killed = how.endswith("SIGKILL")
    return ModelProcessError(
        f"the model process {how} while it {doing}",
        hint="the system ran out of memory, or somebody killed it"
        if is_killed
        else "its last output is in the server's log",
    )


CHARACTERS_A_SECOND = 64 * 1024


class OutputLimit:
    """Passes a limited number of characters per second, and reports how many were dropped."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._passed = 0
        self._dropped = 0

    def apply(self, text: str, now_s: float) -> str:
        """Return the part of ``text`` to print, after a note about dropped characters."""
        note = ""
        if now_s - self._since_s >= 1:
            note = self.take_note()
            self._since_s, self._passed = now_s, 0
        part = text[: CHARACTERS_A_SECOND - self._passed]
        self._passed += len(part)
        self._dropped += len(text) - len(part)
        return note + part

    def take_note(self) -> str:
        """Return a line that says how much was dropped since the last note, or ""."""
        dropped, self._dropped = self._dropped, 0
        return f"\n[{dropped:,} characters of the port's output were dropped]\n" if dropped else ""
