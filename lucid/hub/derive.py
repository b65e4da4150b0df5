"""What a family's rules say of one repo: evidence, facts, inputs, questions, quirks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lucid.hub.conditions import Condition, Metadata, show
from lucid.hub.facts import Engine, Evidence, Fact, InputFact, OpenQuestion, Quirk
from lucid.hub.families import EngineRule, FactRule, FactType, Family, QuestionRule

Facts = dict[str, Fact[Any] | None]

_LARGEST = 1_000_000
_LONGEST = 200


def find_evidence(family: Family, metadata: Metadata) -> tuple[Evidence, ...]:
    """All that speaks for the family, strongest first."""
    found = [
        Evidence(strength=rule.strength, source=source, why=rule.why)
        for rule in family.evidence
        if (source := rule.source(metadata)) is not None
    ]
    order = ("strong", "medium", "weak")
    return tuple(sorted(found, key=lambda evidence: order.index(evidence.strength)))


def is_recognised(evidence: Iterable[Evidence]) -> bool:
    """One strong or two medium reasons; weak ones never count."""
    strengths = [reason.strength for reason in evidence]
    return "strong" in strengths or strengths.count("medium") >= 2


def find_facts(family: Family, metadata: Metadata) -> tuple[Facts, dict[str, str]]:
    """The facts, None where unknown; and by fact, why a value that was found does not count."""
    facts: Facts = {}
    refused: dict[str, str] = {}
    for rule in family.rules:
        sources = _sources(rule.when, metadata)
        if sources is None:
            continue
        for name in (*rule.values, *rule.keys):
            if name in facts:
                continue
            value, evidence = _apply(rule, name, metadata, sources)
            if evidence is None:
                continue
            fitting = _fit(value, family.facts[name])
            if fitting is None:
                facts[name] = None
                refused[name] = f"{evidence}={show(value)}"
            else:
                facts[name] = Fact(value=fitting, evidence=evidence)
    return {name: facts.get(name) for name in family.facts}, refused


def find_inputs(family: Family, metadata: Metadata, facts: Facts) -> tuple[InputFact, ...]:
    """One input per kind."""
    inputs: dict[str, InputFact] = {}
    for rule in family.inputs:
        sources = _sources(rule.when, metadata)
        if sources is None or rule.kind in inputs:
            continue
        inputs[rule.kind] = InputFact(
            kind=rule.kind,
            evidence=_evidence(sources, rule.why),
            details=_fill(rule.details, facts),
        )
    return tuple(inputs.values())


def find_outputs(family: Family) -> tuple[Fact[str], ...]:
    """What the model makes."""
    return tuple(Fact(value=rule.kind, evidence=rule.why) for rule in family.outputs)


def find_engine(rule: EngineRule | None) -> Fact[Engine] | None:
    """The code that runs the weights."""
    if rule is None:
        return None
    engine = Engine(**rule.model_dump(exclude={"why"}))
    return Fact(value=engine, evidence=rule.why)


def find_questions(
    family: Family, metadata: Metadata, facts: Facts, refused: Mapping[str, str]
) -> tuple[OpenQuestion, ...]:
    """What the metadata leaves open."""
    return tuple(
        OpenQuestion(id=rule.id, question=_ask(rule, refused), why=rule.why)
        for rule in family.questions
        if _is_open(rule, metadata, facts)
    )


def find_quirks(family: Family, metadata: Metadata) -> tuple[Quirk, ...]:
    """What holds of this repo."""
    return tuple(
        Quirk(id=rule.id, text=rule.text, source=rule.source)
        for rule in family.quirks
        if _sources(rule.when, metadata) is not None
    )


def _is_open(rule: QuestionRule, metadata: Metadata, facts: Facts) -> bool:
    if rule.facts:
        return any(facts[name] is None for name in rule.facts)
    return _sources(rule.when, metadata) is not None


def _ask(rule: QuestionRule, refused: Mapping[str, str]) -> str:
    places = [refused[name] for name in rule.facts if name in refused]
    return f"{rule.question} ({', '.join(places)} cannot be it)" if places else rule.question


def _sources(conditions: Iterable[Condition], metadata: Metadata) -> list[str] | None:
    """Where each condition holds; None as soon as one does not."""
    sources = []
    for condition in conditions:
        source = condition.source(metadata)
        if source is None:
            return None
        sources.append(source)
    return sources


def _evidence(sources: list[str], why: str) -> str:
    """``config.yaml:height=16, width=32 (why)``: each file is named once."""
    places: list[str] = []
    last_path = ""
    for source in sources:
        path, colon, rest = source.partition(":")
        places.append(rest if colon and path == last_path else source)
        last_path = path if colon else ""
    place = ", ".join(places)
    return f"{place} ({why})" if place and why else place or why


def _apply(
    rule: FactRule, name: str, metadata: Metadata, sources: list[str]
) -> tuple[object, str | None]:
    """A fact's value by one rule, and its evidence; no evidence where the key is not there."""
    if name in rule.values:
        return rule.values[name], _evidence(sources, rule.why)
    found = metadata.find(rule.file, rule.keys[name])
    if found is None or found.value is None:
        return None, None
    if rule.take == "intervals":
        intervals = len(found.value) - 1 if isinstance(found.value, list) else None
        return intervals, f"{found.place}, its length less one"
    return found.value, found.place


def _fit(value: object, wanted: FactType) -> object | None:
    """The value as the fact's type; None where it is no such value, or one beyond reason."""
    match wanted:
        case "int" | "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return None
            if not 0 < value <= _LARGEST:
                return None
            if value == int(value):
                return int(value)
            return value if wanted == "number" else None
        case "flag":
            return value if isinstance(value, bool) else None
        case "text":
            fits = isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST
            return value if fits else None
        case "list":
            return value if isinstance(value, list) else None


def _fill(value: Any, facts: Facts) -> Any:
    """``value`` with each ``$name`` replaced by that fact, None where it is unknown."""
    if isinstance(value, str) and value.startswith("$"):
        fact = facts[value[1:]]
        return fact.value if fact else None
    if isinstance(value, list):
        return [_fill(item, facts) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, facts) for name, item in value.items()}
    return value
