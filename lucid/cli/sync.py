"""``lucid sync``: fetch the upstream code of a port, and build its environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lucid.cli.printing import echo, echo_json
from lucid.cli.style import PortFolder, json_option


def sync(
    target: PortFolder = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL@COMMIT",
            help="Fetch this code, at a commit or tag, and write it into lucid.lock.",
        ),
    ] = None,
    json_output: Annotated[bool, json_option("the checkout and the Python")] = False,
) -> None:
    """Fetch upstream code at lucid.lock's commit, and build the environment that runs the model.

    The code is in PORT/upstream. The environment is in PORT/.lucid/venv, with
    the packages of the extras engine and dev in pyproject.toml. If uv is on
    PATH, it builds the environment. Otherwise venv and pip do.
    """
    from lucid._target import find_own_port
    from lucid.environment.sync import sync_environment
    from lucid.lock import find_lock
    from lucid.upstream import sync as fetch

    port = find_own_port(target, Path.cwd()).root

    def say(text: str) -> None:
        echo(text, err=True)

    checkout = fetch(port, say, source)
    lock = find_lock(port)
    upstream = lock.upstream if lock is not None else None
    python = sync_environment(port, say)
    if json_output:
        report = {
            "path": checkout and str(checkout),
            "url": upstream and upstream.url,
            "commit": upstream and upstream.commit,
            "python": python and str(python),
        }
        echo_json(report)
        return
    if checkout is None:
        say(
            "No upstream code is named in lucid.lock. A port whose engine is a package needs none. "
            "Otherwise, name the code with --from URL@COMMIT."
        )
    if python is None:
        say("pyproject.toml has no extra named engine or dev: the port needs no environment.")
    for path in filter(None, (checkout, python)):
        echo(path)
