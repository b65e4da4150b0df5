"""A rank of a model over several GPUs. It loads the model, and repeats the calls of rank 0."""

import asyncio
import importlib
import logging
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from lucid.authoring.model import LoadContext
from lucid.runtime.channel import Channel
from lucid.runtime.port_calls import PORT_ERRORS, call_to_end
from lucid.runtime.ranks import Call, Done, Start

logger = logging.getLogger(__name__)


def main(channel: Channel) -> None:
    """Load the model and repeat calls until rank 0 ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _repeat_calls(channel)
    except (EOFError, OSError):
        pass  # rank 0 has ended
    except Exception:
        logger.exception("this rank failed")
    os._exit(1)  # native threads may crash a regular exit


def _repeat_calls(channel: Channel) -> None:
    start: Start = channel.receive()
    model_cls = getattr(importlib.import_module(start.module), start.class_name)
    model = model_cls(start.config)
    parts: list[Any] = []

    def share(part: Any) -> Any:
        parts.append(part)
        return part

    context = LoadContext(model.logger, lambda stage, fraction: None, share)
    channel.send(_outcome(lambda: asyncio.run(call_to_end(model.load, context))))
    while True:
        channel.send(_outcome(partial(_make, channel.receive(), parts)))


def _make(call: Call, parts: Sequence[Any]) -> None:
    getattr(parts[call.part], call.method)(*call.args, **call.kwargs)


def _outcome(function: Callable[[], object]) -> Done:
    try:
        function()
    except PORT_ERRORS as error:
        traceback.print_exc()
        return Done(f"{type(error).__name__}: {error}")
    return Done(None)
