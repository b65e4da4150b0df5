"""The spans of a session's start, as an OpenTelemetry collector receives them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from queue import Queue

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.cli.running import lucid_serve
from tests.player import Player
from tests.waits import LIMIT_S

HELLO = str(Path(__file__).resolve().parent.parent.parent / "examples" / "hello")


@contextmanager
def collector() -> Iterator[tuple[str, Queue[tuple[str, Span]]]]:
    """A collector on a free TCP port: its URL, and each span with the name of its service."""
    spans: Queue[tuple[str, Span]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                texts = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        spans.put((texts["service.name"], span))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_each_session_that_starts_is_one_trace(tmp_path: Path) -> None:
    with collector() as (endpoint, spans):
        with lucid_serve(HELLO, cwd=tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as (url, _):
            for over_socket in (False, True):
                player = Player(url)
                await player.play(over_socket=over_socket)
                await player.until_picture(lambda picture: True)
                await player.leave()
            leaver = Player(url)
            await leaver.connect("protocol=1")
            await leaver.until(lambda: leaver.state == "ready")
            await leaver.leave()
        received = [spans.get(timeout=LIMIT_S) for _ in range(7 + 6 + 3)]
        assert spans.empty()
    assert {service for service, _ in received} == {"lucid"}
    traces: dict[bytes, list[Span]] = {}
    for _, span in sorted(received, key=lambda pair: pair[1].start_time_unix_nano):
        traces.setdefault(span.trace_id, []).append(span)
    for whole, *phases in traces.values():
        assert whole.name == "session start"
        assert whole.attributes[1].value.string_value == "hello"
        assert {phase.parent_span_id for phase in phases} == {whole.span_id}
        for before, after in pairwise(phases):
            assert before.end_time_unix_nano <= after.start_time_unix_nano
        assert phases[-1].end_time_unix_nano <= whole.end_time_unix_nano
    assert [[phase.name for phase in phases] for _, *phases in traces.values()] == [
        ["slot", "offer", "answer", "connect", "model", "first frame"],
        ["slot", "offer", "connect", "model", "first frame"],
        ["slot", "offer"],
    ]
    played, also, left = (whole.status for whole, *_ in traces.values())
    assert played.code == also.code == Status.STATUS_CODE_UNSET
    assert left.code == Status.STATUS_CODE_ERROR
    assert left.message == "the session ended before its first frame"


def test_without_its_variables_the_sdk_is_not_imported() -> None:
    code = (
        "import sys\n"
        "from lucid.runtime.start_trace import find_tracer\n"
        "import lucid.server.run\n"
        "assert find_tracer() is None\n"
        "print(*(name for name in sys.modules if name.startswith('opentelemetry.sdk')))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
