"""``lucid new``: write a port, from a repo or blank."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lucid.errors import ScaffoldError

if TYPE_CHECKING:
    from lucid.hub.facts import RepoFacts
    from lucid.scaffold.render import RenderedFile


def new(
    name: Annotated[
        str, typer.Argument(help="Name of the port: its folder here, and its Python package.")
    ],
    from_hf: Annotated[
        str | None,
        typer.Option(
            "--from-hf",
            metavar="REPO",
            help="A repo on the Hub (ORG/NAME) or a local folder; without it the port is blank.",
        ),
    ] = None,
    revision: Annotated[
        str | None, typer.Option(help="A branch, tag or commit of the repo; by default main.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the files and write nothing.")
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print what was written as a JSON object.")
    ] = False,
) -> None:
    """Write a port: a small package that plays in the browser at once, on a stub engine."""
    from lucid.scaffold.names import check_name
    from lucid.scaffold.plan import plan
    from lucid.scaffold.write import check_target, write

    check_name(name)
    target = Path.cwd() / name
    if not dry_run:
        check_target(target)
    facts = _inspect(from_hf, revision)
    files = plan(name, facts)
    if not dry_run:
        write(files, target)
    if json_output:
        _print_json(target, facts, files)
    else:
        typer.echo("\n".join(f"{name}/{file.path}" for file in files))
    _print_next(name, facts, dry_run)


def _inspect(repo: str | None, revision: str | None) -> RepoFacts | None:
    if repo is None:
        if revision is not None:
            raise ScaffoldError(
                "--revision is of a repo, and none is named", hint="add --from-hf ORG/NAME"
            )
        return None
    from rich.console import Console
    from rich.text import Text

    from lucid.hub.inspect import inspect_repo
    from lucid.scaffold.values import usable

    with Console(stderr=True).status(Text(f"Reading {repo}")):
        facts = usable(inspect_repo(repo, revision))
    if facts.refusal is not None:
        raise ScaffoldError(
            f"{repo} is no world model but {facts.refusal.value} ({facts.refusal.evidence})",
            hint=f"lucid inspect {repo} says more; lucid new NAME writes a blank port",
        )
    return facts


def _print_json(target: Path, facts: RepoFacts | None, files: list[RenderedFile]) -> None:
    import json

    from lucid.scaffold.plan import BLANK

    report = {
        "path": str(target),
        "family": facts.family if facts else BLANK,
        "repo": facts.repo if facts else None,
        "commit": facts.commit if facts else None,
        "files": [{"path": file.path, "size_bytes": len(file.text.encode())} for file in files],
        "open_questions": [
            asked.model_dump(mode="json") for asked in (facts.open_questions if facts else ())
        ],
    }
    typer.echo(json.dumps(report, indent=2))


def _print_next(name: str, facts: RepoFacts | None, dry_run: bool) -> None:
    from lucid.hub.families import FALLBACK
    from lucid.scaffold.templates import GENERIC, templates_of

    if dry_run:
        typer.echo("nothing was written", err=True)
        return
    if facts and facts.family != FALLBACK and templates_of(facts.family) == GENERIC:
        typer.echo(
            f"Lucid has no templates for {facts.family}: this is the generic port, with what was "
            "found in AGENTS.md",
            err=True,
        )
    if facts and facts.open_questions:
        typer.echo(
            f"{len(facts.open_questions)} open: {name}/AGENTS.md says what Lucid could not read",
            err=True,
        )
    typer.echo(f"next:\n  lucid check {name}\n  lucid serve {name} --stub", err=True)
