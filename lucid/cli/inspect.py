"""``lucid inspect``: say what a repo is; with --evidence, how Lucid knows."""

from typing import Annotated

import typer

from lucid.cli.printing import echo_json, progress
from lucid.cli.style import Revision, json_option


def inspect(
    repo: Annotated[
        str,
        typer.Argument(
            help="A repo on the Hub (ORG/NAME, ORG/NAME@REVISION or its URL) or a local folder."
        ),
    ],
    revision: Revision = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Print every fact with its source, and the files.")
    ] = False,
    json_output: Annotated[bool, json_option("the facts")] = False,
) -> None:
    """Say what a repo is, what you can do in it, and whether it runs here. It loads no weights."""
    from pathlib import Path

    from rich.console import Console

    from lucid.hub.cache import cache_folder
    from lucid.hub.inspect import inspect_repo
    from lucid.hub.machine_fit import Inspection, check_fit
    from lucid.machine import probe

    with progress(f"Reading {repo}"):
        facts = inspect_repo(repo, revision, public_part=True)
        verdict = None if facts.refusal else check_fit(facts, probe(Path(cache_folder())))
    if json_output:
        echo_json(Inspection(**dict(facts), fit=verdict).model_dump(mode="json"))
        return
    from lucid.hub.evidence_report import render_evidence
    from lucid.hub.families import load_families
    from lucid.hub.report import render_report

    console = Console(highlight=False)
    if evidence:
        console.print(render_evidence(facts, load_families(), verdict), crop=False)
    else:
        summary = render_report(facts, load_families(), verdict, console.width)
        console.print(summary, soft_wrap=True)
