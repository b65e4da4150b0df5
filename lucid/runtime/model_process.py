"""ModelProcess: the server's handle on the process that runs a port."""

from __future__ import annotations

import codecs
import contextlib
import logging
import os
import pickle
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, cast

from lucid._target import PortLocation
from lucid.authoring.manifest import Manifest, with_galleries
from lucid.errors import ModelProcessError, TargetError
from lucid.runtime.calls import Beat, GiveBack, Import, Imported, ImportFailed, Load, Stop, Touched
from lucid.runtime.channel import Channel
from lucid.runtime.limits import Limits
from lucid.runtime.printed import Printed
from lucid.runtime.reload import PortFiles
from lucid.runtime.ring import RingSize, SharedMemory, SlotReader

GONE = (EOFError, OSError, ValueError, pickle.UnpicklingError)
"""What reading from a process raises that is gone, or whose last message broke off."""
POLL_MS = 250
LAST_WORDS_S = 5.0
"""How long the output of a dead process is read while something else goes on printing there."""
READ_BYTES = 64 * 1024
AGAIN = "it was killed and is started again; the server's log has the traceback"

Calls = Callable[[], Iterable[object]]
OnUnsent = Callable[[object, Exception], None]

logger = logging.getLogger(__name__)


class ModelProcess:
    """Runs ``lucid.runtime.model_main`` in a process of its own, and in a process group of its own.

    Ctrl-C is for the server alone; the process ends as soon as its stdin does, however the server
    ended. Nothing here blocks on the process but ``receive``. ``on_unsent`` gets a call that cannot
    be pickled, with the exception; it runs on the writer's thread.
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
        self._dead = threading.Event()
        self.verdict: ModelProcessError | None = None
        """Why it was killed, where it was not asked to end."""
        self._on_unsent = on_unsent
        self._memory = SharedMemory()
        lifeline: int | None = None
        self._life: int | None = None
        if sys.platform != "win32":
            lifeline, self._life = os.pipe()
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-u", "-m", "lucid.runtime.model_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **_apart(self._memory.fd, lifeline),
        )
        if lifeline is not None:
            os.close(lifeline)
        self._channel = Channel(
            cast(BinaryIO, self._popen.stdout), cast(BinaryIO, self._popen.stdin)
        )
        self._outbox: queue.SimpleQueue[object | Calls | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, args=(work,), name=f"lucid{name}", daemon=True)
            for name, work in (("-write", self._write), ("-relay", self._relay))
        ]
        for thread in self._threads:
            thread.start()
        level = logging.getLogger().getEffectiveLevel()
        self._files = files
        watched = None if files is None else str(files.folder)
        self.send(Import(location, stub, tuple(sys.path), level, lifeline, limits, watched))

    def send(self, call: object | Calls) -> None:
        """Queue a call, or a function that returns calls once the process takes them.

        From any thread, also from a finalizer.
        """
        self._outbox.put(call)

    def receive(self) -> Any:
        """The next event; what was logged is logged here.

        Raises:
            EOFError, OSError, ValueError, pickle.UnpicklingError: the process is gone (``GONE``).
        """
        while True:
            message = self._channel.receive()
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
        """The manifest of the port, once it is imported.

        Raises:
            TargetError: it does not import.
            ModelProcessError: the process ended meanwhile.
        """
        try:
            while isinstance(answer := self.receive(), Beat):
                pass
        except GONE:
            raise self.obituary("imported the port") from None
        if isinstance(answer, ImportFailed):
            self.obituary("imported the port")
            raise TargetError(answer.error.message, hint=answer.error.hint)
        assert isinstance(answer, Imported)
        manifest = Manifest.model_validate_json(answer.manifest_json)
        return with_galleries(manifest, answer.galleries)

    def load(self, manifest: Manifest) -> None:
        """Load the model; its frames come through shared memory.

        Raises:
            MachineError: there is not enough memory for them.
        """
        size = RingSize.of(manifest)
        memory = self._memory.map(size.total_bytes)
        handle = self._memory.handle
        self._memory.close()
        reader = SlotReader(memory, size, lambda slot: self.send(GiveBack(slot)))
        self._channel.from_slot = reader.picture
        self.send(Load(size, handle))

    def end(self, grace_s: float) -> None:
        """Ask it to end, and kill it when it has not after ``grace_s``; blocks so long."""
        self.send(Stop())
        if not self.gone.wait(grace_s):
            self.kill(None)

    def kill(self, verdict: ModelProcessError | None) -> None:
        """Kill it and whatever it started, at once."""
        self.verdict = self.verdict or verdict
        if self._popen.returncode is None:  # not reaped: the number is still its own
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._popen.kill()
                else:
                    os.killpg(self._popen.pid, signal.SIGKILL)

    def obituary(self, doing: str) -> ModelProcessError:
        """Bury a process that is gone or is to be: why it died, while it was ``doing`` what.

        Blocks until it is gone; burying it again says the same.
        """
        self.gone.set()
        self.kill(None)  # also what it has started, which may live on
        code = self._popen.wait()
        self._dead.set()
        self.send(None)
        for thread in self._threads:
            thread.join()
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what was not written yet cannot be any more
                pipe.close()
        self._memory.close()
        if self._life is not None:
            os.close(self._life)
            self._life = None
        return self.verdict or _cause(code, doing)

    def _run(self, work: Callable[[], None]) -> None:
        """Run a thread's work; if it fails, kill the process, so that another one is started."""
        try:
            work()
        except Exception as error:
            logger.exception("a thread that serves the model's process failed")
            what = f"the model's process cannot be served: {type(error).__name__}: {error}"
            self.kill(ModelProcessError(what, hint=AGAIN))

    def _write(self) -> None:
        while (call := self._outbox.get()) is not None:
            for one in call() if callable(call) else (call,):
                try:
                    packed = self._channel.pack(one)
                except Exception as error:
                    logger.exception("a call cannot be sent to the model's process")
                    self._on_unsent(one, error)
                    continue
                try:
                    self._channel.write(packed)
                except (OSError, ValueError):
                    return  # the reader will hear of its end

    def _relay(self) -> None:
        """Pass on what the port prints."""
        assert self._popen.stderr is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        printed = Printed()
        while self._prints() and (data := os.read(self._popen.stderr.fileno(), READ_BYTES)):
            if text := decoder.decode(printed.shown(data, time.monotonic())):
                _print(text)
        _print(printed.left_out())

    def _prints(self) -> bool:
        """Wait for output; False once the process is dead and was heard to the end.

        A daemon that the port started may hold the pipe open for much longer.
        """
        if sys.platform == "win32":
            return True
        assert self._popen.stderr is not None
        poll = select.poll()
        poll.register(self._popen.stderr, select.POLLIN)
        while not poll.poll(POLL_MS):
            if self._dead.is_set():
                return False
        return not self._dead.is_set() or time.monotonic() - self.heard_s < LAST_WORDS_S


def _print(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the server's own stderr may be closed
        sys.stderr.write(text)
        sys.stderr.flush()


def _apart(*inherited: int | None) -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0, "pass_fds": [fd for fd in inherited if fd is not None]}


def _cause(code: int, doing: str) -> ModelProcessError:
    if code >= 0:
        return ModelProcessError(
            f"the model's process exited with code {code} while it {doing}",
            hint="what it printed last is in the server's log",
        )
    name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
    hint = "what it printed last is in the server's log"
    if name == "SIGKILL":
        hint = "the system was out of memory, or somebody killed it"
    return ModelProcessError(
        f"the model's process was killed by {name} while it {doing}", hint=hint
    )
