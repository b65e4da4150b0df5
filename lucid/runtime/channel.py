"""Messages between two processes: pickles on a pair of pipes, pictures as slots of a ring."""

from __future__ import annotations

import io
import pickle
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np


class Channel:
    """Both ends trust each other: one is the server, the other runs the port it was asked to run.

    An array that ``as_slot`` knows is not pickled: it goes as its slot, and ``from_slot`` of the
    other end makes it an array again.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = reader
        self._writer = writer
        self._writing = threading.RLock()  # a file that a finalizer opens is reported, too
        self.as_slot: Callable[[np.ndarray], Any] = lambda array: None
        self.from_slot: Callable[..., np.ndarray] | None = None

    def pack(self, message: object) -> memoryview:
        """Serialise a message, for ``write``.

        Raises whatever pickle does with it; nothing of it is sent then.
        """
        data = io.BytesIO()
        _Pickler(data, self.as_slot).dump(message)
        return data.getbuffer()

    def write(self, packed: memoryview) -> None:
        """Send a packed message; from any thread. Blocks while the pipe is full.

        Raises:
            OSError, ValueError: the other end is gone, or this one is closed.
        """
        with self._writing:
            self._writer.write(packed)
            self._writer.flush()

    def send(self, message: object) -> None:
        """Pack and write a message.

        Raises what ``pack`` and ``write`` raise.
        """
        self.write(self.pack(message))

    def receive(self) -> Any:
        """The next message; on one thread.

        Raises:
            EOFError, OSError, ValueError, pickle.UnpicklingError: the other end is gone.
        """
        return _Unpickler(self._reader, self.from_slot).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: BinaryIO, as_slot: Callable[[np.ndarray], Any]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._as_slot = as_slot

    def persistent_id(self, obj: Any) -> Any:
        return self._as_slot(obj) if isinstance(obj, np.ndarray) else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, from_slot: Callable[..., np.ndarray] | None) -> None:
        super().__init__(file)
        self._from_slot = from_slot

    def persistent_load(self, pid: Any) -> np.ndarray:
        if self._from_slot is None:
            raise pickle.UnpicklingError("a picture came before its memory")
        return self._from_slot(*pid)
