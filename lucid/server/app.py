"""The HTTP application: player page, signaling socket, uploads and downloads."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import JSONResponse, PlainTextResponse

from lucid._text import without_secrets
from lucid.errors import (
    LucidError,
    RecordingError,
    SessionError,
    UnknownInputError,
    UnknownSessionError,
)
from lucid.media.ice import ANY_PORT, IceSettings
from lucid.runtime.host import Host
from lucid.runtime.messages import ErrorInfo
from lucid.runtime.model_process import OUTPUT
from lucid.server.capsules import SAVE_NOTHING, Saving
from lucid.server.connect_timeout import CallLater
from lucid.server.connections import log_once
from lucid.server.downloads import download_routes, served_of
from lucid.server.folders import own_folder
from lucid.server.gpu import GpuWatch
from lucid.server.guard import Access, Guard
from lucid.server.metrics import EXPOSITION_TYPE, Metrics
from lucid.server.player_page import page_routes
from lucid.server.replays import replay_routes
from lucid.server.sessions import KEEP_S, Sessions
from lucid.server.signaling import PageConnection
from lucid.server.uploads import Uploads, file_spec, keep, receive_file

LINE_S = 10.0
"""Interval of the metrics line in the log while a session plays."""

logger = logging.getLogger(__name__)
MAX_LINES = 200
MAX_LINE = 500
"""Longer lines are cut."""


class LogTail(logging.Handler):
    """Keeps the last lines while it is attached, without secrets such as the server's token.

    ``text`` may be read from any thread.
    """

    def __init__(self, token: str | None = None) -> None:
        super().__init__(logging.INFO)
        self._token = token or ""
        self.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        self._lines: deque[str] = deque(maxlen=MAX_LINES)

    def attach(self) -> None:
        """Listen to the log and to the port's output."""
        logging.getLogger().addHandler(self)
        OUTPUT.addHandler(self)

    def detach(self) -> None:
        """Stop listening."""
        logging.getLogger().removeHandler(self)
        OUTPUT.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's lines, with its traceback."""
        text = record.getMessage() if record.name == OUTPUT.name else self.format(record)
        text = without_secrets(text, self._token)
        self._lines.extend(line[:MAX_LINE] for line in text.splitlines())

    @property
    def text(self) -> str:
        """The kept lines, the newest last."""
        self.acquire()
        try:
            return "\n".join(self._lines)
        finally:
            self.release()


def create_app(
    host: Host,
    access: Access,
    keep_s: float = KEEP_S,
    call_later: CallLater | None = None,
    ice: IceSettings = ANY_PORT,
    saving: Saving = SAVE_NOTHING,
) -> FastAPI:
    """Create the application that serves a host; it starts and stops the host.

    ``call_later`` schedules the connection timeouts of pages, by default on the event loop.
    """
    replica = {"replica": host.name} if host.name else {}
    metrics = Metrics({"model": host.manifest.model.name, **replica})
    sessions, gpu = Sessions(host, keep_s, saving), GpuWatch(metrics)
    log_tail = LogTail(access.token)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log_tail.attach()
        asyncio.get_running_loop().set_exception_handler(log_once)
        host.start()
        jobs = [_started(_log(metrics)), _started(gpu.run())]
        try:
            with own_folder() as app.state.recordings:
                yield
        finally:
            for job in jobs:
                job.cancel()
            await host.stop()
            await asyncio.gather(*jobs, return_exceptions=True)  # _report_end logs exceptions
            log_tail.detach()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.sessions = sessions
    app.add_middleware(Guard, access=access)

    @app.websocket("/api/session")
    async def session(websocket: WebSocket) -> None:
        page = PageConnection(websocket, host, sessions, metrics, gpu, access, ice, call_later)
        await page.serve()

    _answer_errors(app)
    _answer_probes(app, host, metrics)
    _help_after_failures(app, host, log_tail)
    _take_uploads(app, host, sessions)
    app.include_router(download_routes(sessions, host, lambda: app.state.recordings))
    app.include_router(replay_routes(sessions, host))
    app.router.routes.extend(page_routes())
    return app


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(LucidError)
    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, LucidError)
        missing = isinstance(error, UnknownSessionError | UnknownInputError)
        conflict = isinstance(error, RecordingError) or type(error) is SessionError
        status = 404 if missing else 409 if conflict else 422
        return JSONResponse({"error": asdict(ErrorInfo.of(error))}, status)

    @app.exception_handler(404)
    async def nothing(request: Request, _: Exception) -> PlainTextResponse:
        return PlainTextResponse(
            f"There is nothing at {quote(request.url.path)}. The player is at the URL that `lucid "
            "serve` printed. If a proxy adds a path in front, name it: lucid serve --public-url "
            "https://HOST/PATH/\n",
            404,
        )


def _answer_probes(app: FastAPI, host: Host, metrics: Metrics) -> None:
    metrics.watch(host)

    @app.get("/healthz")
    async def is_alive() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    @app.get("/readyz")
    async def is_ready() -> PlainTextResponse:
        return PlainTextResponse("ready\n") if host.ready else PlainTextResponse("no\n", 503)

    @app.get("/metrics")
    async def show_metrics() -> Response:
        return Response(metrics.exposition(), media_type=EXPOSITION_TYPE)


def _help_after_failures(app: FastAPI, host: Host, log_tail: LogTail) -> None:
    @app.get("/api/log")
    async def show_log() -> PlainTextResponse:
        return PlainTextResponse(log_tail.text)

    @app.post("/api/reload", status_code=202)
    async def reload() -> None:
        host.reload()


def _take_uploads(app: FastAPI, host: Host, sessions: Sessions) -> None:
    uploads = Uploads()

    @app.post("/api/sessions/{session_id}/files/{input_name}/{parameter}", status_code=201)
    async def upload(
        session_id: str, input_name: str, parameter: str, request: Request
    ) -> dict[str, Any]:
        playing = host.session(served_of(sessions, session_id).session.id)
        if playing is None:
            raise UnknownSessionError("this session is over", hint="reload the page")
        spec = file_spec(host.manifest, input_name, parameter)
        filename = request.query_params.get("filename", "")
        mime_type = request.headers.get("content-type", "")
        with uploads.arriving(session_id):
            file = await receive_file(spec, filename, mime_type, request.stream(), uploads)
        keep(playing.files, file)
        return {
            "id": file.id,
            "filename": file.filename,
            "mime_type": file.mime_type,
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
        }


def _started(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    job = asyncio.create_task(work)
    job.add_done_callback(_report_end)
    return job


def _report_end(job: asyncio.Task[None]) -> None:
    if not job.cancelled() and (error := job.exception()) is not None:
        logger.error("a background task of the server failed", exc_info=error)


async def _log(metrics: Metrics) -> None:
    while True:
        await asyncio.sleep(LINE_S)
        if line := metrics.line(time.monotonic()):
            logger.info("%s", line)
