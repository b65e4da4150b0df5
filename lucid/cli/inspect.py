"""``lucid inspect``: what a repo is, and how Lucid knows."""

from __future__ import annotations

from typing import Annotated

import typer


def inspect(
    repo: Annotated[str, typer.Argument(help="A repo on the Hub (ORG/NAME) or a local folder.")],
    revision: Annotated[
        str | None, typer.Option(help="A branch, tag or commit of the repo; by default main.")
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the facts as a JSON object.")
    ] = False,
) -> None:
    """Say what a repo is and what you can do in it, each with its evidence. Reads no weights."""
    from rich.console import Console
    from rich.text import Text

    from lucid.hub.inspect import inspect_repo

    with Console(stderr=True).status(Text(f"Reading {repo}")):
        facts = inspect_repo(repo, revision)
    if json_output:
        import json

        typer.echo(json.dumps(facts.model_dump(mode="json"), indent=2))
        return
    from lucid.hub.families import load_families
    from lucid.hub.report import render_report

    Console(highlight=False).print(render_report(facts, load_families()), crop=False)
