"""The style of the commands' help, and the parameters that several commands have.

The help shows a name for each value instead of its Python type, and nothing for a flag.
"""

from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

PortFolder = Annotated[
    str | None,
    typer.Argument(metavar="PORT", help="A port's folder; by default the only port here."),
]
PlayablePort = Annotated[
    str | None,
    typer.Argument(
        metavar="PORT",
        help="A port's folder or module:Class; by default the only port here. If there is none, "
        "the bundled world.",
    ),
]
Revision = Annotated[
    str | None, typer.Option(help="A branch, tag or commit of the repo; by default main.")
]


def json_option(what: str) -> Any:
    """Return the option to print ``what`` as JSON."""
    return typer.Option("--json", help=f"Print {what} as a JSON object.")


class Command(TyperCommand):
    """A command whose help has this style."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, each with the name of its value."""
        return [_named(param) for param in super().get_params(ctx)]


class Group(TyperGroup):
    """The list of commands, in the same style."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, each with the name of its value."""
        return [_named(param) for param in super().get_params(ctx)]


def _named(param: Any) -> Any:
    if getattr(param, "is_flag", False):
        param.metavar = ""
    elif param.metavar is None:
        param.metavar = param.opts[-1].strip("-").replace("-", "_").upper()
    if isinstance(param, TyperArgument):
        vars(param)["display_type_rich"] = lambda ctx: None  # its name stands beside it
    return param
