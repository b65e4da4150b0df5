"""Channel: sends messages between two processes, as pickles over a pair of pipes."""

import io
import pickle
import threading
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import numpy as np

PROTOCOL = 5
"""The newest version of pickles that Python 3.11 and all later ones read."""
CHANNEL_ERRORS = (EOFError, OSError, ValueError, pickle.UnpicklingError)
"""What ``Channel.receive`` raises once the other process has ended."""


class Channel:
    """Sends and receives messages. Both ends trust each other, as unpickling requires.

    Pictures in shared memory are not pickled. ``as_slot`` returns the slot of an array or None, and
    ``from_slot`` of the other end returns the array in that slot.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = reader
        self._writer = writer
        self._writing = threading.RLock()  # a finalizer may send while its thread sends
        self.as_slot: Callable[[np.ndarray], Any] = lambda array: None
        self.from_slot: Callable[..., np.ndarray] | None = None

    def pack(self, message: object) -> memoryview:
        """Serialise a message for ``write``.

        Raises whatever pickle raises for it.
        """
        data = io.BytesIO()
        _Pickler(data, self.as_slot).dump(message)
        return data.getbuffer()

    def write(self, packed: memoryview) -> None:
        """Send a packed message, from any thread. Block while the pipe is full.

        Raises:
            OSError, ValueError: One end of the pipe is closed.
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
        """Return the next message; call it on one thread only.

        Raises what ``CHANNEL_ERRORS`` lists if the other end is closed, or its last message is
        incomplete.
        """
        return _Unpickler(self._reader, self.from_slot).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: BinaryIO, as_slot: Callable[[np.ndarray], Any]) -> None:
        super().__init__(file, PROTOCOL)
        self._as_slot = as_slot

    def persistent_id(self, obj: Any) -> Any:
        return self._as_slot(obj) if isinstance(obj, np.ndarray) else None

    def reducer_override(self, obj: Any) -> Any:
        """Pickle arrays and paths without the names of modules that other versions lack."""
        if isinstance(obj, np.ndarray | np.generic) and not obj.dtype.hasobject:
            make = _array if isinstance(obj, np.ndarray) else _scalar
            return make, (bytearray(obj.tobytes()), obj.dtype.str, obj.shape)
        if isinstance(obj, PurePath):
            return _path, (str(obj),)
        return NotImplemented


def _array(data: bytearray, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(data, dtype).reshape(shape)


def _scalar(data: bytearray, dtype: str, shape: tuple[int, ...]) -> Any:
    return _array(data, dtype, shape)[()]


def _path(text: str) -> Path:
    return Path(text)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, from_slot: Callable[..., np.ndarray] | None) -> None:
        super().__init__(file)
        self._from_slot = from_slot

    def persistent_load(self, pid: Any) -> np.ndarray:
        if self._from_slot is None:
            raise pickle.UnpicklingError("a picture arrived before the shared memory")
        return self._from_slot(*pid)
