"""One style of help: a value has a name instead of a Python type, and a flag has none."""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup


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
