"""The model's process: a ThreadWorker whose calls and events are messages on two pipes."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import logging.handlers
import os
import signal
import sys
import threading
import time
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
)
from lucid.runtime.channel import Channel
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.messages import ErrorInfo
from lucid.runtime.ring import SlotWriter, attach
from lucid.runtime.thread_worker import ThreadWorker

BEAT_S = 0.5


def main() -> None:
    """Import, load, play, until told to stop or the server is gone."""
    channel = _take_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server says when to stop
    faulthandler.enable()
    try:
        _serve(channel)
    except (EOFError, OSError, ValueError):
        _die()


def _serve(channel: Channel) -> None:
    heart = Heart(channel)
    call = channel.receive()
    assert isinstance(call, Import)
    sys.path[:] = call.sys_path
    logging.getLogger().setLevel(call.log_level)
    logging.getLogger().addHandler(_ToServer(channel))
    try:
        model_cls = load_model_class(call.location)
        config = stub_config(model_cls) if call.stub else None
        ring: list[SlotWriter] = []
        worker = ThreadWorker(model_cls, config, lambda shape: ring[0].take(shape))
    except LucidError as error:
        channel.send(ImportFailed(ErrorInfo.of(error)))
        return
    channel.send(Imported(worker.manifest))
    if not isinstance(load := channel.receive(), Load):
        return  # replaced before it was used
    ring.append(SlotWriter(attach(load.memory, load.ring.total_bytes), load.ring))
    if isinstance(load.memory, int):
        os.close(load.memory)
    channel.as_slot = ring[0].sent
    worker.start(lambda event: _tell(channel, event))
    heart.worker = worker
    while not isinstance(call := channel.receive(), Stop):
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
                ring[0].give_back(call.slot)
    asyncio.run(worker.stop())


def _take_pipes() -> Channel:
    """Keep stdin and stdout to ourselves: the port reads nothing, and prints to stderr."""
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is wanted
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return Channel(reader, writer)


def _tell(channel: Channel, event: object) -> None:
    try:
        channel.send(event)
    except OSError:
        _die()


class Heart:
    """Says every half second that the process lives, and how long its model has been in a step."""

    def __init__(self, channel: Channel) -> None:
        self.worker: ThreadWorker | None = None
        self._channel = channel
        self._asked_s: float | None = None
        threading.Thread(target=self._beat, name="lucid-heart", daemon=True).start()

    def _beat(self) -> None:
        while True:
            now_s = time.monotonic()
            _tell(self._channel, Beat(0.0 if self._asked_s is None else now_s - self._asked_s))
            if self._asked_s is None and self.worker is not None:
                self._asked_s = now_s
                self.worker.ping(self._answer)
            time.sleep(BEAT_S)

    def _answer(self) -> None:
        self._asked_s = None


def _die() -> NoReturn:
    """The server is gone: go too, at once, with whatever the port has started."""
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


class _ToServer(logging.handlers.QueueHandler):
    """Logs on the server; tracebacks go as text."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)  # type: ignore[arg-type]  # all it is used for is enqueue

    def enqueue(self, record: logging.LogRecord) -> None:
        channel: Any = self.queue
        _tell(channel, record)


if __name__ == "__main__":
    main()
