"""What a player takes from a session: a recording, the log of inputs, pictures to start from."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse

from lucid.authoring.manifest import Manifest
from lucid.authoring.outputs import VideoOutput
from lucid.errors import RecordingError, UnknownSessionError
from lucid.media.codecs import encoder_kind
from lucid.media.recording import Recording
from lucid.runtime.host import Host
from lucid.server.lobby import Lobby, Seat
from lucid.server.uploads import file_spec

MAX_RECORDINGS = 16
"""Files that a server keeps while it runs; the oldest goes first."""


def takeaway(lobby: Lobby, host: Host, folder: Callable[[], Path]) -> APIRouter:
    """The routes; recordings are written to the folder."""
    router = APIRouter(prefix="/api")

    @router.post("/sessions/{session_id}/recording", status_code=201)
    async def start(session_id: str) -> Response:
        return _start(_seat(lobby, session_id), host.manifest, folder())

    @router.delete("/sessions/{session_id}/recording")
    async def stop(session_id: str) -> dict[str, Any]:
        return await _stop(_seat(lobby, session_id))

    @router.get("/recordings/{name}")
    async def download(name: str) -> FileResponse:
        path = next((path for path in folder().iterdir() if path.name == name), None)
        if path is None:
            raise UnknownSessionError("there is no such recording", hint="record again")
        return FileResponse(path, media_type="video/mp4", filename=name)

    @router.get("/sessions/{session_id}/inputs.ndjson")
    async def log(session_id: str) -> StreamingResponse:
        lines = _seat(lobby, session_id).log.ndjson(host.manifest)
        headers = {"content-disposition": 'attachment; filename="inputs.ndjson"'}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

    @router.get("/gallery/{input_name}/{parameter}/{name}")
    async def picture(input_name: str, parameter: str, name: str) -> FileResponse:
        spec = file_spec(host.manifest, input_name, parameter)
        if name not in spec.gallery:
            raise UnknownSessionError("there is no such picture", hint="reload the page")
        folders = next(one.galleries for one in host.manifest.inputs if one.name == input_name)
        return FileResponse(folders[parameter] / name)

    return router


def _seat(lobby: Lobby, session_id: str) -> Seat:
    if (seat := lobby.by_session(session_id)) is None:
        raise UnknownSessionError("no such session plays", hint="reload the page")
    return seat


def _start(seat: Seat, manifest: Manifest, folder: Path) -> Response:
    if seat.recording is not None:
        raise RecordingError("the session is recorded already", hint="stop that one first")
    video = next((o for o in manifest.outputs if isinstance(o, VideoOutput)), None)
    if video is None or encoder_kind(Recording.codec, video.width, video.height) is None:
        error = {"code": RecordingError.code, "message": "no H.264 encoder is here", "hint": None}
        return JSONResponse({"error": error}, 501)
    _make_room(folder)
    name = f"{_file_name(manifest.model.name)}-{secrets.token_hex(8)}.mp4"
    seat.recording = Recording(folder / name, video)
    seat.broadcast.attach(seat.recording, Recording.codec)
    return JSONResponse({"output": video.name}, 201)


async def _stop(seat: Seat) -> dict[str, Any]:
    recording = seat.stop_recording()
    if recording is None:
        raise RecordingError("the session is not recorded", hint="start a recording first")
    if not await recording.close():
        raise RecordingError("the disk is too slow: the recording is not written yet")
    if recording.failure is not None:
        raise RecordingError(
            f"the recording could not be written: {recording.failure}", hint="free some disk space"
        )
    if not recording.frames:
        raise RecordingError("nothing was recorded: no frame came", hint="resume the session")
    return {
        "file": recording.path.name,
        "frames": recording.frames,
        "seconds": recording.seconds,
        "size_bytes": recording.path.stat().st_size,
    }


def _file_name(model_name: str) -> str:
    """A model's name as part of a file name on any system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", model_name)[:64]


def _make_room(folder: Path) -> None:
    oldest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in oldest_first[: max(0, len(oldest_first) - MAX_RECORDINGS + 1)]:
        old.unlink()
