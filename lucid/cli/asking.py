"""Ask a person about a repo, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lucid.cli.printing import echo

if TYPE_CHECKING:
    from lucid.errors import ChoiceError
    from lucid.scaffold.prepare import Question


def ask(question: Question, error: ChoiceError | None) -> str:
    """Print a question, or the error in its last answer, and read a line."""
    if error is None:
        echo(f"\n{question.text}", err=True)
    for line in question.reasons if error is None else (error.message, error.hint or ""):
        echo(f"  {line}", err=True)
    text: str = typer.prompt(
        f"  {question.name} (Enter skips)", default="", show_default=False, err=True
    )
    return text.strip()
