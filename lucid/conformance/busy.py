"""Times without the wait for a processor, the memory of this process, and the load."""

import gc
import os
import platform
import sys
import time
from pathlib import Path


def busy_s() -> float:
    """Return wall time without the time that this thread waited for a processor, in seconds.

    Sleeping and waiting for a GPU count. Only Linux reports the wait for a processor.
    """
    return time.perf_counter() - queued_s()


def patience() -> float:
    """Return how many times longer than on an idle machine things may take now, at least 1."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def cpu_s(thread_id: int) -> float | None:
    """Return the processor time of a thread, or None if the system does not report it."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    return time.clock_gettime(time.pthread_getcpuclockid(thread_id))


def queued_s(native_id: int | None = None) -> float:
    """Return how long a thread, by default this one, has waited for a processor.

    Return 0 if the system does not report it.
    """
    thread = "thread-self" if native_id is None else f"self/task/{native_id}"
    try:
        stat = Path(f"/proc/{thread}/schedstat").read_text("ascii")
    except OSError:
        return 0.0
    return int(stat.split()[1]) / 1e9


def device() -> str:
    """Return the name of the GPU or processor that the port runs on."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return str(torch.cuda.get_device_name(0))
    return f"{platform.machine()}, {os.cpu_count()} processors"


def memory_bytes() -> int:
    """Return the memory of this process and the GPU memory of its tensors, without garbage."""
    gc.collect()
    torch = sys.modules.get("torch")
    video_bytes = torch.cuda.memory_allocated() if torch and torch.cuda.is_initialized() else 0
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return int(video_bytes)
    return int(video_bytes) + pages * os.sysconf("SC_PAGE_SIZE")
