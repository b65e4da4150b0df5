"""How long a thread was at it: wall time less the time that it waited for a processor."""

from __future__ import annotations

import os
import platform
import sys
import threading
import time

_local = threading.local()


def busy_s() -> float:
    """Seconds on a scale of this thread's own.

    What a loaded machine takes away is not counted (where Linux says how much that is); sleeping
    and waiting for a GPU is.
    """
    return time.perf_counter() - _queued_s()


def _queued_s() -> float:
    fd = getattr(_local, "fd", None)
    if fd is None:
        try:
            fd = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:
            fd = -1
        _local.fd = fd
    return int(os.pread(fd, 64, 0).split()[1]) / 1e9 if fd >= 0 else 0.0


def patience() -> float:
    """How much longer than alone things may take on this machine now; 1 where it is idle."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def cpu_s(thread_id: int) -> float | None:
    """Processor time of a thread, by its ident; None where this system does not say."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    return time.clock_gettime(time.pthread_getcpuclockid(thread_id))


def device() -> str:
    """What the port ran on."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return str(torch.cuda.get_device_name(0))
    return f"{platform.machine()}, {os.cpu_count()} processors"
