"""``lucid serve``: play a port in the browser."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from lucid.errors import MachineError


def serve(
    target: Annotated[
        str | None,
        typer.Argument(
            help="A port's folder or module:Class; by default the only port here, else the bundled "
            "world."
        ),
    ] = None,
    bind: Annotated[
        str, typer.Option("--host", help="Address to listen on; any but loopback asks for a token.")
    ] = "127.0.0.1",
    tcp_port: Annotated[
        int, typer.Option("--port", help="TCP port; 0 takes a free one.", min=0, max=65535)
    ] = 8420,
    stub: Annotated[
        bool, typer.Option("--stub", help="Try the controls without weights: Lucid draws.")
    ] = False,
    reload: Annotated[
        bool,
        typer.Option("--reload", help="Load again when the port's files change; players stay."),
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the URL as a JSON object.")
    ] = False,
) -> None:
    """Play a port in the browser. Prints the URL, then loads the model."""
    from lucid._target import find_port

    try:
        from lucid.runtime.process_worker import ProcessWorker
        from lucid.server.run import serve as serve_worker
    except ModuleNotFoundError as error:
        raise MachineError(
            f"lucid serve needs {error.name}, which is not installed",
            hint='pip install "lucid-runtime[serve]"',
        ) from None
    location = find_port(target, Path.cwd())
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    logging.getLogger("aioice").setLevel(logging.WARNING)

    def say_url(url: str) -> None:
        if json_output:
            import json

            typer.echo(json.dumps({"url": url, "port": location.entry, "stub": stub}))
        else:
            typer.echo(url)
        typer.echo(f"Playing {location.entry}; Ctrl-C ends.", err=True)

    with ProcessWorker(location, stub=stub, reload=reload) as worker:
        serve_worker(worker, bind, tcp_port, say_url=say_url, open_browser=open_browser)
