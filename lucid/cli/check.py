"""``lucid check``, as the list of commands shows it; what it does is in ``lucid.check``."""

from __future__ import annotations

import typer


def check(context: typer.Context) -> None:
    """Check a port's source, without running any of it. Exits 1 where it finds something."""
    from lucid.check.__main__ import main

    raise typer.Exit(main(context.args))
