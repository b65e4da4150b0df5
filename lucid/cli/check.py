"""``lucid check``, as the list of commands shows it; what it does is in ``lucid.check``."""

from __future__ import annotations

import typer


def check(context: typer.Context) -> None:
    """Check a port's source; with --conformance, also how it plays. Exits 1 on a finding."""
    from lucid.check.__main__ import main
    from lucid.cli.conformance import play

    raise typer.Exit(main(context.args, play))
