"""Pictures in memory that two processes share: written once by one, read in place by the other.

The memory has no name (Windows: one that goes with its last user), so nothing is left over, however
the two end. A slot is written again only once nobody in the reading process looks at it: a picture
is never torn. A reader that holds many pictures copies the next ones out, so that slots stay free.
"""

from __future__ import annotations

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
"""What all slots take together, as long as there are more than ``MIN_SLOTS``."""
WAIT_S = 0.25
"""How long a writer waits for a slot before it drops its frame."""


@dataclass(frozen=True)
class RingSize:
    """How many pictures fit, of how many bytes each."""

    slots: int
    slot_bytes: int

    @classmethod
    def of(cls, manifest: Manifest) -> RingSize:
        """Room for the largest video output, for every session."""
        pictures = [o.width * o.height * 3 // 2 for o in manifest.outputs if o.kind == "video"]
        slot_bytes = max(pictures, default=mmap.PAGESIZE)
        wanted = SLOTS_PER_SESSION * manifest.model.max_sessions * max(1, len(pictures))
        return cls(max(MIN_SLOTS, min(wanted, MAX_BYTES // slot_bytes)), slot_bytes)

    @property
    def total_bytes(self) -> int:
        """All slots together."""
        return self.slots * self.slot_bytes


class SharedMemory:
    """Anonymous memory that a child inherits; it gets its size later, once that is known."""

    def __init__(self) -> None:
        self.tag = f"lucid-{secrets.token_hex(8)}"
        self.fd: int | None = None
        if sys.platform == "linux":
            self.fd = os.memfd_create(self.tag)
        elif sys.platform != "win32":
            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())

    def map(self, size_bytes: int) -> mmap.mmap:
        """Take memory of this size and map it.

        Raises:
            MachineError: there is not enough.
        """
        try:
            if self.fd is not None:
                # Reserve it now: later, a page too many would end the process with SIGBUS.
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
        """What a child needs to attach: a file descriptor, or on Windows a name."""
        return self.tag if self.fd is None else self.fd

    def close(self) -> None:
        """Let go of it; what is mapped stays mapped."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def attach(handle: int | str, size_bytes: int) -> mmap.mmap:
    """Map memory that another process made."""
    if isinstance(handle, int):
        return mmap.mmap(handle, size_bytes)
    return mmap.mmap(-1, size_bytes, tagname=handle)  # type: ignore[call-arg]  # Windows only


class SlotWriter:
    """The writing end: takes free slots, gets them back when the reader is done."""

    def __init__(self, memory: mmap.mmap, size: RingSize) -> None:
        self._memory = memory
        self._size = size
        self._start = np.frombuffer(memory, np.uint8).ctypes.data
        self._free = deque(range(size.slots))
        self._unsent: dict[int, object] = {}
        self._returned = threading.Condition()

    def take(self, shape: tuple[int, int]) -> np.ndarray | None:
        """An array (rows, columns) uint8 in a free slot; None where none gets free in time."""
        with self._returned:
            if not self._returned.wait_for(lambda: self._free, WAIT_S):
                return None
            slot = self._free.popleft()
            token = self._unsent[slot] = object()
        offset = slot * self._size.slot_bytes
        array = np.ndarray(shape, np.uint8, buffer=self._memory, offset=offset)
        weakref.finalize(array, self._forgotten, slot, token).atexit = False
        return array

    def sent(self, array: np.ndarray) -> tuple[int, int, int] | None:
        """(slot, rows, columns) of an array that goes to the reader; None: it is in no slot."""
        offset = array.ctypes.data - self._start
        if not 0 <= offset < self._size.total_bytes:
            return None
        slot = offset // self._size.slot_bytes
        self._unsent.pop(slot, None)
        rows, columns = array.shape
        return slot, rows, columns

    def give_back(self, slot: int) -> None:
        """The reader is done with a slot."""
        with self._returned:
            self._free.append(slot)
            self._returned.notify()

    def _forgotten(self, slot: int, token: object) -> None:
        if self._unsent.get(slot) is token:  # taken, never sent: its frame could not be made
            del self._unsent[slot]
            self.give_back(slot)


class SlotReader:
    """The reading end: pictures in place, each slot given back when its picture is forgotten."""

    def __init__(self, memory: mmap.mmap, size: RingSize, give_back: Callable[[int], None]) -> None:
        self._memory = memory
        self._size = size
        self._give_back = give_back
        self._held: set[int] = set()
        self._most_held = size.slots - max(2, size.slots // 4)

    def picture(self, slot: int, rows: int, columns: int) -> np.ndarray:
        """The picture (rows, columns) uint8 in a slot, read-only.

        Raises:
            ValueError: no such slot, or a picture that does not fit one.
        """
        if not 0 <= slot < self._size.slots or not 0 < rows * columns <= self._size.slot_bytes:
            raise ValueError(f"slot {slot} holds no picture of {columns}x{rows} bytes")
        offset = slot * self._size.slot_bytes
        array = np.ndarray((rows, columns), np.uint8, buffer=self._memory, offset=offset)
        if len(self._held) >= self._most_held:
            array = array.copy()
            self._give_back(slot)
        else:
            self._held.add(slot)
            weakref.finalize(array, self._forgotten, slot).atexit = False
        array.flags.writeable = False
        return array

    def _forgotten(self, slot: int) -> None:
        self._held.discard(slot)
        self._give_back(slot)
