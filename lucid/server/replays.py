"""HTTP routes that save a session as a ``.lucid`` file, play one, and go back in a session."""

import asyncio
import io
import math

from fastapi import APIRouter, Request, Response

from lucid.authoring.files import FileSpec
from lucid.authoring.manifest import Manifest
from lucid.capsule.read import MAX_BYTES
from lucid.errors import UnknownSessionError
from lucid.runtime.host import Host
from lucid.server.capsules import script_of
from lucid.server.downloads import served_of
from lucid.server.sessions import ServedSession, Sessions
from lucid.server.uploads import Uploads, receive_file

FILE = FileSpec(kind="file", mime_types=(), max_bytes=MAX_BYTES)


def replay_routes(sessions: Sessions, host: Host) -> APIRouter:
    """Return the routes."""
    router, uploads = APIRouter(prefix="/api"), Uploads()

    @router.post("/sessions/{session_id}/replay", status_code=202)
    async def replay(session_id: str, request: Request) -> None:
        served = _own(sessions, session_id)
        file = await receive_file(FILE, "the file", "", request.stream(), uploads)
        script = await asyncio.to_thread(script_of, file.data, host.manifest, served.port)
        served.session.start_anew(script)

    @router.post("/sessions/{session_id}/rewind/{frame}", status_code=202, response_model=None)
    async def rewind(
        session_id: str, frame: int, most_s: float = math.inf
    ) -> list[dict[str, float]] | Response:
        branches = _own(sessions, session_id).branches
        if branches.replayed_s(frame) > most_s:
            return Response(status_code=204)
        await branches.rewind(frame)
        return branches.described

    @router.post("/sessions/{session_id}/restart", status_code=202)
    async def restart(session_id: str) -> list[dict[str, float]]:
        branches = _own(sessions, session_id).branches
        branches.restart()
        return branches.described

    @router.get("/sessions/{session_id}/branches")
    async def listed(session_id: str) -> list[dict[str, float]]:
        return _own(sessions, session_id).branches.described

    @router.post("/sessions/{session_id}/branches/{number}", status_code=202)
    async def return_to(session_id: str, number: int) -> list[dict[str, float]]:
        branches = _own(sessions, session_id).branches
        await branches.return_to(number)
        return branches.described

    @router.get("/sessions/{session_id}/capsule.lucid")
    async def capsule(session_id: str) -> Response:
        data = await asyncio.to_thread(_capsule, _own(sessions, session_id), host.manifest)
        headers = {"content-disposition": 'attachment; filename="capsule.lucid"'}
        return Response(data, media_type="application/octet-stream", headers=headers)

    return router


def _own(sessions: Sessions, session_id: str) -> ServedSession:
    """Return the session of a player; a guest must not have the player's pictures."""
    served = served_of(sessions, session_id)
    if served.session.id != session_id:
        raise UnknownSessionError("only the player can do this", hint="ask the player")
    return served


def _capsule(served: ServedSession, manifest: Manifest) -> bytes:
    file = io.BytesIO()
    served.capsule(manifest).write(file)
    return file.getvalue()
