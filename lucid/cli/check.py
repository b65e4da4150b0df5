"""``lucid check``: is the port right?"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lucid.cli.conformance import Profile, run_conformance
from lucid.errors import TargetError

if TYPE_CHECKING:
    from lucid.check.sources import SourceTree


class OutputFormat(StrEnum):
    """How findings are printed."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"


def check(
    target: Annotated[
        str | None,
        typer.Argument(
            help="A port's folder, module:Class or a Python file; by default the only port here."
        ),
    ] = None,
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="How findings are printed.")
    ] = OutputFormat.FULL,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print a JSON list; the same as --format json.")
    ] = False,
    conformance: Annotated[
        bool,
        typer.Option(
            "--conformance", help="Run the port too: check that it behaves, see --profile."
        ),
    ] = False,
    profile: Annotated[
        Profile,
        typer.Option(
            help="stub: its stub engine, no weights; full: its weights; certified: full, "
            "and nothing skipped or expected to fail."
        ),
    ] = Profile.STUB,
    wire: Annotated[
        bool,
        typer.Option("--wire", help="With --conformance: also play through the real server."),
    ] = False,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --conformance: write the results as JUnit XML."),
    ] = None,
    badge: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --conformance: write a record of what passed."),
    ] = None,
) -> None:
    """Check a port's source, without running any of it. Exits 1 where it finds something.

    With --conformance, run the port in a process of its own and check what it does.
    """
    alone = {"--junit": junit, "--badge": badge, "--wire": wire}
    if not conformance and (given := [name for name, value in alone.items() if value]):
        raise TargetError(f"{given[0]} is about running the port", hint="add --conformance")
    if conformance:
        run_conformance(
            target, profile, json_output=json_output, junit=junit, badge=badge, wire=wire
        )
    _check_source(target, output_format, json_output)


def _check_source(target: str | None, output_format: OutputFormat, json_output: bool) -> None:
    from lucid.check import render
    from lucid.check.engine import check as find

    tree = _read(target, Path.cwd())
    diagnostics = find(tree)
    if json_output or output_format is OutputFormat.JSON:
        typer.echo(render.as_json(diagnostics))
    elif diagnostics and output_format is OutputFormat.CONCISE:
        typer.echo(render.concise(diagnostics))
    elif diagnostics:
        texts = {file.path: file.text for file in tree.files}
        if tree.entry:
            texts.setdefault(tree.entry.path, tree.entry.text)
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        typer.echo(render.full(diagnostics, texts, colour=colour))
    typer.echo(render.summary(diagnostics, len(tree.files)), err=True)
    if diagnostics:
        raise typer.Exit(1)


def _read(target: str | None, cwd: Path) -> SourceTree:
    from lucid._target import find_port
    from lucid.check.sources import SourceTree, read_file, read_tree

    if target and target.endswith(".py"):
        path = cwd / target
        if not path.is_file():
            raise TargetError(f"{target}: no such file", hint="name a port's folder or a .py file")
        return SourceTree((read_file(path, path.parent, cwd),))
    location = find_port(target, cwd)
    if target is None and not location.root.is_relative_to(cwd.resolve()):
        raise TargetError(
            "no port is here",
            hint="name a port's folder, module:Class or a .py file; `lucid new NAME` writes a port",
        )
    return read_tree(location, cwd)
