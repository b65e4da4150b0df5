"""Entry point of ``lucid`` and ``python -m lucid``."""

import io
import sys
from argparse import Namespace


def main() -> None:
    """Run the command line: exit 0 ok, 1 findings, 2 usage, 3 hub, 4 environment, 70 internal."""
    for stream in (sys.stdout, sys.stderr):  # Windows code pages lack many characters
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] != ["check"] or not {"-h", "--help"}.isdisjoint(sys.argv):
        from lucid.cli import main as run_app

        run_app()
        return
    # Without typer, because importing it would take longer than the check.
    from lucid.check.__main__ import main as check

    try:
        sys.exit(check(sys.argv[2:], _play))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the border around a command
        from lucid.cli import fail

        fail(error)


def _play(options: Namespace) -> int:
    from lucid.cli.conformance import play

    return play(options)


if __name__ == "__main__":
    main()
