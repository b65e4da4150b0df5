"""Entry point of ``lucid`` and ``python -m lucid``."""

import io
import sys
from argparse import Namespace

from lucid.errors import TargetError


def main() -> None:
    """Run the command line: exit 0 ok, 1 findings, 2 usage, 3 hub, 4 environment, 70 internal."""
    for stream in (sys.stdout, sys.stderr):  # Windows code pages lack many characters
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_empty(sys.argv[1:])
        _run()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the border around a command
        from lucid.cli import fail

        fail(error)


def _refuse_empty(arguments: list[str]) -> None:
    """Refuse an empty argument: as a path, it would mean the current folder."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        name, is_option, value = argument.partition("=")
        if argument == "" or (name.startswith("--") and is_option and not value):
            option = next((text for text in (name, before) if text.startswith("-")), "an argument")
            raise TargetError(
                f"{option} is empty",
                hint="give it a value, or leave it out. A variable of your shell may be unset",
            )


def _run() -> None:
    if sys.argv[1:2] != ["check"] or not {"-h", "--help"}.isdisjoint(sys.argv):
        from lucid.cli import app

        app()
        return
    # Without typer, because importing it would take longer than the check.
    from lucid.check.__main__ import main as check

    sys.exit(check(sys.argv[2:], _play))


def _play(options: Namespace) -> int:
    from lucid.cli.conformance import play

    return play(options)


if __name__ == "__main__":
    main()
