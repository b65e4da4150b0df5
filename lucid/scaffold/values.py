"""What templates are rendered with: a name's identifiers and the facts that a port can use."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, get_args

from lucid.authoring.outputs import Layout, PixelRange
from lucid.hub.facts import OpenQuestion, RepoFacts
from lucid.hub.families import load_families
from lucid.hub.needs import USE_ONLY
from lucid.lock import lucid_version
from lucid.scaffold.escape import identifier
from lucid.scaffold.names import class_name
from lucid.scaffold.templates import UNWRITTEN, engine_template

_FIRST_PROMPT = "A quiet place to explore"
"""What a world is like until its player says so, where a family has no words of its own."""


def port_values(name: str, facts: RepoFacts | None) -> dict[str, object]:
    """The variables of every template: identifiers are ready to write, everything else needs a
    filter.

    ``known`` holds the value of each fact or None, ``inputs`` the details of each input by kind,
    ``variant`` the one that was chosen or None; ``facts`` is the whole, None for a blank port.
    """
    found = {} if facts is None else facts.facts
    known = {name: None if fact is None else fact.value for name, fact in found.items()}
    questions = () if facts is None else facts.open_questions
    inputs = {} if facts is None else {given.kind: given.details for given in facts.inputs}
    prompt = inputs.get("prompt", {}).get("default")
    return {
        "name": identifier(name),
        "prefix": identifier(class_name(name)),
        "lucid_version": lucid_version(),
        "facts": facts,
        "known": {**dict.fromkeys(_USABLE), **known},
        "inputs": inputs,
        "first_prompt": prompt if isinstance(prompt, str) else _FIRST_PROMPT,
        "engine_template": UNWRITTEN if facts is None else _engine_template(facts),
        "variant": facts.variants[0] if facts and len(facts.variants) == 1 else None,
        "questions": questions,
        "open_questions": [asked.id for asked in questions],
    }


def usable(facts: RepoFacts) -> RepoFacts:
    """The same facts, but what a port cannot use, such as an odd width, is unknown and asked."""
    unusable = {
        name: fact
        for name, fact in facts.facts.items()
        if fact is not None and name in _USABLE and not _USABLE[name][0](fact.value)
    }
    asked = tuple(
        OpenQuestion(
            id=name,
            question=f"What is {name.replace('_', ' ')}? The repo gives no {_USABLE[name][1]}.",
            why=f"{fact.evidence} is {fact.value!r:.80}, which a port cannot use",
            facts=(name,),
        )
        for name, fact in unusable.items()
    )
    settled = USE_ONLY | _answered(facts)
    return facts.model_copy(
        update={
            "facts": {**facts.facts, **dict.fromkeys(unusable)},
            "open_questions": tuple(
                question for question in facts.open_questions if question.id not in settled
            )
            + asked
            + _engine_question(facts),
        }
    )


def _answered(facts: RepoFacts) -> frozenset[str]:
    """The questions that the engine's template answers."""
    families = (family for family in load_families() if family.name == facts.family)
    rules = (rule for family in families for rule in family.engines)
    entry = facts.engine.value.entry if facts.engine else None
    return frozenset(name for rule in rules if rule.entry == entry for name in rule.answers)


def _engine_template(facts: RepoFacts) -> str:
    return engine_template(facts.family, facts.engine.value if facts.engine else None)


def _engine_question(facts: RepoFacts) -> tuple[OpenQuestion, ...]:
    """The generic port does not run the model: what is left to do in ``engine.py``."""
    ids = {asked.id for asked in facts.open_questions}
    if _engine_template(facts) != UNWRITTEN or ids & {"engine", "engine_calls"}:
        return ()
    engine = f"{facts.engine.value.entry} " if facts.engine else ""
    return (
        OpenQuestion(
            id="engine_calls",
            question=f"How is the engine {engine}loaded, stepped with an action, and reset?",
            why="Lucid knows what the model takes and makes, but has no templates that call it",
        ),
    )


def _is_side(value: Any) -> bool:
    return _is_count(value) and value % 2 == 0 and 16 <= value <= 8192


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 1_000_000


def _is_layout(value: Any) -> bool:
    return value in get_args(Layout)


def _is_pixel_range(value: Any) -> bool:
    return value in get_args(PixelRange)


def _is_fps(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 < value <= 240


_SIDE = (_is_side, "even number of pixels from 16 to 8192")
_USABLE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "width": _SIDE,
    "height": _SIDE,
    "fps": (_is_fps, "number above 0 and up to 240"),
    "frames_per_step": (_is_count, "whole number of frames"),
    "context_steps": (_is_count, "whole number of steps"),
    "layout": (_is_layout, "layout that Lucid knows"),
    "pixel_range": (_is_pixel_range, "pixel range that Lucid knows"),
}
