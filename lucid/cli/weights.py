"""The part of ``lucid check`` that compares modules with a checkpoint: ``--weights``."""

from argparse import Namespace
from pathlib import Path

from lucid.cli.printing import echo, echo_error, progress, update_progress, write_report


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
