"""ChildProcess: a Python process with a channel to this one. WatchedChild: one that may hang."""

import codecs
import contextlib
import faulthandler
import importlib
import logging
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from lucid.environment.find import foreign_environment
from lucid.runtime.channel import CHANNEL_ERRORS, Channel

READ_BYTES = 64 * 1024
DUMP_S = 0.2
"""How long a child gets to print its stacks before it is killed."""
POLL_MS = 250
LAST_OUTPUT_S = 5.0
"""How long to read the output of a dead child. A daemon that it started may go on printing."""

logger = logging.getLogger(__name__)

_kept: list[Channel] = []
"""The child's own channel. It stays open until the child exits, because the parent treats a closed
channel as the death of the child."""

KEPT_LINES = 12
MAX_LINES = 400
STACK = ("Thread 0x", "Current thread 0x")
"""The first words of a stack that faulthandler prints."""


class ChildProcess:
    """Runs ``main(channel)`` of a module in a new Python process, in a process group of its own.

    Ctrl-C reaches the parent only. The child dies with the parent, even if it is stuck in C code.
    ``on_output`` gets what the child prints to stdout and stderr, on a thread. With ``python``,
    the interpreter of another environment runs the child, with its packages and its Lucid.
    Otherwise the child has this process's interpreter and ``sys.path``.
    """

    def __init__(
        self,
        module: str,
        on_output: Callable[[str], None],
        *,
        inherit: Sequence[int] = (),
        env: Mapping[str, str] | None = None,
        python: Path | None = None,
    ) -> None:
        self._lifeline: int | None = None
        arguments: list[str] = []
        options: dict[str, Any]
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        else:
            child_end, self._lifeline = os.pipe()
            arguments = [str(child_end)]
            options = {"process_group": 0, "pass_fds": [child_end, *inherit]}
        self._popen = subprocess.Popen(
            [str(python or sys.executable), "-P", "-u", "-m", __name__, module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**(os.environ if python is None else foreign_environment()), **(env or {})},
            **options,
        )
        if sys.platform != "win32":
            os.close(child_end)
        self.channel = Channel(
            cast(BinaryIO, self._popen.stdout), cast(BinaryIO, self._popen.stdin)
        )
        self._on_output = on_output
        self._dead_s: float | None = None
        self._reader = threading.Thread(target=self._read_output, name="lucid-output", daemon=True)
        self._reader.start()
        with contextlib.suppress(OSError):  # if the child has died, the first receive() raises
            self.channel.send(tuple(sys.path) if python is None else None)

    def kill(self, *, dump: bool = False) -> None:
        """Kill the child and all processes that it started.

        With ``dump``, the child first prints the stack of each of its threads.
        """
        if self._popen.returncode is not None:
            return  # it is reaped, and another process may have its id now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._popen.kill()
                return
            if dump:
                os.kill(self._popen.pid, signal.SIGUSR1)
                time.sleep(DUMP_S)
            os.killpg(self._popen.pid, signal.SIGKILL)

    def reap(self) -> int:
        """Kill the child, wait for its end, and close its pipes.

        Return its exit code, which is negative for a signal. If the child was already dead, this is
        its own exit code.
        """
        self.kill()
        code = self._popen.wait()
        self._dead_s = self._dead_s or time.monotonic()
        self._reader.join()
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # nobody reads data that was not sent
                pipe.close()
        lifeline, self._lifeline = self._lifeline, None  # two threads may reap the child at once
        if lifeline is not None:
            os.close(lifeline)
        return code

    def _read_output(self) -> None:
        assert self._popen.stderr is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with self._popen.stderr as output:
            while self._has_output() and (data := os.read(output.fileno(), READ_BYTES)):
                try:
                    self._on_output(decoder.decode(data))
                except Exception:
                    logger.exception("the output of a child process was lost")

    def _has_output(self) -> bool:
        """Wait for output; return False once the child is dead and has no more to read."""
        if sys.platform == "win32":
            return True
        assert self._popen.stderr is not None
        poll = select.poll()
        poll.register(self._popen.stderr, select.POLLIN)
        while not poll.poll(POLL_MS):
            if self._dead_s is not None:
                return False
        return self._dead_s is None or time.monotonic() - self._dead_s < LAST_OUTPUT_S


class WatchedChild:
    """Runs ``main(channel)`` of a module, sends it one job, and receives messages until it ends."""

    def __init__(
        self, module: str, job: object, *, env: Mapping[str, str], python: Path | None = None
    ) -> None:
        self._messages: queue.Queue[Any] = queue.Queue()
        self._partial_line = ""
        self._printed: deque[str] = deque(maxlen=MAX_LINES)
        self._process = ChildProcess(module, self._keep_lines, env=env, python=python)
        with contextlib.suppress(OSError):  # it died at once, which the reader reports
            self._process.channel.send(job)
        threading.Thread(target=self._receive, name="lucid-child", daemon=True).start()

    def receive(self, limit_s: float) -> Any:
        """Return the next message, or None once the child has ended.

        Raises:
            TimeoutError: The child sent nothing within ``limit_s``.
        """
        try:
            return self._messages.get(timeout=limit_s)
        except queue.Empty:
            raise TimeoutError from None

    @property
    def last_lines(self) -> str:
        """The last lines that the child printed."""
        return "\n".join(list(self._printed)[-KEPT_LINES:])

    def log_stacks(self, what: str) -> None:
        """Kill the child, and log the stacks of its threads. ``what`` names the call that hangs."""
        self._process.kill(dump=True)
        self._process.reap()
        lines = list(self._printed)
        start = next((n for n, line in enumerate(lines) if line.startswith(STACK)), 0)
        logger.warning("%s does not return:\n%s", what, "\n".join(lines[start:]))

    def reap(self) -> str:
        """Kill the child and all that it started; return how the child ended."""
        return how_it_ended(self._process.reap())

    def _receive(self) -> None:
        try:
            while True:
                self._messages.put(self._process.channel.receive())
        except CHANNEL_ERRORS:
            self._messages.put(None)

    def _keep_lines(self, text: str) -> None:
        *lines, self._partial_line = (self._partial_line + text).split("\n")
        self._partial_line = self._partial_line[-1000:]
        self._printed += [line[:300] for line in lines]


def how_it_ended(code: int) -> str:
    """Describe an exit code: ``exited with code 1`` or ``was killed by SIGKILL``."""
    if code >= 0:
        return f"exited with code {code}"
    names = (known.name for known in signal.Signals if known == -code)
    return f"was killed by {next(names, f'signal {-code}')}"


def print_output(text: str) -> None:
    """Print what a child printed on this process's stderr, which may be closed."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _connect_to_parent() -> Channel:
    """Use stdin and stdout as the channel, and the ``sys.path`` that the parent sends, if any.

    Afterwards stdin is empty, and prints go to stderr.
    """
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - its descriptor is needed
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    channel = Channel(reader, writer)
    _kept.append(channel)
    faulthandler.enable()
    if sys.platform != "win32":
        faulthandler.register(signal.SIGUSR1, all_threads=True)
        _die_with_parent(int(sys.argv[2]))
    if (path := channel.receive()) is not None:
        sys.path[:] = path
    return channel


def _die_with_parent(lifeline: int) -> None:
    """Let the kernel end this process when the pipe breaks, even while C code holds the GIL."""
    if sys.platform != "win32":
        import fcntl

        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)  # SIGIO has no handler


if __name__ == "__main__":
    channel = _connect_to_parent()
    importlib.import_module(sys.argv[1]).main(channel)
