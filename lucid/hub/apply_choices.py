"""Apply the choices of a person: the family, the variant, and answers to open questions."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Any

from lucid.errors import ChoiceError
from lucid.hub.facts import Fact, Variant
from lucid.hub.families import LARGEST, FactType, Family, as_fact_type
from lucid.hub.memory_settings import SETTINGS

_KINDS: dict[FactType, str] = {
    "int": "a whole number above 0",
    "number": "a number above 0",
    "flag": "yes or no",
    "text": "words",
    "list": "names, separated by commas",
}
YOUR_ANSWER = "your answer"
"""The evidence of a fact that a person answered."""
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}


def chosen_family(families: Sequence[Family], name: str) -> Family:
    """Return the family with this name.

    Raises:
        ChoiceError: There is none, or it is not a family of world models.
    """
    for family in families:
        if family.name == name and not family.refusal:
            return family
    known = ", ".join(sorted(family.name for family in families if not family.refusal))
    raise ChoiceError(f"no family is named {name!r}", hint=f"one of: {known}")


def chosen_variant(variants: Sequence[Variant], name: str) -> Variant:
    """Return the variant with this name.

    Raises:
        ChoiceError: There is none.
    """
    for variant in variants:
        if variant.name == name:
            return variant
    if not variants:
        raise ChoiceError(
            f"there is no variant {name!r}: the repo holds one model", hint="leave --variant out"
        )
    known = ", ".join(variant.name for variant in variants)
    raise ChoiceError(f"there is no variant {name!r}", hint=f"one of: {known}")


def answered_facts(family: Family, answers: Mapping[str, str]) -> dict[str, Fact[Any]]:
    """Return the answers as facts, converted to their types. Leave out the engine's settings.

    Raises:
        ChoiceError: The family has no such fact, or the value does not have its type.
    """
    return {
        name: _answered(family, name, text)
        for name, text in answers.items()
        if name not in SETTINGS
    }


def parse_answers(pairs: Iterable[str]) -> dict[str, str]:
    """Return ``key=value`` texts as a dictionary.

    Raises:
        ChoiceError: A text has no ``=``, or a key appears twice.
    """
    answers: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ChoiceError(
                f"--set {pair!r} is not KEY=VALUE", hint="write for example --set fps=24"
            )
        if name in answers:
            raise ChoiceError(f"--set gives {name} twice", hint="leave one out")
        answers[name] = text.strip()
    return answers


def _answered(family: Family, name: str, text: str) -> Fact[Any]:
    kind = family.facts.get(name)
    if kind is None:
        questions = {rule.id: rule.facts for rule in family.questions}
        if parts := questions.get(name):
            raise ChoiceError(
                f"{name} is a question about {' and '.join(parts)}",
                hint=" ".join(f"--set {part}=..." for part in parts),
            )
        if name in questions:
            raise ChoiceError(
                f"{name} is answered in the port's code, not with a value",
                hint="leave it out: the port's AGENTS.md says where its answer goes",
            )
        raise ChoiceError(
            f"{family.name} has no fact {name!r}", hint=f"one of: {', '.join(family.facts)}"
        )
    given = _parse(kind, text)
    if isinstance(given, int | float) and LARGEST < given < inf:
        raise ChoiceError(f"{name} must be at most {LARGEST}, not {text!r:.80}")
    value = as_fact_type(given, kind)
    if value is None or value == []:
        raise ChoiceError(f"{name} must be {_KINDS[kind]}, not {text!r}")
    return Fact(value=value, evidence=YOUR_ANSWER)


def _parse(kind: FactType, text: str) -> object:
    match kind:
        case "int" | "number":
            for convert in (int, float):
                with suppress(ValueError):
                    return convert(text)
            return None
        case "flag":
            return _FLAGS.get(text.lower())
        case "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        case "text":
            return text
