"""``lucid sync``: fetch the upstream code of a port."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lucid.cli.printing import echo


def sync(
    target: Annotated[
        str | None,
        typer.Argument(metavar="PORT", help="A port's folder; by default the only port here."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL@COMMIT",
            help="Fetch this code, at a commit or tag, and write it into lucid.lock.",
        ),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the checkout as a JSON object.")
    ] = False,
) -> None:
    """Fetch upstream code that is not a package, at lucid.lock's commit, into PORT/upstream."""
    from lucid._target import find_own_port
    from lucid.lock import read_lock
    from lucid.upstream import sync as fetch

    port = find_own_port(target, Path.cwd()).root
    checkout = fetch(port, lambda text: echo(text, err=True), source)
    upstream = read_lock(port).upstream
    if json_output:
        import json

        report = {
            "path": checkout and str(checkout),
            "url": upstream and upstream.url,
            "commit": upstream and upstream.commit,
        }
        echo(json.dumps(report, indent=2))
    elif checkout is None:
        echo(
            "lucid.lock names no upstream code. A port whose engine is a package needs none; "
            "otherwise name it with --from URL@COMMIT.",
            err=True,
        )
    else:
        echo(checkout)
