"""The model's process: a ThreadWorker whose calls and events are messages on two pipes."""

from __future__ import annotations

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
from lucid.runtime.calls import (
    Beat,
    Close,
    Deliver,
    GiveBack,
    Import,
    Imported,
    ImportFailed,
    Load,
    Open,
    Shown,
    Stop,
    refusal,
)
from lucid.runtime.channel import Channel
from lucid.runtime.context import Allocate
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.messages import ErrorInfo, Loaded
from lucid.runtime.ring import SlotWriter, attach
from lucid.runtime.thread_worker import ThreadWorker
from lucid.runtime.touched import report_touched

BEAT_S = 0.5
RECORDS_A_SECOND = 200
"""Log records that are passed on; the server is not there to format a flood of them."""
RECORD_FIELDS = (
    "name", "levelno", "levelname", "pathname", "filename", "module", "lineno", "funcName",
    "created", "msecs", "relativeCreated", "thread", "threadName", "process", "processName",
)  # fmt: skip

logger = logging.getLogger(__name__)


def main(channel: Channel) -> None:
    """Import, load, play, until told to stop or the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server says when to stop
    try:
        _serve(channel)
    except (EOFError, OSError, ValueError):
        _die()
    except Exception:
        logger.exception("the model's process cannot go on")
        _fail()


def _serve(channel: Channel) -> None:
    heart = Heart(channel)
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
        return  # replaced before it was used
    ring = SlotWriter(attach(load.memory, load.ring.total_bytes), load.ring)
    rings.append(ring)
    if isinstance(load.memory, int):
        os.close(load.memory)
    channel.as_slot = ring.sent
    loaded = threading.Event()

    def emit(event: object) -> None:
        _tell(channel, event)
        if isinstance(event, Loaded):
            loaded.set()

    worker.start(emit)
    heart.worker = worker
    while not isinstance(call := channel.receive(), Stop):
        if (event := _refused(call, worker, ring)) is not None:
            emit(event)
    heart.worker = None
    if loaded.is_set():  # else there is nothing to end nor to unload
        asyncio.run(worker.stop())
    if not worker.has_ended:  # threads of a native library may not survive a regular exit
        os._exit(0)


def _import(call: Import, channel: Channel, allocate: Allocate) -> ThreadWorker:
    logging.getLogger().setLevel(call.log_level)
    logging.getLogger().addHandler(_ToServer(channel))
    if call.watched is not None:
        report_touched(call.watched, partial(_tell, channel))
    model_cls = load_model_class(call.location)
    config = stub_config(model_cls) if call.stub else None
    return ThreadWorker(model_cls, config, allocate, limits=call.limits)


def _refused(call: object, worker: ThreadWorker, ring: SlotWriter) -> object | None:
    """Obey a call; if that fails, return what to tell the player, and refuse only this call."""
    try:
        _obey(call, worker, ring)
    except Exception as error:
        logger.exception("a call of the server failed")
        return refusal(call, error)
    return None


def _obey(call: object, worker: ThreadWorker, ring: SlotWriter) -> None:
    match call:
        case Open():
            worker.open(call.session_id)
        case Deliver():
            worker.deliver(call.session_id, call.message)
        case Shown():
            worker.shown(call.session_id)
        case Close():
            worker.close(call.session_id)
        case GiveBack():
            ring.give_back(call.slot)


def _tell(channel: Channel, event: object) -> None:
    packed = channel.pack(event)  # outside of the try: what cannot be packed is its sender's fault
    try:
        channel.write(packed)
    except (OSError, ValueError):
        _die()


class Heart:
    """Says every half second that the process lives, and how long its model has been in a step."""

    def __init__(self, channel: Channel) -> None:
        self.worker: ThreadWorker | None = None
        self._channel = channel
        self._asked_s: float | None = None
        threading.Thread(target=self._beat, name="lucid-heart", daemon=True).start()

    def _beat(self) -> None:
        try:
            self._beat_on()
        except Exception:
            logger.exception("the heartbeat of the model's process failed")
            _fail()

    def _beat_on(self) -> None:
        while True:
            worker = self.worker
            if worker is not None and worker.has_ended:
                raise RuntimeError("the model's thread has ended")
            now_s = time.monotonic()
            _tell(self._channel, Beat(0.0 if self._asked_s is None else now_s - self._asked_s))
            if self._asked_s is None and worker is not None:
                self._asked_s = now_s
                worker.ping(self._answer)
            time.sleep(BEAT_S)

    def _answer(self) -> None:
        self._asked_s = None


def _die() -> NoReturn:
    """The server is gone: go too, at once, with whatever the port has started."""
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _fail() -> NoReturn:
    """Exit, because a thread that the process needs has failed: the server starts another one."""
    sys.stderr.flush()
    os._exit(1)


class _ToServer(logging.handlers.QueueHandler):
    """Logs on the server: text and where it comes from, nothing that only the port can read."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)  # type: ignore[arg-type]  # all it is used for is enqueue
        self._since_s = 0.0
        self._count = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        fields = {name: getattr(record, name) for name in RECORD_FIELDS}
        return logging.makeLogRecord({**fields, "msg": self.format(record)})

    def enqueue(self, record: logging.LogRecord) -> None:
        channel: Any = self.queue
        if record.created - self._since_s >= 1:
            left_out = self._count - RECORDS_A_SECOND
            self._since_s, self._count = record.created, 0
            if left_out > 0:
                note = {"name": "lucid", "levelno": logging.WARNING, "levelname": "WARNING"}
                note["msg"] = f"{left_out:,} log messages of the port are left out"
                _tell(channel, logging.makeLogRecord(note))
        self._count += 1
        if self._count <= RECORDS_A_SECOND:
            _tell(channel, record)
