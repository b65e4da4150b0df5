"""The routes of the player page and its files."""

import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

mimetypes.add_type("text/javascript", ".js")  # Windows may map .js to text/plain, which fails

WEB = Path(__file__).resolve().parent.parent / "web"


def page_routes() -> list[BaseRoute]:
    """Return the routes."""
    return [
        Route("/", _page),
        Route("/client.js", _client),
        Mount("/static", StaticFiles(directory=WEB), name="static"),
    ]


async def _page(_: Request) -> FileResponse:
    return FileResponse(WEB / "index.html")


async def _client(_: Request) -> RedirectResponse:
    return RedirectResponse("static/client.js")  # its imports are relative to the final URL
