"""Wraps a port's model class: traces every call, and can make a step fail."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from lucid.authoring.definition import ModelDefinition, build_model_definition
from lucid.authoring.model import LoadContext, LucidModel
from lucid.authoring.session import LucidSession, SessionContext
from lucid.conformance.audit import raised_at, source_line
from lucid.conformance.busy import busy_s
from lucid.conformance.samples import Sample, sample_of
from lucid.conformance.target import Target
from lucid.runtime.port_calls import call_to_end
from lucid.runtime.stepped_context import SteppedContext


class PortExit(RuntimeError):
    """Replaces a SystemExit of the port, which would end the model's thread."""


@dataclass
class LoadTrace:
    """The trace of a load."""

    progress: list[tuple[float, str, float | None]] = field(default_factory=list)
    """(seconds since the load began, stage, fraction)."""
    seconds: float = 0.0
    error: BaseException | None = None
    done: bool = False


@dataclass(frozen=True)
class Raised:
    """An exception that the port raised in a phase."""

    phase: str
    error: BaseException
    at: str
    """`` (FILE:LINE)`` of the port; empty if the traceback has no line of it."""

    def __str__(self) -> str:
        return f"{self.error!r}{self.at}"


@dataclass
class SessionTrace:
    """The trace of one session of the port, written on the model's thread."""

    context: "TracedContext"
    session: LucidSession[Any] | None = None
    steps_s: list[float] = field(default_factory=list)
    """The duration of each step, by ``busy_s``."""
    reported_ms: list[float] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    handlers_s: dict[str, float] = field(default_factory=dict)
    """The longest call of each input handler."""
    errors: list[Raised] = field(default_factory=list)
    run_task: asyncio.Task[Any] | None = None
    run_ended: str = ""
    """``returned``, ``cancelled`` or ``raised``; empty while it runs."""
    close_s: float = 0.0
    known_threads: set[int | None] = field(default_factory=set)
    new_threads: set[str] = field(default_factory=set)
    """Names of the threads that were started since the session was created."""
    model_tasks: int = 0
    """Tasks on the model's loop when the session was created."""


class Probe:
    """Traces a model class and its sessions."""

    def __init__(
        self,
        model_cls: type[LucidModel[Any]],
        target: Target,
        announce: Callable[[str], None] = lambda phase: None,
    ) -> None:
        self.definition: ModelDefinition = build_model_definition(model_cls)
        self.target = target
        self.phase = "import"
        self.load = LoadTrace()
        self.unload_error: BaseException | None = None
        self.unloaded = False
        self.sessions: list[SessionTrace] = []
        self.exits: list[str] = []
        self.thread_id: int | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.fault: BaseException | None = None
        """The next publish of the paced output raises this error, once, as if a step had failed."""
        self.before_session: Callable[[], None] = lambda: None
        self._announce = announce
        self.model_cls = self._traced(model_cls)

    @contextmanager
    def during(self, phase: str, *, announced: bool = True) -> Iterator[None]:
        """Set the phase of the port. A SystemExit becomes a PortExit."""
        before, self.phase = self.phase, phase
        if announced:
            self._announce(phase)
        try:
            yield
        except SystemExit as error:
            traceback = error.__traceback__
            while traceback is not None and traceback.tb_next is not None:
                traceback = traceback.tb_next
            frame = None if traceback is None else traceback.tb_frame
            self.exits.append(f"{phase}: {source_line(frame, self.target.root)}")
            raise PortExit(f"sys.exit({error.code!r}) in {phase}") from None
        finally:
            self.phase = before
            if announced:
                self._announce("run" if before == "publish" else before)  # publish is not announced

    def _traced(self, model_cls: type[LucidModel[Any]]) -> type[LucidModel[Any]]:
        probe = self

        class Traced(model_cls):  # type: ignore[valid-type, misc]  # the port's own class
            def __init__(self, config: Any = None) -> None:
                try:
                    with probe.during("load"):
                        super().__init__(config)
                except Exception as error:
                    probe.load = LoadTrace(error=error)
                    raise

            async def load(self, ctx: LoadContext) -> None:
                await probe._on_load(super().load, ctx)

            async def unload(self) -> None:
                await probe._on_unload(super().unload)

            def create_session(self, ctx: SessionContext) -> LucidSession[Any]:
                return probe._on_session(super().create_session, ctx)

        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(Traced, name, getattr(model_cls, name))
        return Traced

    async def _on_load(self, load: Callable[[LoadContext], Any], ctx: LoadContext) -> None:
        self.thread_id, self.loop = threading.get_ident(), asyncio.get_running_loop()
        trace = self.load = LoadTrace()
        start_s = time.monotonic()

        def report(stage: str, fraction: float | None) -> None:
            trace.progress.append((time.monotonic() - start_s, stage, fraction))
            ctx.report(stage, fraction)

        try:
            with self.during("load"):
                await call_to_end(load, replace(ctx, report=report))
            trace.done = True
        except BaseException as error:
            trace.error = error
            raise
        finally:
            trace.seconds = time.monotonic() - start_s
            self.phase = "idle"

    async def _on_unload(self, unload: Callable[[], Any]) -> None:
        try:
            with self.during("unload"):
                await call_to_end(unload)
            self.unloaded = True
        except BaseException as error:
            self.unload_error = error
            raise

    def _on_session(
        self, create: Callable[[SessionContext], LucidSession[Any]], ctx: SessionContext
    ) -> LucidSession[Any]:
        assert isinstance(ctx, TracedContext)
        trace = SessionTrace(ctx, model_tasks=len(asyncio.all_tasks()))
        ctx.trace_to(trace, self)
        self.sessions.append(trace)
        self.before_session()
        with self.during("create_session"):
            session = create(ctx)
        trace.session = session
        trace.known_threads = {thread.ident for thread in threading.enumerate()}
        for name in self.definition.inputs:
            setattr(session, name, self._handler(trace, name, getattr(session, name)))
        for method, traced in (("run", self._run), ("close", self._close)):
            setattr(session, method, traced(trace, getattr(session, method)))
        return session

    def _note(self, trace: SessionTrace, phase: str, error: BaseException) -> None:
        trace.errors.append(Raised(phase, error, raised_at(error, self.target.root)))

    def _handler(
        self, trace: SessionTrace, name: str, handler: Callable[..., Any]
    ) -> Callable[..., Any]:
        async def traced(**values: Any) -> None:
            start_s = busy_s()
            try:
                with self.during(f"input:{name}"):
                    await call_to_end(handler, **values)
            except PortExit:
                return  # E03 reports it
            except Exception as error:
                self._note(trace, f"input:{name}", error)
                raise
            finally:
                took_s = busy_s() - start_s
                trace.handlers_s[name] = max(took_s, trace.handlers_s.get(name, 0.0))

        return traced

    def _run(self, trace: SessionTrace, run: Callable[[], Any]) -> Callable[[], Any]:
        async def traced() -> None:
            trace.run_task = asyncio.current_task()
            try:
                with self.during("run"):
                    await run()
                trace.run_ended = "returned"
            except asyncio.CancelledError:
                trace.run_ended = "cancelled"
                raise
            except PortExit:
                trace.run_ended = "raised"
                raise
            except Exception as error:
                trace.run_ended = "raised"
                self._note(trace, "run", error)
                raise

        return traced

    def _close(self, trace: SessionTrace, close: Callable[[], Any]) -> Callable[[], Any]:
        async def traced() -> None:
            if "close" in self.target.hazards:
                return
            start_s = busy_s()
            try:
                with self.during("close"):
                    await call_to_end(close)
            except PortExit:
                return
            except Exception as error:
                self._note(trace, "close", error)
                raise
            finally:
                trace.close_s = busy_s() - start_s

        return traced


class TracedContext(SteppedContext):
    """The context that the port gets. It traces what the port calls."""

    def trace_to(self, trace: SessionTrace, probe: Probe) -> None:
        """Start to trace, right before the port creates its session."""
        self._trace, self._probe = trace, probe
        self._spent_s = 0.0
        self._since_s = busy_s()

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """See SessionContext."""
        self._spent_s += max(0.0, busy_s() - self._since_s)  # the two waits may differ
        if name == self._paced:
            self._trace.steps_s.append(self._spent_s)
            self._trace.new_threads |= {
                thread.name
                for thread in threading.enumerate()
                if thread.ident not in self._trace.known_threads
                and not thread.name.startswith("lucid-")  # Lucid's own
            }
            self._spent_s = 0.0
            if fault := self._probe.fault:
                self._probe.fault = None
                raise fault
        output = self._outputs.get(name)
        if output is not None:
            self._trace.samples.append(sample_of(output, sample, ts_ms))
        with self._probe.during("publish", announced=False):
            await super().publish(name, sample, ts_ms)
        self._since_s = busy_s()

    async def wait_if_paused(self) -> None:
        """See SessionContext."""
        await super().wait_if_paused()
        self._since_s = busy_s()

    def record_inference_ms(self, ms: float) -> None:
        """Trace the time. It is not forwarded: real time means nothing to a stepped clock."""
        self._trace.reported_ms.append(ms)
