"""Ranks: the processes of a model over several GPUs, which make the same calls in lockstep."""

import inspect
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel

from lucid.authoring.model import LoadContext, LucidModel
from lucid.errors import DeclarationError, MachineError, RankError
from lucid.machine import find_gpus
from lucid.runtime.channel import CHANNEL_ERRORS
from lucid.runtime.child import ChildProcess, how_it_ended, print_output
from lucid.runtime.loading import stub_hint
from lucid.runtime.port_calls import PORT_ERRORS, call_to_end

logger = logging.getLogger(__name__)
GRACE_S = 2.0
"""If a call fails on one rank, it must fail on the others within this time."""


@dataclass(frozen=True)
class Start:
    """Load a model. This is the first message to a rank."""

    module: str
    class_name: str
    config: BaseModel | None


@dataclass(frozen=True)
class Call:
    """Call a method of a part that ``load`` passed to ``LoadContext.lockstep``."""

    part: int
    """The index of the part, in the order in which ``load`` passed the parts."""
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class Done:
    """A rank has finished ``load`` or a call."""

    failure: str | None
    """The error that it raised, or None."""


class Ranks:
    """Starts the other ranks of a model, on which each call of its shared parts is repeated.

    This process is rank 0. Each rank has the environment variables that ``torchrun`` sets. The
    ranks stay in lockstep: a call ends when it has ended on each of them, with the same outcome.
    Otherwise ``on_lost`` gets the reason, on any thread, and this process must end. A rank dies
    with this process. A model with one device has no other ranks.

    Raises:
        MachineError: the machine has GPUs, but fewer than the model needs.
    """

    def __init__(
        self,
        model_cls: type[LucidModel[Any]],
        config: BaseModel | None,
        on_lost: Callable[[RankError], None],
    ) -> None:
        self._size = 1 if getattr(config, "engine", None) == "stub" else model_cls.devices
        self._on_lost = on_lost
        self._changed = threading.Condition()
        self._answers: dict[int, Done] = {}
        """The answers to the current call, by rank."""
        self._is_calling = self._is_loading = True
        self._has_ended = False
        self._lost: RankError | None = None
        self._parts = 0
        self._children: list[ChildProcess] = []
        self._variables: dict[str, str] = {}
        if self._size == 1:
            return
        gpus, _ = find_gpus()
        if 0 < len(gpus) < self._size:
            raise MachineError(
                f"{model_cls.__name__} needs {self._size} GPUs, and this machine has {len(gpus)}",
                hint=f"use a machine with more GPUs{stub_hint(model_cls)}",
            )
        shared = {
            "WORLD_SIZE": str(self._size),
            "LOCAL_WORLD_SIZE": str(self._size),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(_free_tcp_port()),
        }
        self._variables = {**shared, "RANK": "0", "LOCAL_RANK": "0"}
        os.environ.update(self._variables)
        start = Start(model_cls.__module__, model_cls.__qualname__, config)
        for rank in range(1, self._size):
            env = {**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            child = ChildProcess("lucid.runtime.rank_main", print_output, env=env)
            self._children.append(child)
            threading.Thread(
                target=self._listen, args=(rank, child), name=f"lucid-rank-{rank}", daemon=True
            ).start()
            self._send(child, child.channel.pack(start))

    async def load(
        self, model: LucidModel[Any], report: Callable[[str, float | None], None]
    ) -> None:
        """Load the model of this rank, then wait until it is loaded on every rank.

        Raises:
            RankError: ``load`` failed on some of the ranks only.
            Exception, SystemExit: what ``load`` raised, on every rank.
        """
        with self._in_agreement():
            await call_to_end(model.load, LoadContext(model.logger, report, self._share))
        self._is_loading = False

    def _share(self, part: Any) -> Any:
        """Return a part whose methods, once the model is loaded, run on every rank."""
        self._parts += 1
        return part if self._size == 1 else _Lockstep(self, self._parts - 1, part)

    def call(self, number: int, part: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Call a method of a part on every rank; return its result on this rank.

        Raises:
            DeclarationError: the method is async or a generator.
            RankError: a rank was lost, or the call failed on some of the ranks only.
            Exception: what the method raised, on every rank.
        """
        method = getattr(part, name)
        if self._is_loading:  # each rank runs ``load`` itself
            return method(*args, **kwargs)
        if inspect.iscoroutinefunction(method) or inspect.isgeneratorfunction(method):
            raise DeclarationError(
                f"{name}() cannot run in lockstep: it is async or a generator",
                hint="let it return its result",
            )
        with self._changed:
            self._answers.clear()
            self._is_calling = True
        for child in self._children:
            self._send(child, child.channel.pack(Call(number, name, args, kwargs)))
        with self._in_agreement():
            return method(*args, **kwargs)

    async def unload(self, model: LucidModel[Any]) -> None:
        """Unload the model of this rank, and kill the other ranks."""
        try:
            await call_to_end(model.unload)
        except PORT_ERRORS:
            logger.exception("unload() raised")
        self.stop()

    def stop(self) -> None:
        """Kill the other ranks."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
        for child in self._children:
            child.reap()
        for name in self._variables:
            os.environ.pop(name, None)

    @contextmanager
    def _in_agreement(self) -> Iterator[None]:
        failure: str | None = None
        try:
            yield
        except BaseException as error:
            failure = _text(error)
            raise
        finally:
            self._agree(failure)

    def _agree(self, failure: str | None) -> None:
        """Wait for the answers of the other ranks, and compare them with this rank's."""
        with self._changed:
            self._is_calling = False
            self._changed.notify_all()
            # If this rank did not fail, the limit of a step ends the wait for a rank that hangs.
            self._changed.wait_for(
                lambda: self._lost or len(self._answers) == len(self._children),
                None if failure is None else GRACE_S,
            )
            for rank in range(1, self._size):
                answer = self._answers.get(rank)
                if answer is None:
                    self._lose(f"rank 0 raised {failure}, but rank {rank} goes on")
                elif (answer.failure is None) != (failure is None):
                    raised, other = (rank, 0) if failure is None else (0, rank)
                    text = answer.failure or failure
                    self._lose(f"rank {raised} raised {text}, but rank {other} did not")
            if self._lost:
                raise self._lost

    def _send(self, child: ChildProcess, packed: memoryview) -> None:
        with suppress(OSError, ValueError):  # its listener reports why it ended
            child.channel.write(packed)

    def _listen(self, rank: int, child: ChildProcess) -> None:
        """Receive the answers of a rank until it ends."""
        try:
            while True:
                answer = child.channel.receive()
                with self._changed:
                    self._answers[rank] = answer
                    self._changed.notify_all()
                    # Rank 0 may wait for this one for ever, in an operation of torch.distributed.
                    if answer.failure and not self._changed.wait_for(
                        lambda: self._has_ended or not self._is_calling, GRACE_S
                    ):
                        self._lose(f"rank {rank} raised {answer.failure}, but rank 0 goes on")
        except CHANNEL_ERRORS:
            how = how_it_ended(child.reap())
            with self._changed:
                self._lose(f"rank {rank} {how}")

    def _lose(self, what: str) -> None:
        """Report the first failure. The caller must hold the lock."""
        if self._lost is None and not self._has_ended:
            self._lost = RankError(
                f"the {self._size} ranks of the model are no longer in lockstep: {what}",
                hint="all of them start again; the server's log has the output of each",
            )
            self._on_lost(self._lost)  # before rank 0 goes on with another error
            self._changed.notify_all()


class _Lockstep:
    """A part of a model: its attributes, and methods that run on every rank."""

    def __init__(self, ranks: Ranks, number: int, part: Any) -> None:
        vars(self).update(_ranks=ranks, _number=number, _part=part)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        return partial(self._call, name) if inspect.ismethod(value) else value

    def __setattr__(self, name: str, value: object) -> None:
        raise DeclarationError(
            f"{name} would change on rank 0 only", hint="set it in a method of the part"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("__call__", *args, **kwargs)

    def _call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return self._ranks.call(self._number, self._part, name, args, kwargs)


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
