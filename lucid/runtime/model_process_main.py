"""The model process: a ThreadWorker whose calls and events are messages on a channel."""

import asyncio
import logging
import logging.handlers
import os
import signal
import sys
import threading
import time
from functools import partial
from typing import Any, NoReturn

from lucid.errors import LucidError
from lucid.runtime.channel import Channel
from lucid.runtime.file_access import report_file_access
from lucid.runtime.frame_emitter import Allocate
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.messages import ErrorInfo, Loaded
from lucid.runtime.process_messages import (
    Close,
    Deliver,
    GiveBack,
    Heartbeat,
    Import,
    Imported,
    ImportFailed,
    Load,
    Open,
    Shown,
    Stop,
    refusal,
)
from lucid.runtime.ring import SlotWriter, attach
from lucid.runtime.thread_worker import ThreadWorker

HEARTBEAT_S = 0.5
RECORDS_A_SECOND = 200
"""The most log records that are sent to the server. Further records are dropped and counted."""
RECORD_FIELDS = (
    "name", "levelno", "levelname", "pathname", "filename", "module", "lineno", "funcName",
    "created", "msecs", "relativeCreated", "thread", "threadName", "process", "processName",
)  # fmt: skip

logger = logging.getLogger(__name__)


def main(channel: Channel) -> None:
    """Import and load the port, and run its sessions, until the server stops or sends ``Stop``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends this process
    try:
        _serve(channel)
    except (EOFError, OSError, ValueError):
        _die()
    except Exception:
        logger.exception("the model process failed")
        _fail()


def _serve(channel: Channel) -> None:
    heartbeat = HeartbeatThread(channel)
    rings: list[SlotWriter] = []
    try:
        worker = _import(channel.receive(), channel, lambda shape: rings[0].take(shape))
    except LucidError as error:
        channel.send(ImportFailed(ErrorInfo.of(error)))
        return
    galleries = {
        spec.name: {parameter: str(folder) for parameter, folder in spec.galleries.items()}
        for spec in worker.manifest.inputs
    }
    channel.send(Imported(worker.manifest.model_dump_json(), galleries))
    if not isinstance(load := channel.receive(), Load):
        return  # the server replaces this process
    ring = SlotWriter(attach(load.memory, load.ring.total_bytes), load.ring)
    rings.append(ring)
    if isinstance(load.memory, int):
        os.close(load.memory)
    channel.as_slot = ring.sent
    loaded = threading.Event()

    def emit(event: object) -> None:
        _send(channel, event)
        if isinstance(event, Loaded):
            loaded.set()

    worker.start(emit)
    heartbeat.worker = worker
    while not isinstance(call := channel.receive(), Stop):
        if (event := _try_handle(call, worker, ring)) is not None:
            emit(event)
    heartbeat.worker = None
    if loaded.is_set():
        asyncio.run(worker.stop())
    if not worker.has_ended:  # native threads may crash a regular exit
        os._exit(0)


def _import(call: Import, channel: Channel, allocate: Allocate) -> ThreadWorker:
    logging.getLogger().setLevel(call.log_level)
    logging.getLogger().addHandler(_LogSender(channel))
    if call.watched is not None:
        report_file_access(call.watched, partial(_send, channel))
    model_cls = load_model_class(call.location)
    config = stub_config(model_cls) if call.stub else None
    return ThreadWorker(model_cls, config, allocate, limits=call.limits)


def _try_handle(call: object, worker: ThreadWorker, ring: SlotWriter) -> object | None:
    """Handle a call. If that fails, return the event for its player, if the call has one."""
    try:
        _handle(call, worker, ring)
    except Exception as error:
        logger.exception("a call from the server failed")
        return refusal(call, error)
    return None


def _handle(call: object, worker: ThreadWorker, ring: SlotWriter) -> None:
    match call:
        case Open():
            worker.open(call.session_id, call.script)
        case Deliver():
            worker.deliver(call.session_id, call.message)
        case Shown():
            worker.shown(call.session_id)
        case Close():
            worker.close(call.session_id)
        case GiveBack():
            ring.give_back(call.slot)


def _send(channel: Channel, event: object) -> None:
    packed = channel.pack(event)  # an error here is not an error of the pipe
    try:
        channel.write(packed)
    except (OSError, ValueError):
        _die()


class HeartbeatThread:
    """Sends a Heartbeat every half second, with the duration of the current step so far."""

    def __init__(self, channel: Channel) -> None:
        self.worker: ThreadWorker | None = None
        self._channel = channel
        self._pinged_s: float | None = None
        threading.Thread(target=self._run, name="lucid-heartbeat", daemon=True).start()

    def _run(self) -> None:
        try:
            self._send_heartbeats()
        except Exception:
            logger.exception("the heartbeat of the model process failed")
            _fail()

    def _send_heartbeats(self) -> None:
        while True:
            worker = self.worker
            if worker is not None and worker.has_ended:
                raise RuntimeError("the model's thread has ended")
            now_s = time.monotonic()
            blocked_s = 0.0 if self._pinged_s is None else now_s - self._pinged_s
            _send(self._channel, Heartbeat(blocked_s))
            if self._pinged_s is None and worker is not None:
                self._pinged_s = now_s
                worker.ping(self._on_pong)
            time.sleep(HEARTBEAT_S)

    def _on_pong(self) -> None:
        self._pinged_s = None


def _die() -> NoReturn:
    """End this process and all that the port started, because the server has ended."""
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _fail() -> NoReturn:
    """Exit because a thread that the process needs has failed; the server starts another one."""
    sys.stderr.flush()
    os._exit(1)


class _LogSender(logging.handlers.QueueHandler):
    """Sends log records to the server, without objects that only the port can unpickle."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)  # type: ignore[arg-type]  # only enqueue uses it
        self._since_s = 0.0
        self._count = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        fields = {name: getattr(record, name) for name in RECORD_FIELDS}
        return logging.makeLogRecord({**fields, "msg": self.format(record)})

    def enqueue(self, record: logging.LogRecord) -> None:
        channel: Any = self.queue
        if record.created - self._since_s >= 1:
            dropped = self._count - RECORDS_A_SECOND
            self._since_s, self._count = record.created, 0
            if dropped > 0:
                note = {"name": "lucid", "levelno": logging.WARNING, "levelname": "WARNING"}
                note["msg"] = f"{dropped:,} log messages of the port were dropped"
                _send(channel, logging.makeLogRecord(note))
        self._count += 1
        if self._count <= RECORDS_A_SECOND:
            _send(channel, record)
