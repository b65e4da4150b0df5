"""``lucid inspect``: say what a repo is, with the evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from lucid.cli.printing import echo, progress


def inspect(
    repo: Annotated[
        str,
        typer.Argument(
            help="A repo on the Hub (ORG/NAME or hf://ORG/NAME@REVISION) or a local folder."
        ),
    ],
    revision: Annotated[
        str | None, typer.Option(help="A branch, tag or commit of the repo; by default main.")
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the facts as a JSON object.")
    ] = False,
) -> None:
    """Say what a repo is and what you can do in it, with the evidence. It loads no weights."""
    from pathlib import Path

    from rich.console import Console

    from lucid.hub.cache import cache_folder
    from lucid.hub.inspect import inspect_repo
    from lucid.hub.machine_fit import Inspection, check_fit
    from lucid.machine import probe

    with progress(f"Reading {repo}"):
        facts = inspect_repo(repo, revision, closed_too=True)
        verdict = None if facts.refusal else check_fit(facts, probe(Path(cache_folder())))
    if json_output:
        import json

        report = Inspection(**dict(facts), fit=verdict)
        echo(json.dumps(report.model_dump(mode="json"), indent=2))
        return
    from lucid.hub.families import load_families
    from lucid.hub.report import render_report

    Console(highlight=False).print(render_report(facts, load_families(), verdict), crop=False)
