"""HTTP routes for recordings and gallery pictures."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse

from lucid.authoring.manifest import Manifest
from lucid.authoring.outputs import VideoOutput
from lucid.errors import MutedError, RecordingError, UnknownSessionError
from lucid.media.codecs import encoder_kind
from lucid.media.gif import gif_of
from lucid.media.recording import Recording
from lucid.runtime.host import Host
from lucid.runtime.messages import ErrorInfo
from lucid.runtime.session import ErrorNotice
from lucid.server.folders import file_name
from lucid.server.sessions import ServedSession, Sessions
from lucid.server.uploads import file_spec

MAX_RECORDINGS = 16
"""Maximum number of recordings that a server keeps; the oldest is deleted first."""


def download_routes(sessions: Sessions, host: Host, folder: Callable[[], Path]) -> APIRouter:
    """Return the routes; recordings are written to the folder that ``folder()`` returns."""
    router = APIRouter(prefix="/api")

    @router.post("/sessions/{session_id}/recording", status_code=201)
    async def start(session_id: str) -> Response:
        return _start(served_of(sessions, session_id), host.manifest, folder())

    @router.delete("/sessions/{session_id}/recording")
    async def stop(session_id: str) -> dict[str, Any]:
        return await _stop(served_of(sessions, session_id))

    @router.post("/sessions/{session_id}/clip", status_code=201)
    async def clip(session_id: str) -> dict[str, Any]:
        return await _clip(served_of(sessions, session_id), host.manifest, folder())

    @router.get("/recordings/{name}")
    async def download(name: str, gif: bool = False) -> Response:
        path = _recorded(folder(), name)
        if gif:
            return Response(await asyncio.to_thread(gif_of, path), media_type="image/gif")
        return FileResponse(path, media_type="video/mp4", filename=name)

    @router.get("/gallery/{input_name}/{parameter}/{name}")
    async def picture(input_name: str, parameter: str, name: str) -> FileResponse:
        spec = file_spec(host.manifest, input_name, parameter)
        if name not in spec.gallery:
            raise UnknownSessionError("this picture does not exist", hint="reload the page")
        folders = next(i.galleries for i in host.manifest.inputs if i.name == input_name)
        return FileResponse(folders[parameter] / name)

    return router


def served_of(sessions: Sessions, session_id: str) -> ServedSession:
    """Return the session with this id, or the session of the guest with this id.

    Raises:
        UnknownSessionError: it is over.
        MutedError: the player has muted this guest.
    """
    if (served := sessions.by_id(session_id)) is None:
        raise UnknownSessionError("this session is over", hint="reload the page")
    if (guest := served.sharing.guest(session_id)) is not None and guest.muted:
        raise MutedError(None)
    return served


def _start(served: ServedSession, manifest: Manifest, folder: Path) -> Response:
    if served.recording is not None:
        raise RecordingError("the session is already being recorded", hint="stop the recording")
    video = next(iter(manifest.videos), None)
    if video is None or encoder_kind(Recording.codec, video.width, video.height) is None:
        error = ErrorInfo.of(RecordingError("the server has no H.264 encoder"))
        return JSONResponse({"error": asdict(error)}, 501)
    loop = asyncio.get_running_loop()

    def on_failure(why: str) -> None:
        error = RecordingError(
            f"the recording ended: {why}", hint="stop it to get the part that was recorded"
        )
        notice = ErrorNotice(ErrorInfo.of(error), None)
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: served.session.tell(notice))

    served.recording = _new(folder, video, served, on_failure)
    served.broadcast.attach(served.recording, Recording.codec)
    return JSONResponse({"output": video.name}, 201)


def _new(
    folder: Path,
    video: VideoOutput,
    served: ServedSession,
    on_failure: Callable[[str], None] | None = None,
) -> Recording:
    _make_room(folder)
    model = served.broadcast.manifest.model
    name = f"{file_name(model.name)}-{served.session.new_key()}.mp4"
    return Recording(folder / name, video, model, on_failure)


async def _clip(served: ServedSession, manifest: Manifest, folder: Path) -> dict[str, Any]:
    frames = list(served.broadcast.past.frames)
    if not frames:
        raise RecordingError("no video was sent as H.264 yet", hint="record from now on")
    recording = _new(folder, manifest.videos[0], served)
    recording.put_past(frames)
    return await _finished(recording)


async def _stop(served: ServedSession) -> dict[str, Any]:
    recording = served.stop_recording()
    if recording is None:
        raise RecordingError("no recording is running", hint="start a recording first")
    return await _finished(recording)


async def _finished(recording: Recording) -> dict[str, Any]:
    if not await recording.close():
        raise RecordingError("the disk is too slow: the recording is not complete yet")
    if recording.failure is not None and not recording.frames:
        raise RecordingError(
            f"the recording could not be written: {recording.failure}", hint="free some disk space"
        )
    if not recording.frames:
        raise RecordingError(
            "the recording is empty, because the session sent no frame", hint="resume the session"
        )
    return {
        "file": recording.path.name,
        "frames": recording.frames,
        "seconds": recording.seconds,
        "size_bytes": recording.path.stat().st_size,
        **({} if recording.failure is None else {"problem": recording.failure}),
    }


def _recorded(folder: Path, name: str) -> Path:
    path = next((path for path in folder.iterdir() if path.name == name), None)
    if path is None:
        raise UnknownSessionError("this recording does not exist", hint="record again")
    return path


def _make_room(folder: Path) -> None:
    oldest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in oldest_first[: max(0, len(oldest_first) - MAX_RECORDINGS + 1)]:
        old.unlink()
