"""The open questions of a repo, asked on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lucid.cli.printing import echo
from lucid.errors import ChoiceError

if TYPE_CHECKING:
    from lucid.hub.facts import RepoFacts
    from lucid.hub.snapshot import RepoSnapshot
    from lucid.lock import Choices


def ask(snapshot: RepoSnapshot, choices: Choices) -> Choices:
    """The choices with what was answered; an empty answer leaves a question open."""
    if choices.family is None:
        choices = _ask_family(snapshot, choices)
    if choices.variant is None:
        choices = _ask_variant(snapshot, choices)
    skipped: set[str] = set()
    while (asked := _next_fact(_inspect(snapshot, choices), skipped)) is not None:
        name, question, why = asked
        skipped.add(name)
        _say(question, why)
        answer = _prompt(snapshot, choices, name)
        if answer is not None:
            choices = answer
    return choices


def _ask_family(snapshot: RepoSnapshot, choices: Choices) -> Choices:
    from lucid.hub.families import FALLBACK

    facts = _inspect(snapshot, choices)
    if facts.family != FALLBACK or facts.refusal or not facts.suggestions:
        return choices
    reasons = [
        f"{hint.family}: {reason.source} ({reason.why})"
        for hint in facts.suggestions
        for reason in hint.evidence
    ]
    _say("Which family is it? What speaks for one is not enough:", *reasons)
    return _choose(choices, "family", [hint.family for hint in facts.suggestions])


def _ask_variant(snapshot: RepoSnapshot, choices: Choices) -> Choices:
    facts = _inspect(snapshot, choices)
    if len(facts.variants) < 2:
        return choices
    ways = [
        f"{found.name}: {', '.join(given.kind for given in found.inputs)}; {found.evidence}"
        for found in facts.variants
    ]
    _say("Which of its models is to be played?", *ways)
    return _choose(choices, "variant", [found.name for found in facts.variants])


def _choose(choices: Choices, what: str, names: list[str]) -> Choices:
    while (answer := _read(what)) and answer not in names:
        echo(f"  one of: {', '.join(names)}", err=True)
    return choices.model_copy(update={what: answer or None})


def _next_fact(facts: RepoFacts, skipped: set[str]) -> tuple[str, str, str] | None:
    """The first unknown fact that a question asks for and that was not asked yet."""
    for asked in facts.open_questions:
        for name in asked.facts:
            if name not in skipped:
                return name, asked.question, asked.why
    return None


def _prompt(snapshot: RepoSnapshot, choices: Choices, name: str) -> Choices | None:
    """The choices with an answer that fits; None for none."""
    while answer := _read(name):
        answered = choices.model_copy(update={"answers": {**choices.answers, name: answer}})
        try:
            facts = _inspect(snapshot, answered)
        except ChoiceError as error:
            echo(f"  {error.message}", err=True)
            continue
        refused = [asked for asked in facts.open_questions if name in asked.facts]
        if not refused:
            return answered
        echo(f"  {refused[0].why}", err=True)
    return None


def _inspect(snapshot: RepoSnapshot, choices: Choices) -> RepoFacts:
    from lucid.hub.families import load_families
    from lucid.hub.inspect import inspect_snapshot
    from lucid.scaffold.values import usable

    return usable(inspect_snapshot(snapshot, load_families(), choices))


def _say(question: str, *evidence: str) -> None:
    echo(f"\n{question}", err=True)
    for line in evidence:
        echo(f"  {line}", err=True)


def _read(name: str) -> str:
    text: str = typer.prompt(f"  {name}", default="", show_default=False, err=True)
    return text.strip()
