"""The command line: parse, call one function, print, exit code."""

import errno
import os
import sys
from typing import Annotated, NoReturn

import typer

from lucid._text import without_secrets
from lucid.cli.bench import bench
from lucid.cli.check import check
from lucid.cli.deploy import deploy
from lucid.cli.doctor import doctor
from lucid.cli.duel import duel
from lucid.cli.eval import evaluate
from lucid.cli.inspect import inspect
from lucid.cli.lsp import lsp
from lucid.cli.manifest import manifest
from lucid.cli.mcp import mcp
from lucid.cli.new import new
from lucid.cli.printing import echo
from lucid.cli.replay import replay
from lucid.cli.rollout import rollout
from lucid.cli.rule import rule
from lucid.cli.serve import serve
from lucid.cli.style import Command, Group
from lucid.cli.sync import sync
from lucid.cli.top import top
from lucid.cli.update import update
from lucid.errors import LucidError, MachineError

DISK_FAULTS = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM)

app = typer.Typer(
    name="lucid",
    cls=Group,
    help="Make world models playable: port a model from the Hub, check the port, play it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_PATH = "From a repo to a world that you play"
app.command(cls=Command, rich_help_panel=_PATH)(inspect)
app.command(cls=Command, rich_help_panel=_PATH)(new)
app.command(
    cls=Command,
    rich_help_panel=_PATH,
    add_help_option=False,  # `check` prints its own help
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(check)
app.command(cls=Command, rich_help_panel=_PATH)(serve)
app.command(cls=Command, rich_help_panel=_PATH)(deploy)
for command in (sync, update, bench, replay, duel, rollout, top, doctor, manifest, rule, mcp, lsp):
    app.command(cls=Command, rich_help_panel="More")(command)
app.command("eval", cls=Command, rich_help_panel="More")(evaluate)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        echo(version("lucid-runtime"))
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def fail(error: Exception) -> NoReturn:
    """Print the error and exit: with a hint if the user can fix it, otherwise as a bug."""
    from lucid.cli.printing import echo_error

    if "KeyboardInterrupt" in str(error):  # Ctrl-C, which pydantic has turned into its own error
        sys.exit(130)
    if isinstance(error, OSError) and error.errno in DISK_FAULTS:
        error = MachineError(
            f"{error.filename or 'the output'} cannot be written: {os.strerror(error.errno)}",
            hint="free some disk space, or use a folder that you may write to",
        )
    if isinstance(error, LucidError):
        echo_error(error.message, error.hint)
        sys.exit(error.exit_code)
    import traceback

    echo(without_secrets("".join(traceback.format_exception(error))), err=True, nl=False)
    echo_error("this is a bug in Lucid", "please report the traceback above with what you ran")
    sys.exit(70)
