"""The part of ``lucid check`` that runs a port: ``--conformance``, and ``--weights`` without it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from lucid._text import plain
from lucid.cli.printing import (
    STUB_ONLY,
    check_folder_of,
    echo,
    echo_error,
    progress,
    update_progress,
    write_report,
)

if TYPE_CHECKING:
    from lucid._target import PortLocation
    from lucid.conformance.promise import Result
    from lucid.conformance.report import Report


def play(options: Namespace) -> int:
    """Play a port, print and write the results, and return the exit code: 1 if a check failed."""
    from lucid._target import find_port
    from lucid.conformance.api import check_port
    from lucid.conformance.checks import BY_ID

    for path in filter(None, (options.junit, options.badge)):
        check_folder_of(path)
    if not options.conformance:
        return compare_weights(options, Path(options.weights) if options.weights else None)
    location = find_port(options.target, Path.cwd())
    with progress("Starting") as status:

        def on_begin(id: str) -> None:
            update_progress(status, f"{BY_ID[id].title}: {BY_ID[id].asserts}")

        report = check_port(location, options.profile, on_begin=on_begin)
        if options.wire:
            update_progress(status, "Playing through the real server and a peer connection")
            report = _with_wire(report, location)
    if options.junit is not None:
        write_report(options.junit, report.as_junit())
    if options.badge is not None:
        write_report(options.badge, report.as_badge())
    if options.format == "json":
        echo(report.as_json())
    else:
        print_report(report)
    echo(report.summary, err=True)
    if report.profile == "stub":
        echo(STUB_ONLY, err=True)
    return 0 if report.ok else 1


def _with_wire(report: Report, location: PortLocation) -> Report:
    from dataclasses import replace

    from lucid.conformance.wire import check_wire

    results = check_wire(location, stub=report.profile == "stub")
    return replace(report, results=(*report.results, *results))


def print_report(report: Report) -> None:
    """Print the IDs of the checks that passed, and a row for each other check."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    marks = {
        "failed": ("FAIL", "bold red"),
        "expected_failure": ("expected", "yellow"),
        "not_applicable": ("-", "dim"),
        "skipped": ("skipped", "yellow"),
        "blocked": ("blocked", "yellow"),
    }
    passed = [result.id for result in report.results if result.outcome.value == "passed"]
    others = [result for result in report.results if result.outcome.value != "passed"]
    console = Console(highlight=False)
    if passed:
        console.print(Text.assemble(("ok", "green"), f" {len(passed)} checks: {', '.join(passed)}"))
    table = Table(box=None, pad_edge=False)
    for column in ("", "check", "measured", "limit"):
        width = max((len(result.title) for result in others), default=0)
        named = column == "check"
        table.add_column(column, overflow="fold", no_wrap=named, min_width=width if named else None)
    for result in others:
        word, style = marks[result.outcome.value]
        seen = result.measured if result.outcome.value == "failed" else result.detail
        table.add_row(
            Text(word, style=style), Text(result.title), Text(plain(seen)), Text(result.limit)
        )
    if others:
        console.print(table)
    for result in report.results:
        if result.table:
            console.print(Text(f"\n{result.title}", style="bold"))
            console.print(Text("\n".join(f"  {plain(line)}" for line in result.table)))
    for result in report.results:
        if result.outcome.value == "failed":
            console.print(_failure(result))


def _failure(result: Result) -> object:
    from rich.text import Text

    head, _, rest = plain(result.why).partition("\n")
    indented = rest.replace("\n", "\n  ")
    return Text.assemble("\n", (head, "bold red"), f"\n  {indented}")


def compare_weights(options: Namespace, folder: Path | None) -> int:
    """Compare, print and write the result, and return the exit code: 1 if tensors differ."""
    from lucid._target import find_port
    from lucid.weights.compare import check_weights

    location = find_port(options.target, Path.cwd())
    source = f"the headers in {folder}" if folder else "headers from the Hub"
    echo(f"Running the port's load() and upstream's code with {source}, without weights.", err=True)
    with progress("Starting") as status:
        report = check_weights(
            location, folder, on_stage=lambda text: update_progress(status, text)
        )
    if options.junit is not None:
        write_report(options.junit, report.as_junit())
    echo(report.as_json() if options.format == "json" else report.text)
    if report.stopped is not None:
        echo_error(report.stopped.message, report.stopped.hint)
    echo(report.summary, err=True)
    return report.exit_code
