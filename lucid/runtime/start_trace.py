"""Record OpenTelemetry spans of a session's start, if its environment variables ask for them."""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from lucid.runtime.states import SessionState

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

    from lucid.runtime.messages import AudioSamples, Frame, Message

Phase = Literal["slot", "offer", "answer", "connect", "model", "first frame"]
"""The phases of a start. They wait for a slot of a loaded model, the page's offer, the answer to
it, the connection of the media, the start of the port's session, and its first frame."""

logger = logging.getLogger(__name__)


@cache
def find_tracer() -> Tracer | None:
    """Return the tracer that sends spans, if ``OTEL_*`` variables ask for it; otherwise None."""
    exporter = os.environ.get("OTEL_TRACES_EXPORTER")
    endpoints = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    if exporter != "otlp" and (exporter or not any(map(os.environ.get, endpoints))):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        how = 'pip install "lucid-runtime[otel]"'
        logger.warning("OTEL_* variables are set, but %s is not installed: %s", error.name, how)
        return None
    described = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in described
    provider = TracerProvider(resource=Resource.create({} if named else {"service.name": "lucid"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("lucid", version("lucid-runtime"))


class StartTrace:
    """Records one session's start: one span for the whole start, and one for each phase.

    It is a Viewer, because the start ends with the first frame.
    """

    def __init__(self, session_id: str, model: str) -> None:
        self._tracer = find_tracer()
        self._whole: Span | None = None
        """None if there is no tracer, or if the start has ended."""
        self._phase: Span | None = None
        if self._tracer is not None:
            attributes = {"lucid.session": session_id[:8], "lucid.model": model}
            self._whole = self._tracer.start_span("session start", attributes=attributes)
            self.enter("slot")

    def enter(self, phase: Phase) -> None:
        """End the current phase, and begin this one."""
        if self._tracer is None or self._whole is None:
            return
        from opentelemetry.trace import set_span_in_context

        if self._phase is not None:
            self._phase.end()
        self._phase = self._tracer.start_span(phase, set_span_in_context(self._whole))

    def on_state(self, state: SessionState) -> None:
        """Handle a new state of the session."""
        if state is SessionState.READY:
            self.enter("offer")
        elif state is SessionState.RUNNING:
            self.enter("first frame")
        elif state.over:
            self._end(f"the session {state} before its first frame")

    def frame(self, frame: Frame) -> None:
        """End the start with the first frame, which goes to the encoder now."""
        self._end()

    def audio(self, samples: AudioSamples) -> None:
        """Wait for a frame."""

    def message(self, message: Message) -> None:
        """Wait for a frame."""

    def _end(self, error: str | None = None) -> None:
        if self._whole is None or self._phase is None:
            return
        from opentelemetry.trace import Status, StatusCode

        self._phase.end()
        if error is not None:
            self._whole.set_status(Status(StatusCode.ERROR, error))
        self._whole.end()
        self._whole = None
