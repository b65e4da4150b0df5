"""``lucid check`` in the list of commands, and its help; ``lucid.check`` does the work."""

import argparse
import inspect
from typing import Annotated, Any

import typer

from lucid.cli.style import Command


def check(context: typer.Context) -> None:
    """Check a port's source and, with --conformance, how it plays. Exits 1 on a finding."""
    from lucid.check.__main__ import main, parser
    from lucid.cli.conformance import play

    if not {"-h", "--help"}.isdisjoint(context.args):
        _print_help(parser())
        raise typer.Exit
    raise typer.Exit(main(context.args, play))


def _print_help(options: argparse.ArgumentParser) -> None:
    """Print the help of an argument parser as typer prints that of the other commands."""

    def shown(**_: Any) -> None:
        """Never called."""

    parameters = [
        _parameter(action, group.title if group.title == "With the port running" else None)
        for group in options._action_groups
        for action in group._group_actions
        if action.dest != "help"
    ]
    shown.__doc__ = options.description
    shown.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    shown.__annotations__ = {each.name: each.annotation for each in parameters}
    app = typer.Typer(
        add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
    )
    app.command(cls=Command)(shown)
    app(["--help"], prog_name="lucid check", standalone_mode=False)


def _parameter(action: argparse.Action, panel: str | None) -> inspect.Parameter:
    """A parameter of a typer command that looks like an option of an argument parser."""
    words: dict[str, Any] = {"help": action.help, "rich_help_panel": panel}
    name, default = action.dest, None
    kind: Any = bool if action.nargs == 0 else str | None
    metavar = "|".join(action.choices or ()) or str(action.metavar or "") or None
    if not action.option_strings:
        declared = typer.Argument(metavar=metavar, **words)
    else:
        name = action.option_strings[-1].strip("-").replace("-", "_")
        declared = typer.Option(*action.option_strings, metavar=metavar, **words)
        default = False if kind is bool else action.default or None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, declared]
    )
