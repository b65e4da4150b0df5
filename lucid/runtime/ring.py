"""A ring of pictures in shared memory. One process writes them, and another reads them in place.

The memory has no name (on Windows, the name ends with the last user), so it is freed when the
processes end. A slot is written again only after the reader has released its picture, so that no
picture is torn. A reader that holds many pictures copies further ones.
"""

from __future__ import annotations

import math
import mmap
import os
import secrets
import sys
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lucid.authoring.manifest import Manifest
from lucid.errors import MachineError

SLOTS_PER_SESSION = 8
MIN_SLOTS = 4
MAX_BYTES = 64 * 1024 * 1024
"""The most memory of all slots together, unless ``MIN_SLOTS`` slots need more."""
WAIT_S = 0.25
"""How long a writer waits for a free slot before it drops its frame."""


@dataclass(frozen=True)
class RingSize:
    """The number of slots, and the size of each."""

    slots: int
    slot_bytes: int

    @classmethod
    def of(cls, manifest: Manifest) -> RingSize:
        """Return a size that fits the largest video output and all sessions."""
        pictures = [o.width * o.height * 3 for o in manifest.videos]
        slot_bytes = max(pictures, default=mmap.PAGESIZE)
        wanted = SLOTS_PER_SESSION * manifest.model.max_sessions * max(1, len(pictures))
        return cls(max(MIN_SLOTS, min(wanted, MAX_BYTES // slot_bytes)), slot_bytes)

    @property
    def total_bytes(self) -> int:
        """The size of all slots together."""
        return self.slots * self.slot_bytes


class SharedMemory:
    """Anonymous memory that a child process inherits before its size is known."""

    def __init__(self) -> None:
        self.tag = f"lucid-{secrets.token_hex(8)}"
        self.fd: int | None = None
        if sys.platform == "linux":
            self.fd = os.memfd_create(self.tag)
        elif sys.platform != "win32":
            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())

    def map(self, size_bytes: int) -> mmap.mmap:
        """Reserve memory of this size and map it.

        Raises:
            MachineError: There is not enough memory.
        """
        try:
            if self.fd is not None:
                # Reserve it now: later, a lack of memory would end the process with SIGBUS.
                if sys.platform == "linux":
                    os.posix_fallocate(self.fd, 0, size_bytes)
                else:
                    os.truncate(self.fd, size_bytes)
            return attach(self.handle, size_bytes)
        except (OSError, ValueError) as error:
            raise MachineError(
                f"no memory for {size_bytes / 1e6:.0f} MB of frames: {error}",
                hint="free some memory, or declare smaller outputs or fewer max_sessions",
            ) from None

    @property
    def handle(self) -> int | str:
        """The argument of ``attach`` in the child: a file descriptor or, on Windows, a name."""
        return self.tag if self.fd is None else self.fd

    def close(self) -> None:
        """Close the descriptor. Mapped memory stays mapped."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def attach(handle: int | str, size_bytes: int) -> mmap.mmap:
    """Map the memory that another process created."""
    if isinstance(handle, int):
        return mmap.mmap(handle, size_bytes)
    return mmap.mmap(-1, size_bytes, tagname=handle)  # type: ignore[call-arg]  # Windows only


class SlotWriter:
    """The writing end: takes free slots, and gets them back from the reader."""

    def __init__(self, memory: mmap.mmap, size: RingSize) -> None:
        self._memory = memory
        self._size = size
        self._start = np.frombuffer(memory, np.uint8).ctypes.data
        self._free = deque(range(size.slots))
        self._unsent: dict[int, object] = {}
        self._returned = threading.Condition()

    def take(self, shape: tuple[int, ...]) -> np.ndarray | None:
        """Return a uint8 array of this shape in a free slot, or None if none is free in time."""
        with self._returned:
            if not self._returned.wait_for(lambda: self._free, WAIT_S):
                return None
            slot = self._free.popleft()
            token = self._unsent[slot] = object()
        offset = slot * self._size.slot_bytes
        array = np.ndarray(shape, np.uint8, buffer=self._memory, offset=offset)
        weakref.finalize(array, self._on_freed, slot, token).atexit = False
        return array

    def sent(self, array: np.ndarray) -> tuple[int, ...] | None:
        """Mark an array as sent; return its slot and its shape, or None if it is in no slot."""
        offset = array.ctypes.data - self._start
        if not 0 <= offset < self._size.total_bytes:
            return None
        slot = offset // self._size.slot_bytes
        self._unsent.pop(slot, None)
        return slot, *array.shape

    def give_back(self, slot: int) -> None:
        """Free a slot that the reader has released."""
        with self._returned:
            self._free.append(slot)
            self._returned.notify()

    def _on_freed(self, slot: int, token: object) -> None:
        if self._unsent.get(slot) is token:  # its frame was never sent
            del self._unsent[slot]
            self.give_back(slot)


class SlotReader:
    """The reading end: gives a slot back when the picture in it is garbage-collected."""

    def __init__(self, memory: mmap.mmap, size: RingSize, give_back: Callable[[int], None]) -> None:
        self._memory = memory
        self._size = size
        self._give_back = give_back
        self._held: set[int] = set()
        self._most_held = size.slots - max(2, size.slots // 4)

    def picture(self, slot: int, *shape: int) -> np.ndarray:
        """Return the uint8 picture of this shape in a slot, read-only.

        Raises:
            ValueError: There is no such slot, or the picture does not fit into it.
        """
        if not 0 <= slot < self._size.slots or not 0 < math.prod(shape) <= self._size.slot_bytes:
            raise ValueError(f"slot {slot} holds no picture of shape {shape}")
        offset = slot * self._size.slot_bytes
        array = np.ndarray(shape, np.uint8, buffer=self._memory, offset=offset)
        if len(self._held) >= self._most_held:
            array = array.copy()
            self._give_back(slot)
        else:
            self._held.add(slot)
            weakref.finalize(array, self._on_freed, slot).atexit = False
        array.flags.writeable = False
        return array

    def _on_freed(self, slot: int) -> None:
        self._held.discard(slot)
        self._give_back(slot)
